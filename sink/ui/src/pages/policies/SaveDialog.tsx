// What was written is saved, with a note, to count at once or not yet.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';

import { type Schemas, answered, api } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { FormDialog } from '../../parts/FormDialog';
import { useToast } from '../../parts/Toasts';
import { seen, useSettled } from './change';
import { Field } from './fields';
import { type Policy, policyPath } from './queries';

interface SaveDialogProps {
  /** The policy that is changed; without it one is made. */
  policy: Policy | undefined;
  text: string;
  tests: string;
  onClose: () => void;
}

export function SaveDialog({ policy, text, tests, onClose }: SaveDialogProps) {
  const [isEnabled, setEnabled] = useState(policy?.enabled ?? true);
  const [note, setNote] = useState('');
  const [isTold, setTold] = useState(false);
  const navigate = useNavigate();
  const settled = useSettled();
  const toast = useToast();
  const save = useMutation<Policy, ApiProblem>({
    mutationFn: () => {
      // Members that are not given stay as they are.
      const tuning = { enabled: isEnabled } as Schemas['Tuning'];
      const body = { text, tests: tests.trim() === '' ? null : tests, tuning, note: note.trim() };
      if (policy === undefined) {
        return answered(api.POST('/api/v1/policies', { body }));
      }
      const params = { path: { id: policy.id }, header: { 'If-Match': seen(policy) } };
      return answered(api.PATCH('/api/v1/policies/{id}', { params, body }));
    },
    onSuccess: async (made) => {
      await settled(made);
      toast(isEnabled ? `${made.name} is saved and judges events.` : `${made.name} is saved, and off.`);
      await navigate(policyPath(made.id));
    },
  });
  const isNoteMissing = note.trim() === '';
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (!isNoteMissing) {
      save.mutate();
    }
  };
  return (
    <FormDialog
      title="Save"
      action="Save"
      leave="Go on writing"
      isBusy={save.isPending}
      error={save.error && told(save.error)}
      noValidate
      onSubmit={send}
      onClose={onClose}
    >
      <fieldset className="policies-choice">
        <legend>From now on the policy is</legend>
        <label>
          <input type="radio" name="enabled" checked={isEnabled} onChange={() => setEnabled(true)} /> Enabled: its rules judge
          events at once
        </label>
        <label>
          <input type="radio" name="enabled" checked={!isEnabled} onChange={() => setEnabled(false)} /> Disabled: it is kept, and
          judges nothing
        </label>
      </fieldset>
      <Field
        label="Note"
        hint="What you changed and why; kept with the version."
        value={note}
        wrong={isTold && isNoteMissing ? 'Say what you changed and why.' : undefined}
        onChange={setNote}
      />
    </FormDialog>
  );
}

/** Of two who write at the same time, one has to look at what the other did. */
function told(problem: ApiProblem): ApiProblem {
  return problem.is('changed-since')
    ? new ApiProblem(problem.status, {
        sentence: 'Somebody else has saved this policy since you opened it, so yours is not saved.',
        remedy: 'Copy what you wrote, reload the page, and put it into what is there now.',
      })
    : problem;
}
