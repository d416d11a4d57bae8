// One integration: how it is, what comes in, what was delivered, what was missed and found.
import { Link, useParams } from 'react-router';

import './integrations.css';
import { useWatched } from '../../api/watched';
import { StateChip } from '../../parts/Chip';
import { Loaded, Notice } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { useView } from '../../parts/view';
import { Actions } from './Actions';
import { Deliveries } from './Deliveries';
import { EventTypes } from './EventTypes';
import { Overview } from './Overview';
import { type Integration, addressOf, deletionKey, integrationQuery } from './queries';

const TABS = { overview: 'Overview', types: 'Event types', deliveries: 'Deliveries' };

export function Component() {
  const { id = '' } = useParams();
  const query = useWatched(integrationQuery(id), deletionKey(id));
  const integration = query.data;
  return (
    <Page
      title={integration?.name ?? 'Integration'}
      trail={[['Integrations', '/integrations']]}
      lead={integration ? <span className="foreign">{integration.domain}</span> : undefined}
      beside={integration ? <StateChip state={integration.status.state} /> : undefined}
      actions={integration && !integration.read_only ? <Actions integration={integration} /> : undefined}
    >
      <Loaded query={query} what="the integration">
        {(found) => <Parts integration={found} />}
      </Loaded>
    </Page>
  );
}

function Parts({ integration }: { integration: Integration }) {
  const [tab] = useView('tab', 'overview');
  return (
    <>
      <Reason integration={integration} />
      <nav className="tabs" aria-label="Parts of this integration">
        {Object.entries(TABS).map(([name, words]) => (
          <Link
            key={name}
            to={name === 'overview' ? addressOf(integration.id) : `?tab=${name}`}
            aria-current={tab === name ? 'page' : undefined}
          >
            {words}
          </Link>
        ))}
      </nav>
      {tab === 'types' ? (
        <EventTypes id={integration.id} />
      ) : tab === 'deliveries' ? (
        <Deliveries integration={integration} />
      ) : (
        <Overview integration={integration} />
      )}
    </>
  );
}

const TONES = { warning: 'medium', error: 'high', pending: 'info', paused: 'info', connected: 'good' } as const;

/** Why it is in its state, and what to do, unless all is well. */
function Reason({ integration }: { integration: Integration }) {
  const { state, reason, remedy } = integration.status;
  if (state === 'connected' && integration.completed == null && !integration.read_only) {
    return (
      <div className="integrations-reason">
        <Notice tone="info" what="Its set-up was not completed." todo="Go through the checklist, and complete it.">
          <Setup id={integration.id} />
        </Notice>
      </div>
    );
  }
  return state === 'connected' ? null : (
    <div className="integrations-reason">
      <Notice tone={TONES[state]} what={reason} todo={remedy}>
        {state === 'paused' || integration.read_only ? null : <Setup id={integration.id} />}
      </Notice>
    </div>
  );
}

function Setup({ id }: { id: string }) {
  return (
    <Link className="button" data-size="small" to={`${addressOf(id)}/setup`}>
      Validate the connection
    </Link>
  );
}
