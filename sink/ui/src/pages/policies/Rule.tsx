// One rule: what it says, what it comes to, what it needs, what it has found.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';

import './policies.css';
import { Chip, SeverityChip } from '../../parts/Chip';
import { CopyButton } from '../../parts/CopyButton';
import { Empty, Loaded } from '../../parts/Notice';
import { Page, Panel } from '../../parts/Page';
import { Switch } from '../../parts/Switch';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import type { RuntimeEvent } from '../../api/live';
import { switched, useChange } from './change';
import { Code } from './Code';
import { Count } from './Count';
import { ExceptionDialog } from './ExceptionDialog';
import { ExceptionsTable } from './ExceptionsTable';
import { ruleText } from './item';
import { Runbook } from './Policy';
import { type Policy, type Rule, detectionsQuery, feedPath, matchesQuery, policyPath, policyQuery, ruleQuery } from './queries';
import { Tests } from './Tests';
import { Try } from './Try';

export function Component() {
  const { id = '', rule: name = '' } = useParams();
  const rule = useQuery(ruleQuery(id, name));
  const policy = useQuery(policyQuery(id));
  const both = rule.data && policy.data ? { rule: rule.data, policy: policy.data } : undefined;
  return (
    <Page
      title={name}
      trail={[
        ['Policies', '/policies'],
        [policy.data?.name ?? id, policyPath(id)],
      ]}
      lead={both ? <span className="foreign">{both.rule.description}</span> : undefined}
      beside={both ? <Beside {...both} /> : undefined}
      actions={
        both ? (
          <Link className="button" to={`${policyPath(id)}/edit?${new URLSearchParams({ rule: name }).toString()}`}>
            {both.policy.kind === 'custom' && !both.policy.read_only ? 'Edit rules' : 'Read and try rules'}
          </Link>
        ) : undefined
      }
    >
      <Loaded query={{ data: both, error: rule.error ?? policy.error, refetch: () => void rule.refetch() }} what="the rule">
        {(found) => <Parts {...found} />}
      </Loaded>
    </Page>
  );
}

interface Both {
  rule: Rule;
  policy: Policy;
}

function Beside({ rule, policy }: Both) {
  const change = useChange();
  const set = (enabled: boolean) =>
    change.mutate({ policy, tuning: { rules: { [rule.name]: { enabled } } } as never, note: `${rule.name}: ${switched(enabled)}` });
  return (
    <>
      <SeverityChip label={rule.severity_label} level={rule.severity} />
      <Switch isOn={rule.enabled} label={`Rule ${rule.name}`} disabled={policy.read_only || change.isPending} onChange={set} />
      {rule.enabled && !policy.enabled ? <Chip tone="medium">Its policy is off</Chip> : null}
    </>
  );
}

function Parts({ rule, policy }: Both) {
  const text = ruleText(policy.text, rule.name);
  const set = rule.exceptions;
  return (
    <div className="policies-rule">
      <div className="stack policies-parts">
        <Panel title="As it is written" tools={<CopyButton text={text} what="the rule" />}>
          <Code label="The rule as it is written" value={text} />
        </Panel>
        <Panel title="Effective condition" tools={<CopyButton text={rule.condition} what="the condition" />}>
          <p className="muted policies-note">With its macros, lists and exceptions and the policy&apos;s scope put in.</p>
          <pre className="foreign">{rule.condition}</pre>
        </Panel>
        <Panel title="Recent matches" tools={<Link to={feedPath(policy.id, rule.name)}>All in the feed</Link>}>
          <Matches policy={policy} rule={rule} />
        </Panel>
        <Panel title="Tests">
          <Tests text={policy.text} tests={policy.tests ?? ''} rule={rule.name} />
        </Panel>
        <Panel title="Exceptions" tools={policy.read_only ? null : <AddException policy={policy} rule={rule} />}>
          {set.length === 0 ? (
            <p className="muted">Nothing is excepted: the rule fires on all that its condition holds for.</p>
          ) : (
            <ExceptionsTable policy={policy} exceptions={set} />
          )}
        </Panel>
      </div>
      <div className="stack policies-parts">
        <Panel title="About">
          <About rule={rule} policy={policy} />
        </Panel>
        <Panel title="What it needs">
          <Needs rule={rule} />
        </Panel>
        <Panel title="Try on an event">
          <Try rules={[rule.name]} rule={rule.name} of={{ policy: policy.id }} />
        </Panel>
      </div>
    </div>
  );
}

