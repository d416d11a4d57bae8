// The orgs that are watched, and how each is.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';

import { StateChip } from '../../parts/Chip';
import { Icon } from '../../parts/Icon';
import { Empty, Loaded } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { type IntegrationSummary, integrationsQuery } from './queries';

const address = (integration: IntegrationSummary) => `/integrations/${encodeURIComponent(integration.id)}`;

const COLUMNS: Column<IntegrationSummary>[] = [
  {
    id: 'name',
    head: 'Org',
    names: true,
    order: (a, b) => a.name.localeCompare(b.name),
    cell: (it) => (
      <>
        <Link className="main-link foreign" to={address(it)}>
          {it.name}
        </Link>
        <div className="sub foreign">{it.domain}</div>
      </>
    ),
  },
  {
    id: 'state',
    head: 'State',
    order: (a, b) => a.status.state.localeCompare(b.status.state),
    cell: (it) => (
      <>
        <StateChip state={it.status.state} />
        <div className="sub">{it.status.reason}</div>
        {it.status.remedy ? <div className="sub">{it.status.remedy}</div> : null}
      </>
    ),
  },
  {
    id: 'last',
    head: 'Last event',
    order: (a, b) => (a.last_event ?? '').localeCompare(b.last_event ?? ''),
    cell: (it) => <Time value={it.last_event} none="none yet" />,
  },
  {
    id: 'rate',
    head: 'Events, 24 h',
    align: 'right',
    order: (a, b) => a.events_24h - b.events_24h,
    cell: (it) => it.events_24h.toLocaleString('en'),
  },
];

function Add() {
  return (
    <Link className="button" data-kind="primary" to="/integrations/new">
      <Icon name="plus" />
      Add integration
    </Link>
  );
}

export function Component() {
  const query = useQuery(integrationsQuery);
  const navigate = useNavigate();
  return (
    <Page title="Integrations" lead="The Okta orgs whose events Nightlatch takes and judges." actions={<Add />}>
      <Loaded query={query} what="the integrations">
        {({ integrations }) =>
          integrations.length === 0 ? (
            <Empty title="No org is connected yet" action={<Add />}>
              Connect an Okta org: it takes a few minutes, and its events come in from then on.
            </Empty>
          ) : (
            <Table
              caption="Integrations"
              columns={COLUMNS}
              rows={integrations}
              rowKey={(it) => it.id}
              onOpen={(it) => void navigate(address(it))}
            />
          )
        }
      </Loaded>
    </Page>
  );
}
