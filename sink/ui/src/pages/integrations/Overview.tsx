// How an integration is connected: its hook, its System Log, what is set of it.
import type { ReactNode } from 'react';

import { Chip } from '../../parts/Chip';
import { Notice } from '../../parts/Notice';
import { Panel } from '../../parts/Page';
import { Sparkline } from '../../parts/Sparkline';
import { Table } from '../../parts/Table';
import { Time, seconds } from '../../parts/Time';
import { TestRun } from './TestRun';
import { MODES } from './credentials';
import type { Integration } from './queries';

export function Overview({ integration }: { integration: Integration }) {
  return (
    <>
      <div className="panels">
        <Events integration={integration} />
        <Hook integration={integration} />
        <SystemLog integration={integration} />
        <Settings integration={integration} />
      </div>
      <Gaps integration={integration} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** How much of what all hooks of the org may bring a day ours has brought. */
function share({ hook_events_24h: used, hook_events_daily_quota: quota }: Integration): string {
  return (used / quota).toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 });
}

function Events({ integration }: { integration: Integration }) {
  const isTested = !integration.read_only && integration.paused == null;
  return (
    <Panel title="Events">
      <div className="stack">
        <dl className="facts">
          <Fact name="State">{integration.status.reason}</Fact>
          <Fact name="Last event">
            <Time value={integration.last_event} none="none yet" />
          </Fact>
          <Fact name="Last 24 hours">
            {integration.events_24h.toLocaleString('en')} events
            {integration.read_only ? null : (
              <>
                , {integration.hook_events_24h.toLocaleString('en')} by the hook: {share(integration)} of the
                org&apos;s daily quota
              </>
            )}
            <Sparkline values={integration.events_by_hour} label="Events an hour" width={190} height={30} />
          </Fact>
        </dl>
        {isTested ? <TestRun id={integration.id} /> : null}
      </div>
    </Panel>
  );
}

const SECRETS: Record<string, string> = {
  current: 'current',
  next: 'next: Okta has yet to verify it',
  previous: 'previous: still taken for deliveries on their way',
};

