// What the page of a user or an address reads of the API, and where it leads.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';
import { ALL_TIMES, type Filter, quoted } from '../../parts/filter';

export type Summary = Schemas['EntitySummary'];
export type Seen = Schemas['SeenDocument'];
export type Entry = Schemas['Entry'];

/** Who or what the page is of. */
export interface Entity {
  kind: string;
  value: string;
}

const PAGE = 100;
/** How often the page is read again. */
const LOOK_MS = 15_000;

const times = (filter: URLSearchParams) => Object.fromEntries(filter);

export const summaryQuery = ({ kind, value }: Entity, filter: URLSearchParams) =>
  queryOptions({
    queryKey: ['entities', kind, value, filter.toString()],
    queryFn: ({ signal }) => {
      const params = { path: { kind, value }, query: times(filter) };
      return answered(api.GET('/api/v1/entities/{kind}/{value}', { params, signal }));
    },
    refetchInterval: LOOK_MS,
    placeholderData: (before) => (before?.value === value && before.kind === kind ? before : undefined),
  });

export const timelineQuery = ({ kind, value }: Entity, filter: URLSearchParams) =>
  infiniteQueryOptions({
    queryKey: ['entities', kind, value, 'timeline', filter.toString()],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...times(filter), limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      const params = { path: { kind, value }, query };
      return answered(api.GET('/api/v1/entities/{kind}/{value}/timeline', { params, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // Who has read on reads what stands there; it is not turned around beneath them.
    refetchInterval: ({ state }) => (state.data === undefined || state.data.pages.length === 1 ? LOOK_MS : false),
  });

/** The query of an address that shows the same times as the page. */
function search(filter: Filter, more: Record<string, string>): string {
  const chosen = { ...more, from: filter.from === '' ? ALL_TIMES : filter.from, to: filter.to };
  return new URLSearchParams(Object.entries(chosen).filter(([, value]) => value !== '')).toString();
}

/** What the feed is filtered by to show their detections. */
export function feedSearch({ kind, value }: Entity, filter: Filter): string {
  const q = `actor:${quoted(value)} OR target:${quoted(value)}`;
  return search(filter, kind === 'ip' ? { ip: value } : { q });
}

/** What the activity is filtered by to show their events, and of them those with further values. */
export function activitySearch({ kind, value }: Entity, filter: Filter, more: Record<string, string> = {}): string {
  return search(filter, { [kind === 'ip' ? 'ip' : 'user']: value, ...more });
}
