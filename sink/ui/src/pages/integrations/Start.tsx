// What to do at Okta before an org can be connected.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { answered, api } from '../../api/client';
import { CopyButton } from '../../parts/CopyButton';
import { Icon } from '../../parts/Icon';
import { Loaded, Notice } from '../../parts/Notice';
import { useView } from '../../parts/view';
import { MODES, type Mode, hasKey, isMode } from './credentials';

/** Asks the API which page of the org's admin console to open, and what to create there. */
export function Start({ org, mode, onMode }: { org: string; mode: Mode; onMode: (mode: Mode) => void }) {
  const [, setOrg] = useView('org');
  const query = useQuery({
    queryKey: ['integrations', 'start', org],
    queryFn: ({ signal }) => answered(api.POST('/api/v1/integrations/start', { body: { org }, signal })),
    staleTime: Infinity,
  });
  const another = (
    <button type="button" className="button" data-size="small" onClick={() => setOrg('')}>
      Another org
    </button>
  );
  return (
    <div className="stack">
      <Loaded query={query} what="what to do at Okta">
        {(start) => (
          <>
            <div className="row">
              <span>
                The org is <strong className="foreign">{start.domain}</strong>.
              </span>
              {another}
            </div>
            {start.problem ? (
              <Notice tone="medium" what={start.problem.sentence} todo={start.problem.remedy} />
            ) : null}
            {start.connected && start.integration ? (
              <Notice tone="info" what="This org is connected already.">
                <Link className="button" data-size="small" to={`/integrations/${encodeURIComponent(start.integration)}`}>
                  Show its integration
                </Link>
              </Notice>
            ) : null}
            <section className="panel">
              <header>
                <h2>Create a client at Okta</h2>
                <AdminLink address={start.admin_link} />
              </header>
              <div className="body stack">
                <div className="field">
                  <label htmlFor="integrations-way">What you create there</label>
                  <select
                    id="integrations-way"
                    className="select"
                    value={mode}
                    onChange={({ target }) => isMode(target.value) && onMode(target.value)}
                  >
                    {Object.entries(MODES).map(([value, words]) => (
                      <option key={value} value={value}>
                        {words}
                      </option>
                    ))}
                  </select>
                </div>
                <ol className="plain-list">
                  {stepsOf(start.ways, mode).map((step) => (
                    <li key={step}>{step}</li>
                  ))}
                </ol>
                <div>
                  <div className="label">Scopes to grant</div>
                  <ul className="integrations-scopes">
                    {start.scopes.map((scope) => (
                      <li key={scope}>
                        <code>{scope}</code>
                        <CopyButton text={scope} what={scope} />
                      </li>
                    ))}
                  </ul>
                </div>
              </div>
            </section>
          </>
        )}
      </Loaded>
      {query.error ? <div className="row">{another}</div> : null}
    </div>
  );
}

/** An address that the server made of what was typed: it is opened only when it is a page of the web. */
function AdminLink({ address }: { address: string }) {
  return address.startsWith('https://') ? (
    <a className="button" data-kind="primary" href={address} target="_blank" rel="noopener noreferrer">
      Launch Okta
      <Icon name="external" />
      <span className="visually-hidden">(opens in a new tab)</span>
    </a>
  ) : (
    <span className="foreign">{address}</span>
  );
}

function stepsOf(ways: { credentials: string; steps: string[] }[], mode: Mode): string[] {
  const kind = hasKey(mode) ? 'private_key' : mode;
  return ways.find((way) => way.credentials === kind)?.steps ?? [];
}
