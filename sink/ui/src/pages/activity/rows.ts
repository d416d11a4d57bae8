// The rows of the activity: those that were read, and those that the stream brings.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { type ActivityEvent, useLiveEvents } from '../../api/live';
import { useArrivals, useRecount } from '../../parts/arrivals';
import { activityQuery } from './queries';

const newestFirst = (a: ActivityEvent, b: ActivityEvent) =>
  b.occurred_at.localeCompare(a.occurred_at) || b.uuid.localeCompare(a.uuid);

/** `isHeld`: whoever reads something in the list does not want it to move, wherever it stands. */
export function useRows(filter: URLSearchParams, isHeld: boolean) {
  const of = filter.toString();
  const query = useInfiniteQuery(activityQuery(filter));
  const { shown, waiting, arrive, show, clear } = useArrivals<ActivityEvent>(of, isHeld);
  const count = useRecount(['activity', 'histogram'], ['activity', 'facets']);
  const take = (event: ActivityEvent) => {
    arrive(event);
    count();
  };
  const readAnew = () => {
    clear();
    void query.refetch();
  };
  useLiveEvents('activity', of, take, readAnew);
  const { data, hasNextPage } = query;
  const { rows, uuids } = useMemo(() => {
    const read = data?.pages.flatMap((page) => page.events) ?? [];
    const oldest = hasNextPage ? read.at(-1)?.occurred_at : undefined;
    const all = merged(read, shown, oldest);
    return { rows: all, uuids: new Set(all.map((event) => event.uuid)) };
  }, [data, hasNextPage, shown]);
  // A richer copy of what is shown is nothing new.
  const news = new Set(waiting.map((event) => event.uuid).filter((uuid) => !uuids.has(uuid)));
  return { rows, waiting: news.size, show, readAnew, query };
}

/**
 * Puts what arrived, the newest first, into what was read: an event that comes again tells more. What is
 * older than `oldest` comes with its page.
 */
export function merged(
  read: ActivityEvent[],
  arrived: readonly ActivityEvent[],
  oldest: string | undefined,
): ActivityEvent[] {
  const rows = new Map(read.map((event) => [event.uuid, event]));
  for (const event of arrived.toReversed()) {
    if (rows.has(event.uuid) || oldest === undefined || event.occurred_at >= oldest) {
      rows.set(event.uuid, event);
    }
  }
  return arrived.length === 0 ? read : [...rows.values()].sort(newestFirst);
}
