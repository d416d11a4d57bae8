// What the health page reads of the API: how each service is, wherever it runs.
import { queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';

export type Health = Schemas['Health'];
export type Stage = Schemas['HealthStage'];
export type Store = Schemas['HealthStore'];

/** The services, in the order in which events pass them. */
export const SERVICES = ['ingest', 'detector', 'sink'] as const;
export type Service = (typeof SERVICES)[number];

/** How often it is looked. */
const LOOK_MS = 2000;
/** Points of the last hour: one a minute. */
export const POINTS = 60;

/** How all services are, as far as they answer. */
export interface Pipeline {
  /** What each service says of itself; a service that does not answer is not there. */
  services: Partial<Record<Service, Health>>;
  stages: readonly Stage[];
  stores: readonly Store[];
  figures: Readonly<Record<string, number>>;
  words: Readonly<Record<string, string>>;
}

export const pipelineQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }) => {
    const query = { points: POINTS };
    const here = await answered(api.GET('/api/v1/health', { params: { query }, signal }));
    // Where services run apart, a gateway leads to each.
    const elsewhere = SERVICES.filter((service) => !here.services.includes(service));
    const others = elsewhere.map((service) =>
      answered(api.GET('/api/v1/health/{service}', { params: { path: { service }, query }, signal })).catch(() => undefined),
    );
    return pipeline([here, ...(await Promise.all(others))]);
  },
  refetchInterval: LOOK_MS,
});

function pipeline(all: (Health | undefined)[]): Pipeline {
  const told = all.filter((health) => health !== undefined);
  const of = (service: Service) => told.find((health) => health.services.includes(service));
  return {
    services: Object.fromEntries(SERVICES.flatMap((service) => [of(service)].flatMap((it) => (it ? [[service, it]] : [])))),
    stages: told.flatMap((health) => health.stages),
    stores: told.flatMap((health) => health.stores),
    figures: Object.assign({}, ...told.map((health) => health.figures)) as Record<string, number>,
    words: Object.assign({}, ...told.map((health) => health.words)) as Record<string, string>,
  };
}
