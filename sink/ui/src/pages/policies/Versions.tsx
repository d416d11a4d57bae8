// What was set of a policy before, what each version changed, and the way back.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type Schemas, answered, api } from '../../api/client';
import { Chip } from '../../parts/Chip';
import { Dialog } from '../../parts/Dialog';
import { Empty, ErrorNotice, Loaded } from '../../parts/Notice';
import { Panel } from '../../parts/Page';
import { Time } from '../../parts/Time';
import { useToast } from '../../parts/Toasts';
import { useView } from '../../parts/view';
import { seen, useSettled } from './change';
import { Diff } from './Diff';
import { Field } from './fields';
import { usePolicy } from './Policy';
import { type Policy, differenceQuery, revisionsQuery, updateQuery } from './queries';

type Revision = Schemas['Revision'];

export function Component() {
  const policy = usePolicy();
  const query = useQuery(revisionsQuery(policy.id));
  return (
    <div className="stack policies-parts">
      {policy.update ? <Update policy={policy} /> : null}
      <Loaded query={query} what="the versions">
        {({ revisions }) =>
          revisions.length === 0 ? (
            <Empty title="Nothing was set of this policy yet">
              It counts as it was shipped. Each change, with who made it and why, is kept here from the first on.
            </Empty>
          ) : (
            <History policy={policy} revisions={revisions} />
          )
        }
      </Loaded>
    </div>
  );
}

function History({ policy, revisions }: { policy: Policy; revisions: readonly Revision[] }) {
  const newest = revisions[0]?.revision ?? '';
  const [chosen, setChosen] = useView('version', newest);
  const [against, setAgainst] = useView('against', 'before');
  const [isAsking, setAsking] = useState(false);
  const revision = revisions.find((it) => it.revision === chosen) ?? revisions[0];
  const isNewest = revision?.revision === newest;
  const [from, to] = against === 'now' && !isNewest ? [chosen, newest] : [undefined, chosen];
  const query = useQuery(differenceQuery(policy.id, to, from));
  return (
    <div className="policies-history">
      <ol className="policies-versions" aria-label="Versions, the newest first">
        {revisions.map((it, at) => (
          <li key={it.revision}>
            <button type="button" aria-current={it.revision === chosen} onClick={() => setChosen(it.revision)}>
              <span className="row">
                <span className="policies-strong foreign">{it.note || 'No note'}</span>
                {at === 0 ? <Chip tone="good">Now</Chip> : null}
                {it.deleted ? <Chip tone="medium">Deleted</Chip> : null}
              </span>
              <span className="sub">
                <span className="foreign">{it.who || 'somebody'}</span>, <Time value={it.when} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      <Panel
        title={from === undefined ? 'What this version changed' : 'From this version to now'}
        tools={
          isNewest ? undefined : (
            <div className="row">
              <button type="button" className="button" data-size="small" onClick={() => setAgainst(against === 'now' ? 'before' : 'now')}>
                {against === 'now' ? 'Compare with the one before' : 'Compare with now'}
              </button>
              <button
                type="button"
                className="button"
                data-size="small"
                disabled={policy.read_only || revision?.deleted}
                onClick={() => setAsking(true)}
              >
                Roll back to it
              </button>
            </div>
          )
        }
      >
        <Loaded query={query} what="what differs">
          {({ diff }) => <Diff text={diff} label="What differs" />}
        </Loaded>
      </Panel>
      {isAsking && revision ? <RollbackDialog policy={policy} revision={revision} onClose={() => setAsking(false)} /> : null}
    </div>
  );
}

function RollbackDialog({ policy, revision, onClose }: { policy: Policy; revision: Revision; onClose: () => void }) {
  const [note, setNote] = useState('');
  const [, setChosen] = useView('version');
  const settled = useSettled();
  const toast = useToast();
  const back = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/v1/policies/{id}/rollback', {
          params: { path: { id: policy.id }, header: { 'If-Match': seen(policy) } },
          body: { to: revision.revision, note: note.trim() || `Back to: ${revision.note || revision.revision}` },
        }),
      ),
    onSuccess: async (changed) => {
      await settled(changed);
      setChosen('');
      toast('The policy is as it was then.');
      onClose();
    },
  });
  const query = useQuery(differenceQuery(policy.id, revision.revision, policy.revision));
  return (
    <Dialog
      title="Roll back"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button" data-kind="primary" disabled={back.isPending} onClick={() => back.mutate()}>
            {back.isPending ? 'One moment…' : 'Roll back'}
          </button>
        </>
      }
    >
      <p>
        The policy counts again as <span className="foreign">{revision.who || 'somebody'}</span> left it, <Time value={revision.when} exact />.
        Nothing is lost: the versions since then stay in the list.
      </p>
      <Loaded query={query} what="what will change">
        {({ diff }) => <Diff text={diff} label="What will change" />}
      </Loaded>
      <Field label="Note" hint="Why; kept with the version." value={note} onChange={setNote} />
      {back.error ? <ErrorNotice error={back.error} /> : null}
    </Dialog>
  );
}

/** What an update has changed, until somebody says that it was seen. */
function Update({ policy }: { policy: Policy }) {
  const query = useQuery(updateQuery(policy.id));
  const settled = useSettled();
  const look = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/v1/policies/{id}/update', {
          params: { path: { id: policy.id }, header: { 'If-Match': seen(policy) } },
        }),
      ),
    onSuccess: settled,
  });
  return (
    <Panel
      title="What the update changed"
      tools={
        <button type="button" className="button" data-size="small" disabled={look.isPending} onClick={() => look.mutate()}>
          I have looked at it
        </button>
      }
    >
      <Loaded query={query} what="what the update changed">
        {({ diff }) => <Diff text={diff} label="What the update changed" />}
      </Loaded>
      {look.error ? <ErrorNotice error={look.error} /> : null}
    </Panel>
  );
}
