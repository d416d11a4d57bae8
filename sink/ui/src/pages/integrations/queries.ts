// What the pages of integrations read of the API.
import { queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';

export type Integration = Schemas['IntegrationDocument'];
export type IntegrationSummary = Schemas['IntegrationSummary'];

/** How often it is looked whether something has changed. */
const LOOK_MS = 5000;

export const integrationsQuery = queryOptions({
  queryKey: ['integrations'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/integrations', { signal })),
  refetchInterval: LOOK_MS,
});

export const integrationQuery = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/integrations/{id}', { params: { path: { id } }, signal })),
    refetchInterval: LOOK_MS,
  });

/** What deletes an integration: meanwhile, and afterwards, it is not asked for. */
export const deletionKey = (id: string) => ['integrations', id, 'delete'];

export const eventTypesQuery = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id, 'event-types'],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/integrations/{id}/event-types', { params: { path: { id } }, signal })),
    refetchInterval: LOOK_MS,
  });

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/rules', { signal })),
  staleTime: 60_000,
});

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id, 'deliveries'],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/v1/integrations/{id}/deliveries', { params: { path: { id } }, signal })),
    refetchInterval: LOOK_MS,
  });

/** Where the page of an integration is. */
export const addressOf = (id: string) => `/integrations/${encodeURIComponent(id)}`;
