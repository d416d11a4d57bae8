// What does not work as it should, each with what to do.
import { Link } from 'react-router';

import { Notice } from '../../parts/Notice';
import { LETTERS } from './HealthTabs';
import { type Pipeline, SERVICES } from './queries';
import { SERVICE_TITLES, STATES, type State, sentence, titleOf, worst } from './words';

interface Trouble {
  id: string;
  state: State;
  what: string;
  todo: string;
  /** Where to look. */
  to?: [string, string];
}

const PLACES: Record<string, [string, string]> = {
  hooks: ['/integrations', 'Integrations'],
  system_log: ['/integrations', 'Integrations'],
  rules: ['/policies', 'Policies'],
  ingest_dead_letters: [LETTERS, 'Dead letters'],
  detector_dead_letters: [LETTERS, 'Dead letters'],
  sink_dead_letters: [LETTERS, 'Dead letters'],
};

/** All of it, the worst first. */
export function troublesOf({ stages, services }: Pipeline): Trouble[] {
  const silent = SERVICES.filter((service) => services[service] === undefined).map(
    (service): Trouble => ({
      id: service,
      state: 'unknown',
      what: `${SERVICE_TITLES[service]}: nothing answers for it.`,
      todo: `See whether it runs. Where services run apart, have the gateway lead /api/v1/health/${service} to it.`,
    }),
  );
  const wrong = stages.flatMap((stage): Trouble[] => {
    const to = PLACES[stage.name];
    const todo = stage.remedy ?? 'Look into the log of the service.';
    const what = `${titleOf(stage.name)}: ${sentence(stage.reason ?? 'it does not work')}`;
    return stage.state === 'ok' ? [] : [{ id: stage.name, state: stage.state, what, todo, ...(to ? { to } : {}) }];
  });
  const rank = ({ state }: Trouble) => (state === 'error' ? 0 : state === 'unknown' ? 1 : 2);
  return [...silent, ...wrong].sort((a, b) => rank(a) - rank(b));
}

export function stateOf(pipeline: Pipeline): State {
  return worst(troublesOf(pipeline).map(({ state }) => state));
}

export function Troubles({ pipeline }: { pipeline: Pipeline }) {
  const troubles = troublesOf(pipeline);
  if (troubles.length === 0) {
    return <p className="muted">Nothing. When a stage stops, falls behind or fails, it says here why, and what helps.</p>;
  }
  return (
    <ul className="stack health-troubles">
      {troubles.map(({ id, state, what, todo, to }) => (
        <li key={id}>
          <Notice tone={state === 'error' ? 'high' : 'medium'} what={<span className="foreign">{what}</span>} todo={todo}>
            <span className="visually-hidden">{STATES[state][1]}</span>
            {to ? <Link to={to[0]}>{to[1]}</Link> : null}
          </Notice>
        </li>
      ))}
    </ul>
  );
}
