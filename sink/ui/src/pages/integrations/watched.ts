// What is read of an integration again and again, as long as it is not being deleted.
import { type DefaultError, type QueryKey, type UseQueryOptions, useIsMutating, useQuery } from '@tanstack/react-query';

import { deletionKey } from './queries';

export function useWatched<T, K extends QueryKey>(query: UseQueryOptions<T, DefaultError, T, K>, id: string) {
  const isGoing = useIsMutating({ mutationKey: deletionKey(id) }) > 0;
  return useQuery(isGoing ? { ...query, refetchInterval: false } : query);
}
