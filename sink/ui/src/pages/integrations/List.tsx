// The orgs that are watched, and how each is.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';

import './integrations.css';
import { StateChip } from '../../parts/Chip';
import { Icon } from '../../parts/Icon';
import { Empty, Loaded } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { type Column, Table } from '../../parts/Table';
import { Sparkline } from '../../parts/Sparkline';
import { Time } from '../../parts/Time';
import { RowMenu } from './Actions';
import { DeletedNotice } from './DeletedNotice';
import { type IntegrationSummary, addressOf, integrationsQuery } from './queries';

const COLUMNS: Column<IntegrationSummary>[] = [
  {
    id: 'name',
    head: 'Org',
    names: true,
    order: (a, b) => a.name.localeCompare(b.name),
    cell: (it) => (
      <>
        <Link className="main-link foreign" to={addressOf(it.id)}>
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
    cell: (it) => (
      <div className="integrations-rate">
        {it.events_24h.toLocaleString('en')}
        <Sparkline values={it.events_by_hour} label={`Events of ${it.name} an hour`} />
      </div>
    ),
  },
  {
    id: 'actions',
    head: 'Actions',
    width: '90px',
    cell: (it) => (it.read_only ? <span className="sub">of the file</span> : <RowMenu integration={it} />),
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
      <DeletedNotice />
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
              onOpen={(it) => void navigate(addressOf(it.id))}
            />
          )
        }
      </Loaded>
    </Page>
  );
}
