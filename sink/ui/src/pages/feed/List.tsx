// The rows of the feed.
import { useRef } from 'react';
import { Link, useLocation } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { Empty, Loading } from '../../parts/Notice';
import { Table } from '../../parts/Table';
import { ALL_TIMES, type Filter } from '../../parts/filter';
import { useView } from '../../parts/view';
import { columns } from './columns';
import { NAMES } from './queries';

/** Of a row, in pixels; it is measured when it is drawn. */
const ROW = 58;

interface ListProps {
  filter: Filter;
  rows: RuntimeEvent[];
  query: {
    isPending: boolean;
    isError: boolean;
    hasNextPage: boolean;
    isFetching: boolean;
    fetchNextPage: () => unknown;
  };
  waiting: number;
  onShow: () => void;
  isCollapsed: boolean;
  onCollapse: (isOn: boolean) => void;
  current: string | undefined;
  marked: ReadonlyMap<string, RuntimeEvent>;
  onMark: (marked: ReadonlyMap<string, RuntimeEvent>) => void;
  onOpen: (event: RuntimeEvent) => void;
}

export function List(props: ListProps) {
  const { filter, rows, query, waiting, onShow, current, marked, onMark, onOpen } = props;
  const { search } = useLocation();
  const [time, setTime] = useView('time');
  const isExact = time === 'exact';
  const lastMark = useRef<string>(undefined);
  const mark = (event: RuntimeEvent, isMarked: boolean, withRange: boolean) => {
    const after = new Map(marked);
    const place = (id: string | undefined) => rows.findIndex((row) => row.id === id);
    const [from = 0, to = 0] = [place(withRange ? lastMark.current : event.id), place(event.id)].sort((a, b) => a - b);
    for (const row of rows.slice(from < 0 ? to : from, to + 1)) {
      if (isMarked) {
        after.set(row.id, row);
      } else {
        after.delete(row.id);
      }
    }
    lastMark.current = event.id;
    onMark(after);
  };
  if (query.isPending) {
    return <Loading what="the events" lines={8} />;
  }
  return (
    <>
      {waiting > 0 ? (
        <div className="feed-pill" role="status">
          <button type="button" onClick={onShow}>
            {waiting.toLocaleString('en')} new
          </button>
        </div>
      ) : null}
      <div className="feed-bar">
        <span>
          {rows.length.toLocaleString('en')}
          {query.hasNextPage ? '+' : ''} {rows.length === 1 ? 'row' : 'rows'}
          <span className="visually-hidden">, newest first</span>
        </span>
        <span className="row">
          <label>
            <input
              type="checkbox"
              checked={props.isCollapsed}
              onChange={(event) => props.onCollapse(event.target.checked)}
            />{' '}
            Repeats as one row
          </label>
          <label>
            <input
              type="checkbox"
              checked={isExact}
              onChange={(event) => setTime(event.target.checked ? 'exact' : '')}
            />{' '}
            Exact times
          </label>
        </span>
      </div>
      {rows.length === 0 && !query.isError ? (
        <Nothing filter={filter} />
      ) : (
        <Table
          caption="Runtime events, newest first"
          columns={columns({ search, isExact, isMarked: (id) => marked.has(id), onMark: mark })}
          rows={rows}
          rowKey={(row) => row.id}
          onOpen={onOpen}
          isSelected={(row) => row.id === current || marked.has(row.id)}
          virtual={ROW}
          follow={current === undefined ? undefined : rows.findIndex((row) => row.id === current)}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) {
              void query.fetchNextPage();
            }
          }}
        />
      )}
    </>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  const isFiltered = filter.q !== '' || NAMES.some(([name]) => filter.values(name).length > 0);
  if (isFiltered || filter.from !== ALL_TIMES) {
    return (
      <Empty
        title="Nothing fits"
        action={
          <div className="row">
            {isFiltered ? (
              <button
                type="button"
                className="button"
                onClick={() => filter.change(Object.fromEntries(['q', ...NAMES.map(([name]) => name)].map((it) => [it, []])))}
              >
                Clear the filters
              </button>
            ) : null}
            <button type="button" className="button" onClick={() => filter.change({ from: ALL_TIMES, to: [] })}>
              Look at all times
            </button>
          </div>
        }
      >
        No event is as the filters say in this time. New ones show here as they arrive.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing was detected yet" action={<Link className="button" to="/integrations">Look at the integrations</Link>}>
      Detections of the rules show here as they happen. See that an org is connected, and send a test from its page.
    </Empty>
  );
}
