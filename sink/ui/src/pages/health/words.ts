// Stages and figures in words.
import { seconds } from '../../parts/Time';
import type { Tone } from '../../parts/Chip';
import { POINTS, type Pipeline, type Service, type Stage } from './queries';

/** How something is; `unknown`: who could tell does not answer. */
export type State = Stage['state'] | 'unknown';

export const STATES: Record<State, [Tone, string]> = {
  ok: ['good', 'Works'],
  warning: ['medium', 'Look'],
  error: ['high', 'Stopped'],
  unknown: ['calm', 'Silent'],
};

const WORST: readonly State[] = ['ok', 'unknown', 'warning', 'error'];

/** The worst of some states. */
export function worst(states: readonly State[]): State {
  return states.reduce<State>((so, state) => (WORST.indexOf(state) > WORST.indexOf(so) ? state : so), 'ok');
}

const TITLES: Record<string, string> = {
  hooks: 'Event hooks',
  system_log: 'System Log',
  okta_events: 'Ingest',
  ingest_dead_letters: 'Dead letters of ingest',
  rules: 'Rules',
  detector: 'Detector',
  runtime_events: 'Detections',
  detector_dead_letters: 'Dead letters of the detector',
  sink: 'Sink',
  activity: 'Activity',
  queries: 'Queries',
  sink_dead_letters: 'Dead letters of the sink',
};

/** What people call a stage. */
export const titleOf = (stage: string) => TITLES[stage] ?? stage.replaceAll('_', ' ');

export const SERVICE_TITLES: Record<Service, string> = { ingest: 'Ingest', detector: 'Detector', sink: 'Sink' };

export const stageOf = ({ stages }: Pipeline, name: string) => stages.find((stage) => stage.name === name);

/** Records a second. */
export function perSecond(rate: number): string {
  return rate === 0 ? '0' : rate < 0.1 ? '< 0.1' : rate < 100 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en');
}

/** How long something takes, or is behind. */
export function took(span: number | null): string {
  if (span === null) {
    return '–';
  }
  return span < 0.001 ? '< 1 ms' : span < 1 ? `${Math.round(span * 1000)} ms` : span < 10 ? `${span.toFixed(1)} s` : seconds(span);
}

/** How far behind something is, to the second. */
export function behind(span: number | null): string {
  return span === null ? '–' : span < 1 ? '0 s' : seconds(span);
}

/** The rate of the last hour, a point a minute; what was before the start is nothing. */
export function lastHour({ series }: Stage): number[] {
  const told = series.rate.map((rate) => Math.round(rate * 10) / 10);
  return [...Array<number>(Math.max(0, POINTS - told.length)).fill(0), ...told];
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A count, such as "1.2M". */
export const many = (count: number) => (count < 10_000 ? count.toLocaleString('en') : compact.format(count));

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size in the units of the settings. */
export function size(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const count = bytes / 1024 ** unit;
  return `${count < 10 && unit > 0 ? count.toFixed(1) : Math.round(count)} ${UNITS[unit]}`;
}

/** A number of days in its largest unit. */
export function days(count: number): string {
  if (count >= 730) {
    return count > 36_500 ? 'more than 100 years' : `${Math.round(count / 365)} years`;
  }
  return count >= 2 ? `${Math.round(count)} days` : count >= 1 / 12 ? `${Math.max(1, Math.round(count * 24))} hours` : 'less than 2 hours';
}

/** A reason as a sentence of its own. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
