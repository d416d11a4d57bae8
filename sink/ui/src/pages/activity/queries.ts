// What the activity reads of the API.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { answered, api } from '../../api/client';
import type { paths } from '../../api/schema';
import { asked } from '../../parts/filter';

type ListQuery = NonNullable<paths['/api/v1/activity']['get']['parameters']['query']>;
type FilterQuery = NonNullable<paths['/api/v1/activity/facets']['get']['parameters']['query']>;
type HistogramQuery = NonNullable<paths['/api/v1/activity/histogram']['get']['parameters']['query']>;

/** Parameters of the filter, besides the search box and the time, and what people call them. */
export const NAMES = [
  ['outcome', 'Outcome'],
  ['event_type', 'Event type'],
  ['severity', 'Severity'],
  ['actor', 'Actor'],
  ['target', 'Target'],
  ['user', 'Actor or target'],
  ['ip', 'IP address'],
  ['country', 'Country'],
  ['asn', 'Network'],
  ['origin', 'Came by'],
  ['integration', 'Org'],
  ['session', 'Session'],
  ['transaction', 'Transaction'],
  ['device', 'Device'],
] as const satisfies [string, string][];

export const PARAMETERS: readonly string[] = NAMES.map(([name]) => name);

/** What the search box knows. */
export const FIELDS = [
  ...['event_type', 'actor', 'target', 'user', 'ip', 'country', 'asn', 'session', 'transaction', 'device'],
  ...['outcome', 'severity', 'origin', 'integration', 'org', 'id'],
];

const PAGE = 200;
/** Counts are read again after this time, whatever the stream says. */
const LOOK_MS = 15_000;
const DETECTIONS = 20;

export const activityQuery = (filter: URLSearchParams) =>
  infiniteQueryOptions({
    queryKey: ['activity', 'list', filter.toString()],
    queryFn: ({ pageParam, signal }) => {
      const more = { limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return answered(api.GET('/api/v1/activity', { params: { query: asked<ListQuery>(filter, more) }, signal }));
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
    queryKey: ['activity', 'histogram', filter.toString()],
    queryFn: ({ signal }) => {
      const query = asked<HistogramQuery>(filter, { by: 'outcome' });
      return answered(api.GET('/api/v1/activity/histogram', { params: { query }, signal }));
    },
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });

export const facetsQuery = (filter: URLSearchParams) =>
  queryOptions({
    queryKey: ['activity', 'facets', filter.toString()],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/activity/facets', { params: { query: asked<FilterQuery>(filter) }, signal })),
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });

export const eventQuery = (uuid: string) =>
  queryOptions({
    queryKey: ['activity', 'one', uuid],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/activity/{uuid}', { params: { path: { uuid } }, signal })),
  });

/** What rules have detected in an event: its uuid is a word of each detection. */
export const detectionsQuery = (uuid: string) =>
  queryOptions({
    queryKey: ['events', 'of', uuid],
    queryFn: ({ signal }) => {
      const query = { q: `"${uuid.replaceAll('"', ' ')}"`, limit: DETECTIONS };
      return answered(api.GET('/api/v1/events', { params: { query }, signal }));
    },
  });
