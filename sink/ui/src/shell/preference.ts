// What a person has chosen for this browser: kept in its storage, the same in all of its tabs.
import { useSyncExternalStore } from 'react';

/** One choice, with what reads and changes it. */
export interface Preference<T extends string> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (listener: () => void) => () => void;
}

/** Returns a preference; what is stored and not `valid` counts as `otherwise`. */
export function preference<T extends string>(
  name: string,
  valid: (text: string) => text is T,
  otherwise: T,
): Preference<T> {
  const key = `nightlatch.${name}`;
  const listeners = new Set<() => void>();
  const tell = () => listeners.forEach((listener) => listener());
  window.addEventListener('storage', (event) => {
    if (event.key === key) {
      tell();
    }
  });
  return {
    get() {
      const stored = window.localStorage.getItem(key);
      return stored !== null && valid(stored) ? stored : otherwise;
    },
    set(value) {
      window.localStorage.setItem(key, value);
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The preference as it is now. */
export function usePreference<T extends string>(chosen: Preference<T>): T {
  return useSyncExternalStore(chosen.subscribe, chosen.get);
}
