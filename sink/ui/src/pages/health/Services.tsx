// The services that run, their versions, and what each checks of itself.
import { Chip } from '../../parts/Chip';
import { type Pipeline, SERVICES } from './queries';
import { SERVICE_TITLES } from './words';

export function Services({ pipeline: { services } }: { pipeline: Pipeline }) {
  const told = SERVICES.map((service) => [service, services[service]] as const);
  // Services of one process share its checks.
  const checks = [...new Map(told.flatMap(([, health]) => (health?.checks ?? []).map((check) => [check.name, check]))).values()];
  return (
    <>
      <dl className="facts">
        {told.map(([service, health]) => (
          <div key={service} className="health-fact">
            <dt>{SERVICE_TITLES[service]}</dt>
            <dd>
              {health ? (
                <>
                  version <code>{health.version}</code>
                </>
              ) : (
                <span className="health-bad">does not answer</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <h3 className="health-checks">Checks</h3>
      <ul className="health-list">
        {checks.map(({ name, is_ready: isReady, note }) => (
          <li key={name}>
            <span className="row">
              <Chip tone={isReady ? (note ? 'medium' : 'good') : 'high'}>{isReady ? 'Passes' : 'Fails'}</Chip>
              {name}
            </span>
            {note ? <span className="sub foreign">{note}</span> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
