// An exception is added to a rule: what it must not fire on, who answers for it, why, and until when.
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

import { answered, api } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { FormDialog } from '../../parts/FormDialog';
import { Icon } from '../../parts/Icon';
import { useToast } from '../../parts/Toasts';
import { author } from '../../shell/author';
import { useSettled } from './change';
import { NO_TERM, type Term, likely, nameOf, sent, takesList, termsOf, written } from './exception';
import { Field } from './fields';
import { type Diagnostic, type Policy, matchesQuery, wordsQuery } from './queries';

interface ExceptionDialogProps {
  policy: Policy;
  rule: string;
  onClose: () => void;
}

export function ExceptionDialog({ policy, rule, onClose }: ExceptionDialogProps) {
  const [terms, setTerms] = useState<readonly Term[]>([NO_TERM]);
  const [name, setName] = useState('');
  const [owner, setOwner] = useState(author());
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [isTold, setTold] = useState(false);
  const settled = useSettled();
  const toast = useToast();
  const called = name.trim() === '' ? nameOf(terms) : name.trim();
  const isWhole = terms.every(({ field, value }) => field.trim() !== '' && value.trim() !== '');
  const add = useMutation({
    mutationFn: () => {
      const expires = until === '' ? {} : { expires: new Date(`${until}T23:59:59`).toISOString() };
      const body = { name: called, rule, owner: owner.trim(), reason: reason.trim(), ...sent(terms), ...expires };
      return answered(api.POST('/api/v1/policies/{id}/exceptions', { params: { path: { id: policy.id } }, body }));
    },
    onSuccess: async (changed) => {
      await settled(changed);
      toast(`${called} is in force: the rule does not fire on it any more.`);
      onClose();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (isWhole && called !== '' && owner.trim() !== '' && reason.trim() !== '') {
      add.mutate();
    }
  };
  const missing = (text: string, words: string) => (isTold && text.trim() === '' ? words : undefined);
  return (
    <FormDialog
      title="Add an exception"
      action="Add the exception"
      isBusy={add.isPending}
      error={add.error && told(add.error)}
      noValidate
      onSubmit={send}
      onClose={onClose}
    >
      <p>
        What this holds for, <strong className="foreign">{rule}</strong> does not fire on. All else it goes on to detect.
      </p>
      <FromMatch policy={policy.id} rule={rule} terms={terms} onTerms={setTerms} />
      <Terms terms={terms} onTerms={setTerms} />
      {isTold && !isWhole ? <p className="policies-problem">Give each comparison a field and a value, or take it out.</p> : null}
      {isWhole ? <pre className="foreign policies-preview">{`not (${written(terms)})`}</pre> : null}
      <Field label="Why" hint="What somebody should know who meets it in a year." value={reason} wrong={missing(reason, 'Say why it is excepted.')} onChange={setReason} />
      <Field label="Who answers for it" hint="A person or a team." value={owner} wrong={missing(owner, 'Say who answers for it.')} onChange={setOwner} />
      <Until value={until} onChange={setUntil} />
      <Field
        label="Name"
        hint={called === '' ? 'Unique within the policy.' : `Empty: ${called}`}
        value={name}
        wrong={isTold && called === '' ? 'Give it a name.' : undefined}
        onChange={setName}
      />
    </FormDialog>
  );
}

interface TermsProps {
  terms: readonly Term[];
  onTerms: (terms: readonly Term[]) => void;
}

/** The values of a recent match, to be taken over. */
function FromMatch({ policy, rule, terms, onTerms }: TermsProps & { policy: string; rule: string }) {
  const id = useId();
  const { data } = useQuery(matchesQuery(policy, rule));
  const [chosen, setChosen] = useState('');
  const events = data?.events ?? [];
  const event = events.find((it) => it.id === chosen);
  if (events.length === 0) {
    return null;
  }
  const choose = (next: string) => {
    setChosen(next);
    const found = events.find((it) => it.id === next);
    if (found) {
      onTerms([likely(termsOf(found))]);
    }
  };
  const take = (term: Term) => onTerms([...terms.filter((it) => it.field !== '' && it.field !== term.field), term]);
  return (
    <>
      <div className="field">
        <label htmlFor={id}>As in a match</label>
        <select id={id} className="select" value={chosen} onChange={(change) => choose(change.target.value)}>
          <option value="">None: write it yourself</option>
          {events.map((it) => (
            <option key={it.id} value={it.id}>
              {it.output.slice(0, 110)}
            </option>
          ))}
        </select>
      </div>
      {event ? (
        <div className="policies-values" role="group" aria-label="Values of the match">
          {termsOf(event).map((term) => (
            <button
              key={term.field}
              type="button"
              className="button"
              data-size="small"
              aria-pressed={terms.some((it) => it.field === term.field)}
              onClick={() => take(term)}
            >
              <span>
                <code>{term.field}</code> <span className="foreign">{term.value.slice(0, 80)}</span>
              </span>
            </button>
          ))}
        </div>
      ) : null}
    </>
  );
}

function Terms({ terms, onTerms }: TermsProps) {
  const id = useId();
  const { data: words } = useQuery(wordsQuery);
  const comps = (words?.operators ?? []).filter(({ kind, name }) => kind === 'operator' && name !== 'exists').map(({ name }) => name);
  const change = (at: number, part: Partial<Term>) => onTerms(terms.map((term, nth) => (nth === at ? { ...term, ...part } : term)));
  return (
    <>
      <datalist id={id}>
        {(words?.fields ?? []).map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <ul className="policies-terms" aria-label="What must hold, all of it">
        {terms.map((term, at) => (
          <li key={at} className="policies-term">
            <label>
              Field
              <input className="input mono" list={id} value={term.field} autoComplete="off" spellCheck={false} onChange={(event) => change(at, { field: event.target.value })} />
            </label>
            <label>
              Comparison
              <select className="select" value={term.comp} onChange={(event) => change(at, { comp: event.target.value })}>
                {(comps.includes(term.comp) ? comps : [term.comp, ...comps]).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <label>
              {takesList(term.comp) ? 'Values, between commas; in quotes where one has a comma' : 'Value'}
              <input className="input" value={term.value} autoComplete="off" spellCheck={false} onChange={(event) => change(at, { value: event.target.value })} />
            </label>
            {terms.length === 1 ? null : (
              <button
                type="button"
                className="button"
                data-kind="plain"
                aria-label={`Take out comparison ${at + 1}`}
                onClick={() => onTerms(terms.filter((_, nth) => nth !== at))}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <div className="row">
        <button type="button" className="button" data-size="small" onClick={() => onTerms([...terms, NO_TERM])}>
          <Icon name="plus" />
          And…
        </button>
      </div>
    </>
  );
}

function Until({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Until</label>
      <input id={id} className="input" type="date" value={value} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.target.value)} />
      <span id={`${id}-hint`} className="hint">
        Empty: for good. From then on the rule fires again.
      </span>
    </div>
  );
}

/** What the rule does not take of it, in the words of its diagnostics. */
function told(problem: Error): Error {
  const found = problem instanceof ApiProblem ? problem.members['diagnostics'] : undefined;
  const errors = (Array.isArray(found) ? (found as Diagnostic[]) : []).filter(({ severity }) => severity === 'error');
  const messages = errors.map(({ message, help }) => [message, help].filter(Boolean).join(': '));
  return messages.length === 0
    ? problem
    : new ApiProblem(422, { sentence: `The rule does not take it: ${messages.join('; ')}.`, remedy: 'Change the comparison that it names, and add it again.' });
}
