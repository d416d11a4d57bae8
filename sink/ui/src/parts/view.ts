// What a page shows is in its address: what is chosen stays after a reload, and a link tells all of it.
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/**
 * A parameter of the address, and what sets it; setting `otherwise` takes it out. `push` makes the
 * change one that the browser's Back undoes.
 */
export function useView(name: string, otherwise = ''): [string, (value: string, push?: boolean) => void] {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (value: string, push = false) => {
      setSearch(
        (now) => {
          const next = new URLSearchParams(now);
          if (value === otherwise) {
            next.delete(name);
          } else {
            next.set(name, value);
          }
          return next;
        },
        { replace: !push, preventScrollReset: true },
      );
    },
    [name, otherwise, setSearch],
  );
  return [search.get(name) ?? otherwise, set];
}
