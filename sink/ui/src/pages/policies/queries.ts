// What the pages of policies and rules read of the API.
import { queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';

export type Policy = Schemas['PolicyDocument'];
export type PolicySummary = Schemas['PolicySummary'];
export type Rule = Schemas['RuleDocument'];
export type RuleSummary = Schemas['RuleSummary'];
export type Diagnostic = Schemas['Diagnostic'];
export type Reason = Schemas['Reason'];

/** How often it is looked whether somebody else has changed something. */
const LOOK_MS = 10_000;
/** The words of the rule language change with the program alone. */
const WORDS_MS = 3_600_000;
/** Detections are counted over this time. */
const COUNTED = '-7d';
const DAYS = 7;
/** More policies, or rules of one, than there are. */
const MOST_GROUPS = 1000;
const NEVER = { count: 0, byDay: Array<number>(DAYS).fill(0) };
const MATCHES = 10;

export const policiesQuery = queryOptions({
  queryKey: ['policies'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/policies', { signal })),
  refetchInterval: LOOK_MS,
});

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/policies/{id}', { params: { path: { id } }, signal })),
    refetchInterval: LOOK_MS,
  });

/** What deletes a policy: meanwhile, and afterwards, it is not asked for. */
export const deletionKey = (id: string) => ['policies', id, 'delete'];

export const ruleQuery = (policy: string, rule: string) =>
  queryOptions({
    queryKey: ['policies', policy, 'rules', rule],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/rules/{policy}/{rule}', { params: { path: { policy, rule } }, signal })),
    refetchInterval: LOOK_MS,
  });

export const revisionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id, 'revisions'],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/policies/{id}/revisions', { params: { path: { id } }, signal })),
  });

/** What a revision changed, or without `from`: since the one before it. */
export const differenceQuery = (id: string, to: string, from?: string) =>
  queryOptions({
    queryKey: ['policies', id, 'diff', from ?? '', to],
    queryFn: ({ signal }) =>
      answered(
        api.GET('/api/v1/policies/{id}/diff', {
          params: { path: { id }, query: from === undefined ? { to } : { from, to } },
          signal,
        }),
      ),
  });

export const updateQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id, 'update'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/policies/{id}/update', { params: { path: { id } }, signal })),
  });

/** How often something was detected, in all and on each day. */
export interface Count {
  count: number;
  /** Oldest first. */
  byDay: readonly number[];
}

/** Detections of the last 7 days: by policy, or by rule of one policy. */
export const detectionsQuery = (policy?: string) =>
  queryOptions({
    queryKey: ['detections', policy ?? ''],
    queryFn: async ({ signal }) => {
      const days = { from: COUNTED, buckets: DAYS, limit: MOST_GROUPS };
      const query = policy === undefined ? { by: 'policy', ...days } : { by: 'rule', policy: [policy], ...days };
      const { groups } = await answered(api.GET('/api/v1/events/groups', { params: { query }, signal }));
      const found = new Map(groups.map(({ value, count, buckets }) => [value, { count, byDay: buckets }]));
      return (name: string): Count => found.get(name) ?? NEVER;
    },
    refetchInterval: LOOK_MS,
  });

/** The newest detections of a rule. */
export const matchesQuery = (policy: string, rule: string) =>
  queryOptions({
    queryKey: ['detections', policy, rule, 'newest'],
    queryFn: ({ signal }) => {
      const query = { policy: [policy], rule: [rule], limit: MATCHES };
      return answered(api.GET('/api/v1/events', { params: { query }, signal }));
    },
    refetchInterval: LOOK_MS,
  });

/** Detections that hold some words, to try rules on their events. */
export const storedQuery = (q: string) =>
  queryOptions({
    queryKey: ['detections', 'stored', q],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/events', { params: { query: q === '' ? { limit: MATCHES } : { q, limit: MATCHES } }, signal })),
  });

/** Okta's events that hold some words, detected or not. */
export const happenedQuery = (q: string) =>
  queryOptions({
    queryKey: ['activity', 'stored', q],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/activity', { params: { query: q === '' ? { limit: MATCHES } : { q, limit: MATCHES } }, signal })),
  });

/** The words that rules are written with. */
export const wordsQuery = queryOptions({
  queryKey: ['words'],
  queryFn: async ({ signal }) => {
    const [{ fields }, { operators }, { event_types }] = await Promise.all([
      answered(api.GET('/api/v1/fields', { signal })),
      answered(api.GET('/api/v1/operators', { signal })),
      answered(api.GET('/api/v1/event-types', { signal })),
    ]);
    return { fields, operators, eventTypes: event_types };
  },
  staleTime: WORDS_MS,
});

export type Words = Awaited<ReturnType<Extract<typeof wordsQuery.queryFn, (...them: never[]) => unknown>>>;

export const policyPath = (id: string) => `/policies/${encodeURIComponent(id)}`;
export const rulePath = (policy: string, rule: string) => `${policyPath(policy)}/rules/${encodeURIComponent(rule)}`;
/** The feed, with the detections of a policy or of one rule. */
export const feedPath = (policy: string, rule?: string) => {
  const search = new URLSearchParams(rule === undefined ? { policy } : { policy, rule });
  return `/feed?${search.toString()}`;
};
