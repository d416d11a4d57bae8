// The rows of the feed.
import { useRef } from 'react';
import { Link, useLocation } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { EventList, Nothing, type Pages, useExactTimes } from '../../parts/EventList';
import { Empty } from '../../parts/Notice';
import type { Filter } from '../../parts/filter';
import { columns } from './columns';
import { NAMES } from './queries';

interface ListProps {
  filter: Filter;
  rows: RuntimeEvent[];
  query: Pages;
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
  const { filter, rows, marked, onMark } = props;
  const { search } = useLocation();
  const [isExact] = useExactTimes();
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
  return (
    <EventList
      caption="Runtime events, newest first"
      columns={columns({ search, isExact, isMarked: (id) => marked.has(id), onMark: mark })}
      rows={rows}
      idOf={(row) => row.id}
      query={props.query}
      waiting={props.waiting}
      onShow={props.onShow}
      current={props.current}
      isMarked={(id) => marked.has(id)}
      onOpen={props.onOpen}
      tools={
        <label>
          <input
            type="checkbox"
            checked={props.isCollapsed}
            onChange={(event) => props.onCollapse(event.target.checked)}
          />{' '}
          Repeats as one row
        </label>
      }
      nothing={
        <Nothing filter={filter} names={NAMES}>
          <Empty
            title="Nothing was detected yet"
            action={
              <Link className="button" to="/integrations">
                Look at the integrations
              </Link>
            }
          >
            Detections of the rules show here as they happen. See that an org is connected, and send a test from its
            page.
          </Empty>
        </Nothing>
      }
    />
  );
}
