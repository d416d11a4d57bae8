// What the stream brings to a list. What one reads does not move: while the list is not at its top, new
// rows wait until they are asked for.
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

/** Pixels from the top within which a list counts as being there. */
const TOP = 140;
/** After an arrival, until counts are read again. */
const COUNT_MS = 1200;

interface Arrivals<E> {
  /** Of which list. */
  of: string;
  shown: E[];
  waiting: E[];
}

/** `of`: which list it is. `isHeld`: whoever reads something in the list does not want it to move, wherever it stands. */
export function useArrivals<E>(of: string, isHeld: boolean) {
  const none: Arrivals<E> = { of, shown: [], waiting: [] };
  const [arrivals, setArrivals] = useState(none);
  // With another filter the list is read anew, and when one comes back to this one, too.
  if (arrivals.of !== of) {
    setArrivals(none);
  }
  const now = arrivals.of === of ? arrivals : none;
  const arrive = (event: E) => {
    const waits = isHeld || window.scrollY > TOP;
    setArrivals((before) => {
      const base = before.of === of ? before : none;
      return waits ? { ...base, waiting: [event, ...base.waiting] } : { ...base, shown: [event, ...base.shown] };
    });
  };
  const change = (after: (event: E) => E) =>
    setArrivals((before) => ({ ...before, shown: before.shown.map(after), waiting: before.waiting.map(after) }));
  const show = () => {
    setArrivals({ of, shown: [...now.waiting, ...now.shown], waiting: [] });
    window.scrollTo({ top: 0 });
  };
  /** For when the list is read anew. */
  const clear = () => setArrivals(none);
  return { shown: now.shown, waiting: now.waiting, arrive, change, show, clear };
}

/** Returns what has counts read again: in a moment, once for all that arrives until then. */
export function useRecount(...keys: QueryKey[]): () => void {
  const client = useQueryClient();
  const recount = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(recount.current), []);
  return () => {
    recount.current ??= window.setTimeout(() => {
      recount.current = undefined;
      keys.forEach((queryKey) => void client.invalidateQueries({ queryKey }));
    }, COUNT_MS);
  };
}
