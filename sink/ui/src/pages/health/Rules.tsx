// What judges at the moment.
import { Link } from 'react-router';

import { Time } from '../../parts/Time';
import type { Pipeline } from './queries';
import { many } from './words';

export function Rules({ pipeline: { figures, words, services } }: { pipeline: Pipeline }) {
  if (services.detector === undefined) {
    return <p className="muted">The detector has them, and does not answer.</p>;
  }
  const count = (name: string) => figures[name] ?? 0;
  const [managed, custom, unusable] = [count('rules_managed'), count('rules_custom'), count('policies_unusable')];
  const loaded = figures['rules_loaded_at'];
  return (
    <dl className="facts">
      <dt>Rules that judge</dt>
      <dd>
        <Link to="/policies">{many(managed + custom)}</Link>{' '}
        <span className="muted">
          {many(managed)} managed, {many(custom)} your own
        </span>
      </dd>
      <dt>Left out</dt>
      <dd>
        {unusable === 0 ? 'none' : <span className="health-bad">{unusable === 1 ? '1 policy' : `${many(unusable)} policies`}</span>}
      </dd>
      <dt>Loaded</dt>
      <dd>
        <Time value={loaded ? new Date(loaded * 1000).toISOString() : null} none="not yet" />
      </dd>
      <dt>Loads that failed</dt>
      <dd>{many(count('rules_reload_failures'))} since the start</dd>
      <dt>Version</dt>
      <dd>
        <code>{words['ruleset_version'] ?? 'none'}</code>
      </dd>
    </dl>
  );
}
