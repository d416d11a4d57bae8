// The rows of the feed: those that were read, and those that the stream brings. What one reads does not
// move: while the list is not at its top, new ones wait until they are asked for.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';

import { type RuntimeEvent, type TriageNews, useLiveEvents } from '../../api/live';
import { eventsQuery } from './queries';

/** Pixels from the top within which a list counts as being there. */
const TOP = 140;
/** After an arrival, until counts are read again. */
const COUNT_MS = 1200;

interface Arrivals {
  /** Of which filter. */
  of: string;
  shown: RuntimeEvent[];
  waiting: RuntimeEvent[];
}

const newestFirst = (a: RuntimeEvent, b: RuntimeEvent) =>
  b.occurred_at.localeCompare(a.occurred_at) || b.position.offset - a.position.offset;

/** `isHeld`: whoever reads something in the list does not want it to move, wherever it stands. */
export function useRows(filter: URLSearchParams, isCollapsed: boolean, isHeld: boolean) {
  const of = filter.toString();
  const client = useQueryClient();
  const query = useInfiniteQuery(eventsQuery(filter, isCollapsed));
  const [arrivals, setArrivals] = useState<Arrivals>({ of, shown: [], waiting: [] });
  const now = arrivals.of === of ? arrivals : { of, shown: [], waiting: [] };
  const recount = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(recount.current), []);
  const count = () => {
    recount.current ??= window.setTimeout(() => {
      recount.current = undefined;
      void client.invalidateQueries({ queryKey: ['events', 'histogram'] });
      void client.invalidateQueries({ queryKey: ['events', 'facets'] });
    }, COUNT_MS);
  };
  const arrive = (event: RuntimeEvent) => {
    const waits = isHeld || window.scrollY > TOP;
    setArrivals((before) => {
      const base = before.of === of ? before : { of, shown: [], waiting: [] };
      return waits
        ? { ...base, waiting: [event, ...base.waiting] }
        : { ...base, shown: [event, ...base.shown] };
    });
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
    setArrivals((before) => ({ ...before, shown: before.shown.map(after), waiting: before.waiting.map(after) }));
    news.events.forEach((id) => {
      void client.invalidateQueries({ queryKey: ['events', 'one', id] });
      void client.invalidateQueries({ queryKey: ['events', 'triage', id] });
    });
    count();
  };
  useLiveEvents(of, arrive, () => void query.refetch(), change);
  const { data, hasNextPage } = query;
  const rows = useMemo(() => {
    const read = data?.pages.flatMap((page) => page.events) ?? [];
    const oldest = hasNextPage ? read.at(-1)?.occurred_at : undefined;
    return merged(read, now.shown, isCollapsed, oldest);
  }, [data, hasNextPage, isCollapsed, now.shown]);
  const show = () => {
    setArrivals({ of, shown: [...now.waiting, ...now.shown], waiting: [] });
    window.scrollTo({ top: 0 });
  };
  return { rows, waiting: now.waiting.length, show, query };
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