function Hook({ integration }: { integration: Integration }) {
  const { hook } = integration;
  if (hook == null) {
    return (
      <Panel title="Event hook">
        <p>
          The configuration file owns this integration. Its hook at Okta is not looked after, and its System Log not
          read.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Event hook">
      <dl className="facts">
        <Fact name="At Okta">{hook.okta_id ? <code className="foreign">{hook.okta_id}</code> : 'not there yet'}</Fact>
        {hook.active == null ? null : (
          <Fact name="State">
            {hook.active ? 'switched on' : 'switched off'}, {hook.verified ? 'verified' : 'to be verified'}
          </Fact>
        )}
        <Fact name="Address">
          {hook.address ? <code>{hook.address}</code> : 'not known: set ingest.public_url'}
        </Fact>
        <Fact name="Header">
          <code>{hook.header}</code>
        </Fact>
        <Fact name="Last delivery">
          <Time value={hook.last_delivery} none="none yet" />
        </Fact>
        {hook.secrets.map((secret) => (
          <Fact key={secret.set} name="Secret">
            {SECRETS[secret.state] ?? secret.state}, set <Time value={secret.set} />
            {secret.verified ? (
              <>
                , verified <Time value={secret.verified} />
              </>
            ) : null}
          </Fact>
        ))}
      </dl>
    </Panel>
  );
}

function SystemLog({ integration }: { integration: Integration }) {
  const log = integration.system_log;
  if (log == null) {
    return (
      <Panel title="System Log">
        <p>It has not been looked at yet. It is read as soon as Okta lets Nightlatch in.</p>
      </Panel>
    );
  }
  const { trouble, lag_seconds: lag, failed_deliveries_24h: failed } = log;
  return (
    <Panel title="System Log">
      <div className="stack">
        {trouble ? <Notice tone="medium" what={trouble.sentence} todo={trouble.remedy} /> : null}
        <dl className="facts">
          <Fact name="Complete to">
            {log.complete_to ? (
              <>
                <Time value={log.complete_to} exact /> {lag != null ? `(${seconds(lag)} behind)` : null}
              </>
            ) : (
              `${Math.round(log.progress * 100)} % is read`
            )}
          </Fact>
          {log.complete_to && log.progress < 1 ? (
            <Fact name="Made up for">{`${Math.round(log.progress * 100)} %`}</Fact>
          ) : null}
          <Fact name="Read since">
            <Time value={log.since} exact />
          </Fact>
          <Fact name="Last event in it">
            <Time value={log.read_to} none="none yet" />
          </Fact>
          <Fact name="Failed deliveries">
            {failed === 0 ? (
              'none within 24 hours'
            ) : (
              <>
                {failed} within 24 hours, says Okta; the last <Time value={log.last_failed_delivery} />
              </>
            )}
          </Fact>
          {log.quota_warning ? (
            <Fact name="Quota">
              Okta warned of the daily quota of deliveries <Time value={log.quota_warning} />
            </Fact>
          ) : null}
        </dl>
      </div>
    </Panel>
  );
}

function Settings({ integration }: { integration: Integration }) {
  const { credentials, event_types: types, changed } = integration;
  const chosen = types?.chosen;
  return (
    <Panel title="Settings">
      <dl className="facts">
        <Fact name="Owned by">{integration.origin === 'file' ? 'the configuration file' : 'these pages and the API'}</Fact>
        <Fact name="Okta's org id">
          <code className="foreign">{integration.org_id ?? 'not known'}</code>
        </Fact>
        {credentials ? (
          <>
            <Fact name="Let in by">{MODES[credentials.mode]}</Fact>
            {credentials.client_id ? (
              <Fact name="Client id">
                <code className="foreign">{credentials.client_id}</code>
              </Fact>
            ) : null}
            <Fact name="Secret set">
              <Time value={credentials.set} />
            </Fact>
          </>
        ) : null}
        {types ? (
          <Fact name="Event types">
            {Array.isArray(chosen) ? 'chosen by name' : <Chip>{String(chosen)}</Chip>} {types.hook.length} by the hook
            {types.system_log.length > 0 ? `, ${types.system_log.length} by the System Log alone` : ''}
          </Fact>
        ) : null}
        <Fact name="Connected">
          <Time value={integration.created} none="not known" />
        </Fact>
        {changed ? (
          <Fact name="Last change">
            <Time value={changed.when} /> by <span className="foreign">{changed.who}</span>
          </Fact>
        ) : null}
      </dl>
    </Panel>
  );
}

function Gaps({ integration }: { integration: Integration }) {
  const gaps = integration.system_log?.gaps ?? [];
  return (
    <Panel title="Gaps found and filled">
      {gaps.length === 0 ? (
        <p className="muted">
          None. When Nightlatch was away, was paused or could not read for a minute or more, what happened meanwhile is
          read from the System Log, and told of here.
        </p>
      ) : (
        <Table
          caption="Gaps found and filled"
          rows={gaps}
          rowKey={(gap) => gap.from}
          columns={[
            { id: 'from', head: 'From', names: true, cell: (gap) => <Time value={gap.from} exact /> },
            { id: 'to', head: 'To', cell: (gap) => <Time value={gap.to} exact /> },
            {
              id: 'length',
              head: 'Length',
              cell: (gap) => seconds((Date.parse(gap.to) - Date.parse(gap.from)) / 1000),
            },
            { id: 'events', head: 'Events read', align: 'right', cell: (gap) => gap.events.toLocaleString('en') },
            {
              id: 'state',
              head: 'State',
              cell: (gap) =>
                gap.filled ? <Chip tone="good">filled</Chip> : <Chip tone="medium">being filled</Chip>,
            },
          ]}
        />
      )}
    </Panel>
  );
}
