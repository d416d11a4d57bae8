// The policies: what is judged, how it is rated, and what it has found.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';

import './policies.css';
import { SeverityChip } from '../../parts/Chip';
import { Icon } from '../../parts/Icon';
import { Empty, Loaded } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { Switch } from '../../parts/Switch';
import { type Column, Table } from '../../parts/Table';
import { useView } from '../../parts/view';
import { switched, useChange } from './change';
import { Count } from './Count';
import { DuplicateDialog } from './DuplicateDialog';
import { KINDS, type Kind, KindChip } from './Kind';
import { type PolicySummary, detectionsQuery, feedPath, policiesQuery, policyPath } from './queries';

function useColumns(): Column<PolicySummary>[] {
  const { data: detections } = useQuery(detectionsQuery());
  const change = useChange();
  return [
    { id: 'name', head: 'Policy', names: true, order: (a, b) => a.name.localeCompare(b.name), cell: (it) => <Named policy={it} /> },
    { id: 'kind', head: 'Kind', order: (a, b) => a.kind.localeCompare(b.kind), cell: (it) => <KindChip kind={it.kind} /> },
    {
      id: 'severity',
      head: 'Severity',
      order: (a, b) => a.severity - b.severity,
      cell: (it) => <SeverityChip label={it.severity_label} level={it.severity} />,
    },
    {
      id: 'rules',
      head: 'Rules on',
      align: 'right',
      order: (a, b) => a.rules.total - b.rules.total,
      cell: (it) => (
        <span className="nowrap">
          {it.rules.enabled} <span className="muted">of {it.rules.total}</span>
        </span>
      ),
    },
    {
      id: 'detections',
      head: 'Detections, 7\u00a0d',
      align: 'right',
      order: (a, b) => (detections?.(a.id).count ?? 0) - (detections?.(b.id).count ?? 0),
      cell: (it) => <Count count={detections?.(it.id)} to={feedPath(it.id)} of={it.name} />,
    },
    {
      id: 'enabled',
      head: 'On',
      cell: (it) => (
        <Switch
          isOn={it.enabled}
          label={`Policy ${it.name}`}
          disabled={it.read_only || change.isPending}
          onChange={(enabled) => change.mutate({ policy: it, tuning: { enabled }, note: switched(enabled) })}
        />
      ),
    },
  ];
}

function Named({ policy }: { policy: PolicySummary }) {
  return (
    <>
      <Link className="main-link foreign" to={policyPath(policy.id)}>
        {policy.name}
      </Link>
      <div className="sub foreign">{policy.description}</div>
      {policy.read_only ? <div className="sub foreign">Owned by the file {policy.origin}</div> : null}
      {policy.update ? <div className="sub">An update has changed its rules; look at what changed.</div> : null}
      {policy.problems.map((problem) => (
        <div key={problem} className="policies-problem foreign">
          {problem}
        </div>
      ))}
    </>
  );
}

export function Component() {
  const query = useQuery(policiesQuery);
  const navigate = useNavigate();
  const columns = useColumns();
  const [kind, setKind] = useView('kind');
  const [type, setType] = useView('type');
  const [isDuplicating, setDuplicating] = useState(false);
  const lead = 'Policies hold the rules that judge what happens in your orgs.';
  return (
    <Page title="Policies" lead={lead} actions={<Actions onDuplicate={() => setDuplicating(true)} />}>
      <Loaded query={query} what="the policies">
        {({ policies }) => {
          const types = [...new Set(policies.map((policy) => policy.type))];
          const shown = policies.filter((it) => (kind === '' || it.kind === kind) && (type === '' || it.type === type));
          const count = (of: string) => policies.filter((it) => of === '' || it.kind === of).length;
          return (
            <>
              <div className="policies-filters">
                <Kinds chosen={kind} count={count} onChoose={setKind} />
                <label className="row">
                  <span className="muted">Type</span>
                  <select className="select" value={type} onChange={(event) => setType(event.target.value)}>
                    <option value="">All</option>
                    {types.map((name) => (
                      <option key={name}>{name}</option>
                    ))}
                  </select>
                </label>
              </div>
              {shown.length === 0 ? (
                <NoneShown kind={kind} />
              ) : (
                <Table caption="Policies" columns={columns} rows={shown} rowKey={(it) => it.id} onOpen={(it) => void navigate(policyPath(it.id))} />
              )}
              {isDuplicating ? <DuplicateDialog policies={policies} onClose={() => setDuplicating(false)} /> : null}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Actions({ onDuplicate }: { onDuplicate: () => void }) {
  return (
    <>
      <button type="button" className="button" onClick={onDuplicate}>
        <Icon name="copy" />
        Duplicate a managed policy
      </button>
      <Link className="button" data-kind="primary" to="/policies/new">
        <Icon name="plus" />
        New policy
      </Link>
    </>
  );
}

function Kinds({ chosen, count, onChoose }: { chosen: string; count: (kind: string) => number; onChoose: (kind: string) => void }) {
  const kinds: [string, string][] = [['', 'All'], ...Object.entries(KINDS).map(([id, [name]]): [string, string] => [id, name])];
  return (
    <div className="policies-kinds" role="group" aria-label="Kind">
      {kinds.map(([id, name]) => (
        <button key={id} type="button" aria-pressed={chosen === id} onClick={() => onChoose(id)}>
          {name} <span className="muted">{count(id)}</span>
        </button>
      ))}
    </div>
  );
}

function NoneShown({ kind }: { kind: string }) {
  const name = KINDS[kind as Kind]?.[0].toLowerCase() ?? '';
  return (
    <Empty
      title={`There is no ${name === '' ? 'such' : name} policy yet`}
      action={
        <Link className="button" data-kind="primary" to="/policies/new">
          New policy
        </Link>
      }
    >
      Write rules of your own in a custom policy, or duplicate a managed one to rename and rate it.
    </Empty>
  );
}
