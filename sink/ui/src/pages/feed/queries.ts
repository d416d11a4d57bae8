// What the feed reads of the API.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';
import type { RuntimeEvent } from '../../api/live';
import type { paths } from '../../api/schema';
import { asked } from '../../parts/filter';

export type Triage = RuntimeEvent['triage'];
export type TriageRequest = Schemas['TriageRequest'];
export type Reason = Schemas['Reason'];

type ListQuery = NonNullable<paths['/api/v1/events']['get']['parameters']['query']>;
type FilterQuery = NonNullable<paths['/api/v1/events/facets']['get']['parameters']['query']>;

/** Parameters of the filter, besides the search box and the time, and what people call them. */
export const NAMES = [
  ['severity', 'Severity'],
  ['status', 'Status'],
  ['rule', 'Rule'],
  ['policy', 'Policy'],
  ['actor', 'Actor'],
  ['ip', 'IP address'],
  ['country', 'Country'],
  ['event_type', 'Event type'],
  ['integration', 'Org'],
  ['disposition', 'Outcome of triage'],
] as const satisfies [string, string][];

export const PARAMETERS: readonly string[] = NAMES.map(([name]) => name);

/** What the search box knows. */
export const FIELDS = [
  ...['severity', 'policy', 'rule', 'actor', 'ip', 'event_type', 'integration', 'org', 'country', 'tag'],
  ...['attack', 'asn', 'target', 'outcome', 'id', 'status', 'disposition', 'assignee'],
];

const PAGE = 200;
/** Counts are read again after this time, whatever the stream says. */
const LOOK_MS = 15_000;

/** `isCollapsed`: repeats are one row, the newest of them. */
export const eventsQuery = (filter: URLSearchParams, isCollapsed: boolean) =>
  infiniteQueryOptions({
    queryKey: ['events', 'list', filter.toString(), isCollapsed],
    queryFn: ({ pageParam, signal }) => {
      const collapse = isCollapsed ? 'true' : 'false';
      const more = { limit: PAGE, collapse, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return answered(api.GET('/api/v1/events', { params: { query: asked<ListQuery>(filter, more) }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // The stream keeps it up to date while it is shown; what arrived meanwhile it does not tell.
    staleTime: 0,
  });

export const histogramQuery = (filter: URLSearchParams) =>
  queryOptions({
    queryKey: ['events', 'histogram', filter.toString()],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/events/histogram', { params: { query: asked<FilterQuery>(filter) }, signal })),
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });

export const facetsQuery = (filter: URLSearchParams) =>
  queryOptions({
    queryKey: ['events', 'facets', filter.toString()],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/events/facets', { params: { query: asked<FilterQuery>(filter) }, signal })),
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });

type GroupQuery = NonNullable<paths['/api/v1/events/groups']['get']['parameters']['query']>;
export type GroupBy = GroupQuery['by'];

export const groupsQuery = (filter: URLSearchParams, by: GroupBy) =>
  infiniteQueryOptions({
    queryKey: ['events', 'groups', filter.toString(), by],
    queryFn: ({ pageParam, signal }) => {
      const more = { by, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return answered(api.GET('/api/v1/events/groups', { params: { query: asked<GroupQuery>(filter, more) }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: LOOK_MS,
  });

/** The ids of all events that collapsed rows stand for. */
export async function episodeIds(rows: readonly RuntimeEvent[]): Promise<string[]> {
  const ids = await Promise.all(rows.map((row) => ((row.repeats?.count ?? 1) > 1 ? repeatIds(row.id) : [row.id])));
  return [...new Set(ids.flat())];
}

async function repeatIds(id: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { repeats_of: id, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await answered(api.GET('/api/v1/events', { params: { query } }));
    ids.push(...page.events.map((event) => event.id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** Events that one row stands for. */
export const repeatsQuery = (id: string) =>
  queryOptions({
    queryKey: ['events', 'repeats', id],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/events', { params: { query: { repeats_of: id, limit: PAGE } }, signal })),
  });

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['events', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/events/{id}', { params: { path: { id } }, signal })),
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ['events', 'triage', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/events/{id}/triage', { params: { path: { id } }, signal })),
  });

/** Why the rule matches, as it is in force now. */
export const reasonQuery = (event: RuntimeEvent) =>
  queryOptions({
    queryKey: ['events', 'reason', event.id],
    queryFn: ({ signal }) => {
      const raw = JSON.parse(event.event?.raw ?? 'null') as Record<string, never>;
      const body = { policy: event.policy.id, rule: event.rule.name, org: event.org, event: raw };
      return answered(api.POST('/api/v1/rules/explain', { body, signal }));
    },
    enabled: event.event?.raw != null,
    staleTime: Infinity,
    retry: false,
  });

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/policies/{id}', { params: { path: { id } }, signal })),
    retry: false,
  });

export const ruleQuery = (policy: string, rule: string) =>
  queryOptions({
    queryKey: ['rules', policy, rule],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/rules/{policy}/{rule}', { params: { path: { policy, rule } }, signal })),
    retry: false,
  });

/** Other events of one actor or one address around a time. */
export const relatedQuery = (q: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['events', 'related', q, from, to],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/events', { params: { query: { q, from, to, limit: 50 } }, signal })),
    enabled: q !== '',
  });

export function triage(request: TriageRequest) {
  return answered(api.POST('/api/v1/events/triage', { body: request }));
}
