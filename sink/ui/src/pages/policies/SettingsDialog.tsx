// What is set of a policy besides its rules.
import { type FormEvent, useState } from 'react';

import { FormDialog } from '../../parts/FormDialog';
import { useToast } from '../../parts/Toasts';
import { useChange } from './change';
import { Field, SeveritySelect } from './fields';
import type { Policy } from './queries';

export function SettingsDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { tuning } = policy;
  const isOurs = policy.kind === 'managed';
  const [name, setName] = useState(tuning.name ?? '');
  const [description, setDescription] = useState(tuning.description ?? '');
  const [severity, setSeverity] = useState<number | undefined>(tuning.severity ?? undefined);
  const [runbook, setRunbook] = useState(tuning.runbook ?? '');
  const [note, setNote] = useState('');
  const change = useChange(false);
  const toast = useToast();
  const given = (text: string) => (text.trim() === '' ? null : text.trim());
  const save = (event: FormEvent) => {
    event.preventDefault();
    const own = isOurs ? {} : { name: given(name), description: given(description), severity: severity ?? null };
    change.mutate(
      { policy, tuning: { ...own, runbook: given(runbook) }, note: given(note) ?? 'Settings changed.' },
      {
        onSuccess: () => {
          toast('The settings count now.');
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title="Settings"
      action="Save"
      isBusy={change.isPending}
      error={change.error}
      noValidate
      onSubmit={save}
      onClose={onClose}
    >
      {isOurs ? (
        <p>Name, description and severity of a managed policy stay as shipped. Duplicate it to change them.</p>
      ) : (
        <>
          <Field label="Name" hint="Empty: as its rules say." value={name} onChange={setName} />
          <Field label="Description" hint="Empty: as its rules say." value={description} lines={2} onChange={setDescription} />
          <SeveritySelect value={severity} otherwise="As its rules say" onChange={setSeverity} />
        </>
      )}
      <Field label="Runbook" hint="What to do when a rule fires: text or a link." value={runbook} lines={3} onChange={setRunbook} />
      <Field label="Note" hint="Why; kept with the version." value={note} onChange={setNote} />
    </FormDialog>
  );
}
