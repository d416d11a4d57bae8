// Saved views, as the API keeps them: what a team looks at again and again, under a name.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { type Schemas, answered, api, seenAs } from '../api/client';
import { ApiProblem, unreachable } from '../api/problem';

export type SavedView = Schemas['SavedView'];

const KEY = ['views'];
/** How often it is looked whether others have saved some. */
const LOOK_MS = 60_000;
/** Characters of an id that are of the name. */
const MAX_SLUG = 40;
/** The revision of what is not there yet. */
const NONE = 'none';

export const viewsQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => answered(api.GET('/api/v1/views', { signal })),
  staleTime: LOOK_MS,
  refetchInterval: LOOK_MS,
});

/** The query of an address in one order, to compare it. */
export function inOrder(query: string): string {
  const words = new URLSearchParams(query);
  words.sort();
  return words.toString();
}

/** An id that tells of the name; the time makes it one that nobody else has. */
function newId(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, MAX_SLUG);
  return `${slug === '' ? 'view' : slug}-${Date.now().toString(36)}`;
}

/** A view to save: a new one, or what `replaced` is from now on. */
export interface Wanted {
  name: string;
  page: string;
  query: string;
  replaced?: SavedView | undefined;
}

function save({ replaced, ...view }: Wanted) {
  const path = { id: replaced?.id ?? newId(view.name) };
  const header = { 'If-Match': seenAs(replaced?.revision ?? NONE) };
  return answered(api.PUT('/api/v1/views/{id}', { params: { path, header }, body: view }));
}

async function remove({ id, revision }: SavedView): Promise<void> {
  const params = { path: { id }, header: { 'If-Match': seenAs(revision) } };
  const { error, response } = await api.DELETE('/api/v1/views/{id}', { params }).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (!response.ok) {
    throw ApiProblem.of(error, response.status);
  }
}

function useChanged<T>(mutationFn: (change: T) => Promise<unknown>) {
  const client = useQueryClient();
  // Whatever comes of it, what others see is read again.
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: KEY }) });
}

export const useSave = () => useChanged(save);
export const useRemove = () => useChanged(remove);
