// Which events the rules of a policy look at.
import { type FormEvent, useState } from 'react';

import { FormDialog } from '../../parts/FormDialog';
import { useToast } from '../../parts/Toasts';
import { useChange } from './change';
import { Field, lines } from './fields';
import type { Policy } from './queries';

interface Scope {
  integrations: string[];
  actors: string[];
  groups: string[];
}

export function ScopeDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const now = policy.scope as unknown as Partial<Scope>;
  const [orgs, setOrgs] = useState((now.integrations ?? []).join('\n'));
  const [actors, setActors] = useState((now.actors ?? []).join('\n'));
  const [groups, setGroups] = useState((now.groups ?? []).join('\n'));
  const change = useChange(false);
  const toast = useToast();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const scope: Scope = { integrations: lines(orgs), actors: lines(actors), groups: lines(groups) };
    const isAll = Object.values(scope).every((values: string[]) => values.length === 0);
    change.mutate(
      { policy, tuning: { scope: scope as never }, note: isAll ? 'Scope: all events.' : 'Scope changed.' },
      {
        onSuccess: () => {
          toast(isAll ? 'Its rules look at all events.' : 'Its rules look at what you have said, and at nothing else.');
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title="Scope"
      action="Save"
      isBusy={change.isPending}
      error={change.error}
      noValidate
      onSubmit={save}
      onClose={onClose}
    >
      <p>The rules look at events that fit. Each value stands on a line of its own; empty means all.</p>
      <Field label="Orgs" hint="Domains, such as acme.okta.com." value={orgs} lines={2} onChange={setOrgs} />
      <Field label="Actors" hint="Logins of those who act." value={actors} lines={3} onChange={setActors} />
      <Field label="Groups" hint="Names of groups that events are about. An event fits by its actor or by a group." value={groups} lines={3} onChange={setGroups} />
    </FormDialog>
  );
}
