// What is read again and again, as long as it is not being deleted.
import { type DefaultError, type QueryKey, type UseQueryOptions, useIsMutating, useQuery } from '@tanstack/react-query';

/** Reads what the mutation of this key deletes. */
export function useWatched<T, K extends QueryKey>(query: UseQueryOptions<T, DefaultError, T, K>, deletion: QueryKey) {
  const isGoing = useIsMutating({ mutationKey: deletion }) > 0;
  return useQuery(isGoing ? { ...query, refetchInterval: false } : query);
}
