// One policy: its rules, what is set of it, what can be done with it.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, Outlet, useNavigate, useOutletContext, useParams } from 'react-router';

import './policies.css';
import { useWatched } from '../../api/watched';
import { SeverityChip } from '../../parts/Chip';
import { Menu, type MenuItem } from '../../parts/Menu';
import { Loaded, Notice } from '../../parts/Notice';
import { Page, Panel } from '../../parts/Page';
import { Switch } from '../../parts/Switch';
import { type Column, Table } from '../../parts/Table';
import { Tabs } from '../../parts/Tabs';
import { switched, useChange } from './change';
import { Count } from './Count';
import { DeleteDialog } from './DeleteDialog';
import { DuplicateDialog } from './DuplicateDialog';
import { ExceptionsTable } from './ExceptionsTable';
import { KindChip } from './Kind';
import { Lists } from './Lists';
import { ScopeDialog } from './ScopeDialog';
import { SettingsDialog } from './SettingsDialog';
import { type Policy, type RuleSummary, deletionKey, detectionsQuery, feedPath, policiesQuery, policyPath, policyQuery, rulePath } from './queries';

type Open = 'duplicate' | 'settings' | 'delete';

export function Component() {
  const { id = '' } = useParams();
  const query = useWatched(policyQuery(id), deletionKey(id));
  const title = query.data?.name ?? id;
  return (
    <Page
      title={title}
      trail={[['Policies', '/policies']]}
      lead={query.data ? <span className="foreign">{query.data.description}</span> : undefined}
      beside={query.data ? <Beside policy={query.data} /> : undefined}
      actions={query.data ? <Actions policy={query.data} /> : undefined}
    >
      <Loaded query={query} what="the policy">
        {(policy) => (
          <>
            <Troubles policy={policy} />
            <Tabs
              label="Parts of the policy"
              tabs={[
                { name: 'Rules', to: policyPath(id) },
                { name: 'Versions', to: `${policyPath(id)}/versions` },
              ]}
            />
            <Outlet context={policy} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** The policy of the page around. */
export const usePolicy = () => useOutletContext<Policy>();

function Beside({ policy }: { policy: Policy }) {
  const change = useChange();
  return (
    <>
      <KindChip kind={policy.kind} />
      <SeverityChip label={policy.severity_label} level={policy.severity} />
      <Switch
        isOn={policy.enabled}
        label={`Policy ${policy.name}`}
        disabled={policy.read_only || change.isPending}
        onChange={(enabled) => change.mutate({ policy, tuning: { enabled }, note: switched(enabled) })}
      />
    </>
  );
}

function Actions({ policy }: { policy: Policy }) {
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const isOurs = policy.kind === 'managed';
  const items: MenuItem[] = [{ label: 'Settings', onChoose: () => setOpen('settings') }];
  if (!isOurs || policy.revision !== 'none') {
    items.push({ label: isOurs ? 'Forget what is set' : 'Delete', danger: true, onChoose: () => setOpen('delete') });
  }
  return (
    <>
      {isOurs ? (
        <button type="button" className="button" onClick={() => setOpen('duplicate')}>
          Duplicate
        </button>
      ) : null}
      <Link className="button" data-kind={policy.kind === 'custom' ? 'primary' : undefined} to={`${policyPath(policy.id)}/edit`}>
        {policy.kind === 'custom' && !policy.read_only ? 'Edit rules' : 'Read and try rules'}
      </Link>
      {policy.read_only ? null : <Menu label="More of this policy" items={items} />}
      {open === 'duplicate' ? <Duplicate of={policy.id} onClose={close} /> : null}
      {open === 'settings' ? <SettingsDialog policy={policy} onClose={close} /> : null}
      {open === 'delete' ? <DeleteDialog policy={policy} onClose={close} /> : null}
    </>
  );
}

function Duplicate({ of, onClose }: { of: string; onClose: () => void }) {
  const { data } = useQuery(policiesQuery);
  return data ? <DuplicateDialog policies={data.policies} of={of} onClose={onClose} /> : null;
}

function Troubles({ policy }: { policy: Policy }) {
  return (
    <div className="stack policies-troubles">
      {policy.problems.map((problem) => (
        <Notice key={problem} tone="medium" what={<span className="foreign">{problem}</span>} />
      ))}
      {policy.read_only ? (
        <Notice tone="info" what="A file owns this policy, so it is changed there." todo={<code className="foreign">{policy.origin}</code>} />
      ) : null}
      {policy.update ? (
        <Notice tone="info" what="An update has changed the rules of this ruleset since somebody looked at it.">
          <Link to={`${policyPath(policy.id)}/versions`}>See what changed</Link>
        </Notice>
      ) : null}
    </div>
  );
}

/** The first part: the rules, and what is set of the policy. */
export function Rules() {
  const policy = usePolicy();
  const columns = useColumns(policy);
  const navigate = useNavigate();
  return (
    <div className="stack policies-parts">
      <Table
        caption="Rules"
        columns={columns}
        rows={policy.rule_list}
        rowKey={(rule) => rule.name}
        onOpen={(rule) => void navigate(rulePath(policy.id, rule.name))}
      />
      <div className="panels">
        <Panel title="Policy">
          <Facts policy={policy} />
        </Panel>
        <Panel title="Scope" tools={policy.read_only ? null : <ScopeButton policy={policy} />}>
          <ScopeFacts policy={policy} />
        </Panel>
      </div>
      {policy.lists.length > 0 ? (
        <Panel title="Lists">
          <Lists policy={policy} />
        </Panel>
      ) : null}
      {policy.exceptions.length > 0 ? (
        <Panel title="Exceptions">
          <ExceptionsTable policy={policy} exceptions={policy.exceptions} />
        </Panel>
      ) : null}
    </div>
  );
}

function useColumns(policy: Policy): Column<RuleSummary>[] {
  const { data: detections } = useQuery(detectionsQuery(policy.id));
  const change = useChange();
  return [
    {
      id: 'name',
      head: 'Rule',
      names: true,
      order: (a, b) => a.name.localeCompare(b.name),
      cell: (it) => (
        <>
          <Link className="main-link foreign" to={rulePath(policy.id, it.name)}>
            {it.name}
          </Link>
          <div className="sub foreign policies-clamp">{it.description}</div>
        </>
      ),
    },
    {
      id: 'severity',
      head: 'Severity',
      order: (a, b) => a.severity - b.severity,
      cell: (it) => <SeverityChip label={it.severity_label} level={it.severity} />,
    },
    { id: 'attack', head: 'ATT&CK', cell: (it) => <span className="mono nowrap">{it.attack.join(' ') || '–'}</span> },
    {
      id: 'detections',
      head: 'Detections, 7\u00a0d',
      align: 'right',
      cell: (it) => <Count count={detections?.(it.name)} to={feedPath(policy.id, it.name)} of={it.name} />,
    },
    {
      id: 'enabled',
      head: 'On',
      cell: (it) => (
        <Switch
          isOn={it.enabled}
          label={`Rule ${it.name}`}
          disabled={policy.read_only || change.isPending}
          onChange={(enabled) =>
            change.mutate({ policy, tuning: { rules: { [it.name]: { enabled } } } as never, note: `${it.name}: ${switched(enabled)}` })
          }
        />
      ),
    },
  ];
}

function Facts({ policy }: { policy: Policy }) {
  const rows: [string, ReactNode][] = [
    ['Id', <code className="foreign">{policy.id}</code>],
    ['Type', policy.type],
    ['Rules from', policy.base ? <Link to={policyPath(policy.base)}>{policy.base}</Link> : policy.origin === 'built_in' ? 'Nightlatch' : policy.origin === 'api' ? 'these pages' : policy.origin],
    ['Version', <code>{policy.version ?? 'none'}</code>],
    ['Runbook', <Runbook text={policy.runbook} />],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name} className="policies-fact">
          <dt>{name}</dt>
          <dd className="foreign">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A runbook: only what is surely an address of the web becomes a link. */
export function Runbook({ text }: { text: string | null | undefined }) {
  if (!text) {
    return <span className="muted">None yet: say under Settings what to do when a rule fires.</span>;
  }
  return /^https:\/\/[^\s]+$/.test(text) && URL.canParse(text) ? (
    <a className="foreign" href={text} target="_blank" rel="noreferrer noopener">
      {text}
    </a>
  ) : (
    <span className="foreign">{text}</span>
  );
}

function ScopeButton({ policy }: { policy: Policy }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" data-size="small" onClick={() => setOpen(true)}>
        Edit the scope
      </button>
      {isOpen ? <ScopeDialog policy={policy} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

const SCOPES: [string, string][] = [
  ['integrations', 'Orgs'],
  ['actors', 'Actors'],
  ['groups', 'Groups'],
];

function ScopeFacts({ policy }: { policy: Policy }) {
  const scope = (policy.scope ?? {}) as unknown as Record<string, string[] | undefined>;
  const limits = SCOPES.flatMap(([key, name]) => ((scope[key]?.length ?? 0) > 0 ? [[name, scope[key] ?? []] as const] : []));
  if (limits.length === 0) {
    return <p>Its rules look at all events of all orgs.</p>;
  }
  return (
    <dl className="facts">
      {limits.map(([name, values]) => (
        <div key={name} className="policies-fact">
          <dt>{name}</dt>
          <dd className="foreign">{values.join(', ')}</dd>
        </div>
      ))}
    </dl>
  );
}
