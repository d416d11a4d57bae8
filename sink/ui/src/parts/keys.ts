// The keys of a list of events: `j` and `k` walk, Enter opens, `e` exports.
import { useEffect, useEffectEvent } from 'react';

interface ListKeys<E> {
  rows: readonly E[];
  idOf: (row: E) => string;
  /** The event that the drawer shows. */
  id: string | undefined;
  current: string | undefined;
  setCurrent: (id: string) => void;
  open: (row: E) => void;
  /** Further keys, on the row that one is at; returns whether it was one of them. */
  also?: (key: string, row: E | undefined) => boolean;
}

export function useListKeys<E>({ rows, idOf, id, current, setCurrent, open, also }: ListKeys<E>): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const isText = target?.closest('input:not([type=checkbox]), textarea, select, [role=slider], [role=menu]');
    const dialogs = document.querySelectorAll('dialog[open]').length;
    if (isText || event.ctrlKey || event.metaKey || event.altKey || dialogs > (id === undefined ? 0 : 1)) {
      return;
    }
    const at = rows.findIndex((row) => idOf(row) === (id ?? current));
    const row = rows[at];
    const step = { j: 1, k: -1 }[event.key];
    const next = step === undefined ? undefined : rows[at + step];
    if (next) {
      event.preventDefault();
      setCurrent(idOf(next));
      if (id !== undefined) {
        open(next);
      }
    } else if (event.key === 'Enter' && row && id === undefined && !target?.closest('a, button')) {
      open(row);
    } else if (event.key === 'e' && id === undefined) {
      document.querySelector<HTMLElement>('[data-export] button')?.click();
    } else if (also?.(event.key, row)) {
      event.preventDefault();
    }
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
