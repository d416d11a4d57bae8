// The stream of what arrives: runtime events, or on pages of the activity all events of Okta. A tab holds
// one connection, whatever it shows, and none while nobody looks at it: browsers allow six to a server,
// over all tabs.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

import type { Schemas } from './client';

export type RuntimeEvent = Schemas['RuntimeEvent'];
export type ActivityEvent = Schemas['ActivityEvent'];

/** What can be followed, and what arrives there. */
export interface Streams {
  events: RuntimeEvent;
  activity: ActivityEvent;
}

/** `waiting`: not connected yet; `resting`: nobody looks; `lost`: the server does not answer. */
export type LiveState = 'waiting' | 'live' | 'lost' | 'resting';

/** What somebody did, and with which events. */
export interface TriageNews {
  action: Schemas['TriageAction'];
  events: string[];
}

interface Listener {
  event: (event: Streams[keyof Streams]) => void;
  gap: () => void;
  triage: (news: TriageNews) => void;
}

/** After a refusal, which browsers do not try again themselves. */
const AGAIN_MS = 3000;

let source: EventSource | undefined;
let again: number | undefined;
let state: LiveState = 'waiting';
const address = (stream: keyof Streams, query: string) => `/api/v1/${stream}/stream?${query}`;
/** What the shell alone follows. */
const ALL = address('events', '');
/** What the page follows. */
let followed = ALL;
let wanted = ALL;
/** Where the stream of this address stands, to go on from. */
let place: string | undefined;
/** Whether this address was followed before. */
let wasFollowed = false;
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();

function become(next: LiveState): void {
  if (next !== state) {
    state = next;
    watchers.forEach((watcher) => watcher());
  }
}

function close(): void {
  window.clearTimeout(again);
  source?.close();
  source = undefined;
}

function open(): void {
  close();
  if (document.visibilityState === 'hidden') {
    become('resting');
    return;
  }
  const from = place === undefined ? '' : `&${new URLSearchParams({ last_event_id: place }).toString()}`;
  const opened = new EventSource(followed + from);
  source = opened;
  const isGap = wasFollowed && place === undefined;
  opened.onopen = () => {
    become('live');
    wasFollowed = true;
    if (isGap) {
      listeners.forEach((listener) => listener.gap());
    }
  };
  opened.onmessage = (message: MessageEvent<string>) => {
    place = message.lastEventId || place;
    if (message.data !== '') {
      const event = JSON.parse(message.data) as Streams[keyof Streams];
      listeners.forEach((listener) => listener.event(event));
    }
  };
  opened.addEventListener('triage', (message: MessageEvent<string>) => {
    place = message.lastEventId || place;
    const news = JSON.parse(message.data) as TriageNews;
    listeners.forEach((listener) => listener.triage(news));
  });
  opened.onerror = () => {
    become('lost');
    if (opened.readyState === EventSource.CLOSED && source === opened) {
      again = window.setTimeout(open, AGAIN_MS);
    }
  };
}

/** In a moment, so that a page that leaves and one that comes open one stream, not two. */
function follow(next: string): void {
  wanted = next;
  queueMicrotask(() => {
    if (wanted !== followed) {
      followed = wanted;
      place = undefined;
      wasFollowed = false;
      become('waiting');
      open();
    }
  });
}

/** Opens the stream; it then stays open while the page is looked at. */
export function startLive(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      close();
      become('resting');
    } else {
      open();
    }
  });
  open();
}

/** How the stream is. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/**
 * Hands events to `onEvent` as they arrive, those of a stream that fit `search` (its parameters, without
 * `?`). It goes on where it was broken off; where it cannot, `onGap` is called, and the page has to read
 * its list again. `onTriage` hears what people do with runtime events. One component of a page may follow
 * at a time.
 */
export function useLiveEvents<S extends keyof Streams>(
  stream: S,
  search: string,
  onEvent: (event: Streams[S]) => void,
  onGap: () => void,
  onTriage: (news: TriageNews) => void = () => undefined,
): void {
  const event = useEffectEvent(onEvent);
  const gap = useEffectEvent(onGap);
  const triage = useEffectEvent(onTriage);
  useEffect(() => {
    const listener: Listener = {
      // What arrives is of the stream that is followed.
      event: (arrived) => event(arrived as Streams[S]),
      gap: () => gap(),
      triage: (news) => triage(news),
    };
    listeners.add(listener);
    follow(address(stream, search));
    return () => {
      listeners.delete(listener);
      follow(ALL);
    };
  }, [stream, search]);
}
