// The API of Nightlatch. Its types are made from docs/reference/openapi.json, so that a page that does
// not fit it does not compile.
import createClient, { type Middleware } from 'openapi-fetch';

import { author } from '../shell/author';
import { ApiProblem, unreachable } from './problem';
import type { components, paths } from './schema';

/** The schemas of the API's document, by name. */
export type Schemas = components['schemas'];

const SAFE = new Set(['GET', 'HEAD']);

/** Says who changes something. */
const signature: Middleware = {
  onRequest({ request }) {
    const who = author();
    if (who !== '' && !SAFE.has(request.method)) {
      request.headers.set('Nightlatch-Author', who);
    }
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // Several values of one parameter: given several times.
  querySerializer: { array: { style: 'form', explode: true } },
});
api.use(signature);

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/**
 * Waits for an answer of the API.
 *
 * @throws ApiProblem when it is a problem document, or there is none.
 */
export async function answered<T>(call: Call<T>): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (!response.ok || data === undefined || data === null) {
    throw ApiProblem.of(error, response.status);
  }
  return data;
}

/** The entity tag that a change of what was seen as `revision` names. */
export function seenAs(revision: string): string {
  return `"${revision}"`;
}
