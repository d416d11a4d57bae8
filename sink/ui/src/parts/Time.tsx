// A point in time: how long ago, and exactly when.
import { useSyncExternalStore } from 'react';

import { usePreference } from '../shell/preference';
import { type Zone, zonePreference } from '../shell/zone';

const TICK_MS = 1000;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

const watchers = new Set<() => void>();
let now = Date.now();
let ticking: number | undefined;

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  ticking ??= window.setInterval(() => {
    now = Date.now();
    watchers.forEach((each) => each());
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      window.clearInterval(ticking);
      ticking = undefined;
    }
  };
}

const relative = new Intl.RelativeTimeFormat('en', { style: 'short' });

/** How long before `at` a time was, or how long after, such as "12 sec. ago". */
export function ago(time: number, at: number): string {
  const seconds = Math.round((time - at) / 1000);
  if (Math.abs(seconds) < 2) {
    return 'now';
  }
  const [unit, length] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** By what is shown: to make one takes as long as to draw a row. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: Zone, withMilliseconds: boolean): Intl.DateTimeFormat {
  const key = `${zone} ${withMilliseconds}`;
  const known = formats.get(key);
  if (known) {
    return known;
  }
  const made = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: undefined,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(withMilliseconds ? { fractionalSecondDigits: 3 as const } : {}),
    timeZone: zone === 'utc' ? 'UTC' : undefined,
    timeZoneName: 'short',
  });
  formats.set(key, made);
  return made;
}

/** A time to the second (or millisecond) in a zone, with the zone's name. */
export function exactly(time: number, zone: Zone, withMilliseconds = false): string {
  return format(zone, withMilliseconds).format(time);
}

interface TimeProps {
  /** RFC 3339. */
  value: string | null | undefined;
  /** What stands there without a value. */
  none?: string;
  /** Shows the exact time, and how long ago it is as the tooltip. */
  exact?: boolean;
}

/** How long ago something was, with the exact time as its tooltip; or the other way round. */
export function Time({ value, none = 'never', exact = false }: TimeProps) {
  const zone = usePreference(zonePreference);
  const time = value === null || value === undefined ? Number.NaN : Date.parse(value);
  // Told once a second, and drawn anew only when the words change.
  const words = useSyncExternalStore(watch, () => (Number.isNaN(time) ? none : ago(time, now)));
  if (Number.isNaN(time)) {
    return <span className="muted">{none}</span>;
  }
  const absolute = exactly(time, zone);
  return (
    <time dateTime={value ?? ''} title={exact ? words : absolute} className="nowrap">
      {exact ? absolute : words}
    </time>
  );
}

/** A span of milliseconds, such as "340 ms" or "2.4 s". */
export function milliseconds(span: number): string {
  return span < 1000 ? `${Math.round(span)} ms` : `${(span / 1000).toFixed(span < 10_000 ? 1 : 0)} s`;
}

/** A span of seconds in its largest unit, such as "3 min". */
export function seconds(span: number): string {
  const [name, length] =
    span >= 172_800 ? ['d', 86_400] : span >= 5400 ? ['h', 3600] : span >= 90 ? ['min', 60] : ['s', 1];
  return `${Math.round(span / (length as number))} ${name}`;
}
