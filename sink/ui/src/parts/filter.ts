// What a list of events is filtered by. All of it is in the address, under the names of the API's
// parameters, so that a link shows the same list.
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** In the address when all times are wanted: a list without a time shows the last days. */
export const ALL_TIMES = 'all';

export interface Filter {
  /** The search box. */
  q: string;
  from: string;
  to: string;
  values: (name: string) => string[];
  /** The API's parameters; those in `without` are left out. */
  parameters: (...without: string[]) => URLSearchParams;
  /** Changes several parts of it at once; an empty list takes a part out. */
  change: (parts: Record<string, string | string[]>) => void;
  /** Adds a value, or takes it out again. */
  toggle: (name: string, value: string) => void;
  /** Leaves out what has this value of a field. */
  exclude: (field: string, value: string) => void;
  /** Adds a term to the search box. */
  narrow: (term: string) => void;
}

/** Writes a value as the search box takes it. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}._@:/-]+$/u.test(value) && !value.startsWith('-') ? value : `"${value.replaceAll('"', ' ')}"`;
}

function joined(q: string, term: string): string {
  return q.includes(term) ? q : `${q} ${term}`.trim();
}

/** What is in the address now: what is drawn may be behind it when one change follows another. */
const current = () => new URLSearchParams(window.location.search);

/** The filter in the address: `names` are its values besides `q`, `from` and `to`. */
export function useFilter(names: readonly string[], span = '-7d'): Filter {
  const [search, setSearch] = useSearchParams();
  return useMemo(() => {
    const q = search.get('q') ?? '';
    const from = search.get('from') ?? span;
    const to = search.get('to') ?? '';
    const change: Filter['change'] = (parts) =>
      setSearch(
        () => {
          const next = current();
          for (const [name, value] of Object.entries(parts)) {
            const values = typeof value === 'string' ? [value] : value;
            next.delete(name);
            const isDefault = name === 'from' && value === span;
            values.filter((each) => each !== '' && !isDefault).forEach((each) => next.append(name, each));
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      );
    return {
      q,
      from,
      to,
      values: (name) => search.getAll(name),
      parameters(...without) {
        const asked = new URLSearchParams();
        for (const name of names.filter((each) => !without.includes(each))) {
          search.getAll(name).forEach((value) => asked.append(name, value));
        }
        const times = { q, from: from === ALL_TIMES ? '' : from, to };
        for (const [name, value] of Object.entries(times)) {
          if (value !== '' && !without.includes(name)) {
            asked.set(name, value);
          }
        }
        return asked;
      },
      change,
      toggle(name, value) {
        const now = current().getAll(name);
        change({ [name]: now.includes(value) ? now.filter((each) => each !== value) : [...now, value] });
      },
      exclude(field, value) {
        const now = current();
        const rest = now.getAll(field).filter((it) => it !== value);
        change({ q: joined(now.get('q') ?? '', `-${field}:${quoted(value)}`), [field]: rest });
      },
      narrow: (term) => change({ q: joined(current().get('q') ?? '', term) }),
    };
    // `names` is a constant of the page.
  }, [search, setSearch, span, names]);
}

/** Parameters as the client takes them: several values of a name as a list. */
export function asked<Q>(parameters: URLSearchParams, more: Partial<Q> = {}): Q {
  const single = new Set(['q', 'from', 'to']);
  const names = [...new Set(parameters.keys())];
  const pairs = names.map((name) => [name, single.has(name) ? parameters.get(name) : parameters.getAll(name)]);
  return { ...Object.fromEntries(pairs), ...more } as Q;
}