function AddException({ rule, policy }: Both) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" data-size="small" onClick={() => setOpen(true)}>
        Add an exception
      </button>
      {isOpen ? <ExceptionDialog policy={policy} rule={rule.name} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function About({ rule, policy }: Both) {
  const { data: detections } = useQuery(detectionsQuery(policy.id));
  const rows: [string, ReactNode][] = [
    ['Detections, 7 d', <Count count={detections?.(rule.name)} to={feedPath(policy.id, rule.name)} of={rule.name} />],
    ['Priority', rule.priority],
    ['ATT&CK', <Techniques ids={rule.attack} />],
    ['Output', <code className="foreign">{rule.output}</code>],
    ['Tags', <span className="foreign">{rule.tags.join(', ') || 'none'}</span>],
    ['Version', <code>{rule.version}</code>],
    ['Runbook', <Runbook text={policy.runbook} />],
  ];
  if (rule.references.length > 0) {
    rows.push(['Read more', <References addresses={rule.references} />]);
  }
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name} className="policies-fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function References({ addresses }: { addresses: readonly string[] }) {
  return addresses.map((address) => (
    <div key={address}>
      <Runbook text={address} />
    </div>
  ));
}

/** Techniques of ATT&CK, each with its page. */
function Techniques({ ids }: { ids: readonly string[] }) {
  const known = ids.filter((id) => /^T\d{4}(\.\d{3})?$/.test(id));
  if (known.length === 0) {
    return <span className="muted">none named</span>;
  }
  return (
    <span className="row">
      {known.map((id) => (
        <a key={id} href={`https://attack.mitre.org/techniques/${id.replace('.', '/')}/`} target="_blank" rel="noreferrer noopener">
          {id}
        </a>
      ))}
    </span>
  );
}

function Needs({ rule }: { rule: Rule }) {
  const { event_types: types, system_log: log, hook } = rule.needs;
  if (!types) {
    return <p>Events of any type.</p>;
  }
  return (
    <div className="stack">
      <ul className="policies-types">
        {types.map((type) => (
          <li key={type}>
            <code className="foreign">{type}</code>
            <Chip tone={log.includes(type) ? 'info' : 'good'}>{log.includes(type) ? 'System Log' : 'Hook'}</Chip>
          </li>
        ))}
      </ul>
      <p className="muted">
        {log.length === 0
          ? 'Event hooks carry all of it: matches show within seconds.'
          : hook
            ? 'Part of it comes by the System Log alone: let the client read logs (okta.logs.read).'
            : 'It comes by the System Log alone: let the client read logs (okta.logs.read).'}
      </p>
    </div>
  );
}

const COLUMNS: Column<RuntimeEvent>[] = [
  { id: 'when', head: 'When', cell: (it) => <Time value={it.occurred_at} /> },
  {
    id: 'what',
    head: 'What happened',
    names: true,
    cell: (it) => (
      <Link className="main-link foreign" to={`/feed/${it.id}`}>
        {it.output}
      </Link>
    ),
  },
];

function Matches({ policy, rule }: Both) {
  const query = useQuery(matchesQuery(policy.id, rule.name));
  const navigate = useNavigate();
  return (
    <Loaded query={query} what="the matches">
      {({ events }) =>
        events.length === 0 ? (
          <Empty title="It has not matched yet">Try it on an event to see what it would say.</Empty>
        ) : (
          <Table caption="Recent matches" columns={COLUMNS} rows={events} rowKey={(it) => it.id} onOpen={(it) => void navigate(`/feed/${it.id}`)} />
        )
      }
    </Loaded>
  );
}
