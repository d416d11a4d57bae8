// The rows of the feed: those that were read, and those that the stream brings.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { type RuntimeEvent, type TriageNews, useLiveEvents } from '../../api/live';
import { useArrivals, useRecount } from '../../parts/arrivals';
import { eventsQuery } from './queries';

const newestFirst = (a: RuntimeEvent, b: RuntimeEvent) =>
  b.occurred_at.localeCompare(a.occurred_at) || b.position.offset - a.position.offset;

/** `isHeld`: whoever reads something in the list does not want it to move, wherever it stands. */
export function useRows(filter: URLSearchParams, isCollapsed: boolean, isHeld: boolean) {
  const of = filter.toString();
  const client = useQueryClient();
  const query = useInfiniteQuery(eventsQuery(filter, isCollapsed));
  const { shown, waiting, ...arrivals } = useArrivals<RuntimeEvent>(`${of} ${isCollapsed}`, isHeld);
  const count = useRecount(['events', 'histogram'], ['events', 'facets']);
  const arrive = (event: RuntimeEvent) => {
    arrivals.arrive(event);
    count();
  };
  const change = (news: TriageNews) => {
    const { deed, disposition, assignee, note, by, at } = news.action;
    const ids = new Set(news.events);
    const after = (event: RuntimeEvent): RuntimeEvent => {
      if (!ids.has(event.id)) {
        return event;
      }
      const { triage } = event;
      const status = { acknowledge: 'acknowledged', resolve: 'resolved', reopen: 'open' } as const;
      const isKept = deed === 'assign' || deed === 'comment' || (deed === 'acknowledge' && triage.status === 'resolved');
      return {
        ...event,
        triage: {
          status: isKept ? triage.status : status[deed],
          disposition: deed === 'resolve' ? disposition : deed === 'reopen' ? null : triage.disposition,
          assignee: deed === 'assign' ? assignee : triage.assignee,
          note: note ?? triage.note,
          by,
          at,
        },
      };
    };
    client.setQueryData(eventsQuery(filter, isCollapsed).queryKey, (list) =>
      list ? { ...list, pages: list.pages.map((page) => ({ ...page, events: page.events.map(after) })) } : list,
    );
    arrivals.change(after);
    news.events.forEach((id) => {
      void client.invalidateQueries({ queryKey: ['events', 'one', id] });
      void client.invalidateQueries({ queryKey: ['events', 'triage', id] });
    });
    count();
  };
  const readAnew = () => {
    arrivals.clear();
    void query.refetch();
  };
  useLiveEvents('events', of, arrive, readAnew, change);
  const { data, hasNextPage } = query;
  const rows = useMemo(() => {
    const read = data?.pages.flatMap((page) => page.events) ?? [];
    const oldest = hasNextPage ? read.at(-1)?.occurred_at : undefined;
    return merged(read, shown, isCollapsed, oldest);
  }, [data, hasNextPage, isCollapsed, shown]);
  return { rows, waiting: waiting.length, show: arrivals.show, readAnew, query };
}

/**
 * Puts what arrived into what was read. What is older than `oldest` comes with its page. Repeats of a
 * collapsed row become part of it.
 */
export function merged(
  read: RuntimeEvent[],
  arrived: readonly RuntimeEvent[],
  isCollapsed: boolean,
  oldest: string | undefined,
): RuntimeEvent[] {
  const known = new Set(read.map((event) => event.id));
  const fresh = arrived.filter((event) => {
    const isNew = !known.has(event.id) && (oldest === undefined || event.occurred_at >= oldest);
    known.add(event.id);
    return isNew;
  });
  if (fresh.length === 0) {
    return read;
  }
  if (!isCollapsed) {
    return [...fresh, ...read].sort(newestFirst);
  }
  const rows = new Map(read.map((event) => [event.episode, event]));
  for (const event of fresh) {
    const row = rows.get(event.episode);
    const newest = row !== undefined && newestFirst(row, event) < 0 ? row : event;
    const before = row?.repeats ?? { count: row ? 1 : 0, first: row?.occurred_at ?? event.occurred_at };
    const first = before.first < event.occurred_at ? before.first : event.occurred_at;
    rows.set(event.episode, { ...newest, repeats: { count: before.count + 1, first, last: newest.occurred_at } });
  }
  return [...rows.values()].sort(newestFirst);
}
