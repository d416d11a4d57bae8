// What is kept: how much, since when, for how long, and when it is full.
import { Time } from '../../parts/Time';
import type { Store } from './queries';
import { days, many, size } from './words';

const WORDS: Record<string, string> = { feed: 'detections', activity: 'events' };
const TITLES: Record<string, string> = { feed: 'Feed', activity: 'Activity' };

export function Storage({ stores }: { stores: readonly Store[] }) {
  if (stores.length === 0) {
    return <p className="muted">The sink keeps what comes out, and does not answer.</p>;
  }
  return (
    <ul className="stack health-stores">
      {stores.map((store) => (
        <li key={store.name}>
          <Kept store={store} />
        </li>
      ))}
    </ul>
  );
}

function Kept({ store }: { store: Store }) {
  const { name, bytes, max_bytes: most, rows, oldest_ms: oldest, retention_seconds: retention } = store;
  const share = bytes === null || most === 0 ? 0 : bytes / most;
  return (
    <>
      <div className="spread">
        <h3>{TITLES[name] ?? name}</h3>
        <span>
          {bytes === null ? '–' : size(bytes)} <span className="muted">of {size(most)}</span>
        </span>
      </div>
      <div className="health-bar" data-full={share > 0.9 || undefined} aria-hidden="true">
        <span style={{ width: `${Math.min(100, Math.max(bytes ? 1 : 0, share * 100))}%` }} />
      </div>
      <dl className="facts">
        <dt>Holds</dt>
        <dd>
          {rows === null ? '–' : many(rows)} {WORDS[name] ?? 'rows'}
        </dd>
        <dt>Oldest</dt>
        <dd>
          <Time value={oldest === null ? null : new Date(oldest).toISOString()} none="nothing yet" />
        </dd>
        <dt>Kept for</dt>
        <dd>{days(retention / 86_400)}</dd>
        <dt>Grows</dt>
        <dd>{growth(store)}</dd>
      </dl>
    </>
  );
}

function growth({ growth_per_day_bytes: grown, days_left: left }: Store): string {
  if (grown === null) {
    return 'told after ten minutes';
  }
  if (grown === 0) {
    return 'not at the moment';
  }
  const rest = left === null ? '' : left === 0 ? '; it is full, so the oldest goes' : `; full in ${days(left)}`;
  return `${size(grown)} a day${rest}`;
}
