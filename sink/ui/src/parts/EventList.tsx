// A list of events: the pill that tells of new ones, the bar, the rows; and what stands there when none fit.
import type { ReactNode } from 'react';

import { Empty, Loading } from './Notice';
import { type Column, Table } from './Table';
import { ALL_TIMES, type Filter } from './filter';
import { useView } from './view';

/** Of a row, in pixels; it is measured when it is drawn. */
const ROW = 58;

/** Of a list that is read page by page. */
export interface Pages {
  isPending: boolean;
  isError: boolean;
  hasNextPage: boolean;
  isFetching: boolean;
  fetchNextPage: () => unknown;
}

interface EventListProps<E> {
  caption: string;
  columns: Column<E>[];
  rows: readonly E[];
  idOf: (row: E) => string;
  query: Pages;
  /** How many new ones wait, and what shows them. */
  waiting: number;
  onShow: () => void;
  current: string | undefined;
  isMarked?: (id: string) => boolean;
  onOpen: (row: E) => void;
  /** In the bar, beside the choice of exact times. */
  tools?: ReactNode;
  /** Instead of the rows when there are none. */
  nothing: ReactNode;
}

/** Whether times are shown exactly, and what changes that. */
export function useExactTimes(): [boolean, (isExact: boolean) => void] {
  const [time, setTime] = useView('time');
  return [time === 'exact', (isExact) => setTime(isExact ? 'exact' : '')];
}

export function EventList<E>(props: EventListProps<E>) {
  const { caption, columns, rows, idOf, query, waiting, onShow, current, isMarked, onOpen, tools, nothing } = props;
  const [isExact, setExact] = useExactTimes();
  if (query.isPending) {
    return <Loading what="the events" lines={8} />;
  }
  return (
    <>
      {waiting > 0 ? (
        <div className="events-pill" role="status">
          <button type="button" onClick={onShow}>
            {waiting.toLocaleString('en')} new
          </button>
        </div>
      ) : null}
      <div className="events-bar">
        <span>
          {rows.length.toLocaleString('en')}
          {query.hasNextPage ? '+' : ''} {rows.length === 1 ? 'row' : 'rows'}
          <span className="visually-hidden">, newest first</span>
        </span>
        <span className="row">
          {tools}
          <label>
            <input type="checkbox" checked={isExact} onChange={(event) => setExact(event.target.checked)} /> Exact times
          </label>
        </span>
      </div>
      {rows.length === 0 && !query.isError ? (
        nothing
      ) : (
        <Table
          caption={caption}
          columns={columns}
          rows={rows}
          rowKey={idOf}
          onOpen={onOpen}
          isSelected={(row) => idOf(row) === current || (isMarked?.(idOf(row)) ?? false)}
          virtual={ROW}
          follow={current === undefined ? undefined : rows.findIndex((row) => idOf(row) === current)}
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

interface NothingProps {
  filter: Filter;
  /** The parameters that it filters by. */
  names: readonly [string, string][];
  /** When there is nothing at all. */
  children: ReactNode;
}

/** That no event fits the filter, with ways out; else `children`. */
export function Nothing({ filter, names, children }: NothingProps) {
  const isFiltered = filter.q !== '' || names.some(([name]) => filter.values(name).length > 0);
  if (!isFiltered && filter.from === ALL_TIMES) {
    return children;
  }
  const clear = () => filter.change(Object.fromEntries(['q', ...names.map(([name]) => name)].map((it) => [it, []])));
  return (
    <Empty
      title="Nothing fits"
      action={
        <div className="row">
          {isFiltered ? (
            <button type="button" className="button" onClick={clear}>
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
