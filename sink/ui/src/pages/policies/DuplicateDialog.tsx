// A copy of a managed policy, which still gets its updates.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';

import { answered, api } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { useToast } from '../../parts/Toasts';
import { useSettled } from './change';
import { Field, SeveritySelect } from './fields';
import { type PolicySummary, policyPath } from './queries';

interface DuplicateDialogProps {
  policies: readonly PolicySummary[];
  /** The policy that is duplicated; else it is asked for. */
  of?: string;
  onClose: () => void;
}

const ID = /^[A-Za-z0-9._-]{1,100}$/;

export function DuplicateDialog({ policies, of, onClose }: DuplicateDialogProps) {
  const bases = policies.filter((policy) => policy.kind === 'managed');
  const [base, setBase] = useState(of ?? bases[0]?.id ?? '');
  const chosen = bases.find((policy) => policy.id === base);
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [severity, setSeverity] = useState<number>();
  const [isTold, setTold] = useState(false);
  const select = useId();
  const navigate = useNavigate();
  const settled = useSettled();
  const toast = useToast();
  const isWrong = !ID.test(id);
  const create = useMutation({
    mutationFn: () => {
      const tuning = { ...(name.trim() === '' ? {} : { name: name.trim() }), ...(severity === undefined ? {} : { severity }) };
      // Members that are not given stay as the base has them.
      const body = { id, base, tuning, note: `Duplicated from ${base}.` } as never;
      return answered(api.POST('/api/v1/policies', { body }));
    },
    onSuccess: async (made) => {
      await settled(made);
      toast(made.enabled ? `${made.name} judges events now.` : `${made.name} is made, and off.`);
      // The page of the copy is the one of the original, drawn anew: the dialog would stay.
      onClose();
      await navigate(policyPath(made.id));
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (!isWrong) {
      create.mutate();
    }
  };
  return (
    <FormDialog
      title="Duplicate to a managed ruleset"
      action="Duplicate"
      isBusy={create.isPending}
      error={create.error}
      noValidate
      onSubmit={send}
      onClose={onClose}
    >
      <p>The copy has its own name and severity, and still gets the rules of each update. The original stays as it is.</p>
      <div className="field">
        <label htmlFor={select}>Managed policy</label>
        <select id={select} className="select" value={base} onChange={(event) => setBase(event.target.value)}>
          {bases.map((policy) => (
            <option key={policy.id} value={policy.id}>
              {policy.name}
            </option>
          ))}
        </select>
      </div>
      <Field
        label="Id of the copy"
        hint="Letters, digits, -, _ and . such as acme-mfa. It cannot be changed later."
        value={id}
        wrong={isTold && isWrong ? 'Enter an id of letters, digits, -, _ and dots.' : undefined}
        onChange={setId}
      />
      <Field label="Name" hint={`Empty: ${chosen?.name ?? 'as the original'}.`} value={name} onChange={setName} />
      <SeveritySelect value={severity} otherwise="As the original" onChange={setSeverity} />
    </FormDialog>
  );
}
