// What was read of the API, and for how long it counts.
import { QueryClient } from '@tanstack/react-query';

import { ApiProblem } from './problem';

const FRESH_MS = 2000;
const TRIES = 2;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A refusal stays one; a server that starts anew is worth another try.
      retry: (failures, error) =>
        failures < TRIES && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});
