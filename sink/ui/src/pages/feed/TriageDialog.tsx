// Asks what is to be done with events, and does it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

import { FormDialog } from '../../parts/FormDialog';
import { useToast } from '../../parts/Toasts';
import { Signed } from '../../shell/Signed';
import { author } from '../../shell/author';
import { type TriageRequest, triage } from './queries';
import { DISPOSITIONS, type Disposition } from './words';

export type Deed = TriageRequest['deed'];

const WORDS: Record<Deed, [string, string]> = {
  acknowledge: ['Acknowledge', 'acknowledged'],
  resolve: ['Resolve', 'resolved'],
  reopen: ['Reopen', 'reopened'],
  assign: ['Assign', 'assigned'],
  comment: ['Add a note', 'noted on'],
};

export const events = (count: number) => (count === 1 ? '1 event' : `${count.toLocaleString('en')} events`);

/** Something to do with events; `ask` shows the dialog, which `onDone` closes. */
export interface Asked {
  deed: Deed;
  ids: string[];
}

interface TriageDialogProps {
  asked: Asked;
  onDone: () => void;
  onClose: () => void;
}

/** Acknowledging and reopening need nothing but a name: then the dialog is passed over. */
export function needsWords(deed: Deed): boolean {
  return deed === 'resolve' || deed === 'assign' || deed === 'comment';
}

/** Does something with events, and says so. */
export function useTriage(onDone: () => void) {
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: triage,
    onSuccess: ({ changed }, { deed }) => {
      toast(changed === 0 ? 'Nothing had to be changed.' : `${events(changed)} ${WORDS[deed][1]}.`);
      void client.invalidateQueries({ queryKey: ['events', 'one'] });
      void client.invalidateQueries({ queryKey: ['events', 'triage'] });
      void client.invalidateQueries({ queryKey: ['events', 'facets'] });
      onDone();
    },
    onError: (error, { deed }) => {
      if (!needsWords(deed)) {
        toast(error.message, 'high');
      }
    },
  });
}

/** Asks who one is when nobody has said so, then what the deed needs. */
export function TriageDialog(props: TriageDialogProps) {
  return (
    <Signed onClose={props.onClose}>
      <Deeds {...props} />
    </Signed>
  );
}

function Deeds({ asked: { deed, ids }, onDone, onClose }: TriageDialogProps) {
  const act = useTriage(onDone);
  const [disposition, setDisposition] = useState<Disposition>();
  const [isMissing, setMissing] = useState(false);
  const id = useId();
  const [title] = WORDS[deed];
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = said.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
    };
    if (deed === 'resolve' && disposition === undefined) {
      setMissing(true);
      return;
    }
    act.mutate({
      deed,
      events: ids,
      note: text('note'),
      ...(deed === 'resolve' ? { disposition } : {}),
      ...(deed === 'assign' ? { assignee: text('assignee') } : {}),
    });
  };
  return (
    <FormDialog
      title={`${title}: ${events(ids.length)}`}
      action={title}
      isBusy={act.isPending}
      error={act.error}
      onSubmit={send}
      onClose={onClose}
    >
      {deed === 'resolve' ? (
        <fieldset className="feed-dispositions" aria-describedby={isMissing ? `${id}-missing` : undefined}>
          <legend>What it turned out to be</legend>
          {DISPOSITIONS.map(([name, words, meaning]) => (
            <label key={name}>
              <input
                type="radio"
                name="disposition"
                checked={disposition === name}
                onChange={() => setDisposition(name)}
              />
              <span>
                {words}
                <span className="muted">: {meaning}</span>
              </span>
            </label>
          ))}
          {isMissing && disposition === undefined ? (
            <p className="feed-missing" id={`${id}-missing`} role="alert">
              Choose one of them.
            </p>
          ) : null}
        </fieldset>
      ) : null}
      {deed === 'assign' ? (
        <div className="field">
          <label htmlFor={`${id}-assignee`}>Whose it is</label>
          <input id={`${id}-assignee`} name="assignee" className="input" maxLength={200} defaultValue={author()} />
          <span className="hint">Leave it empty to make it nobody&apos;s.</span>
        </div>
      ) : null}
      <div className="field">
        <label htmlFor={`${id}-note`}>Note{deed === 'comment' ? '' : ' (optional)'}</label>
        <textarea
          id={`${id}-note`}
          name="note"
          className="textarea"
          rows={3}
          maxLength={4000}
          required={deed === 'comment'}
        />
      </div>
    </FormDialog>
  );
}
