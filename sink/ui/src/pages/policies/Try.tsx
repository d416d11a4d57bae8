// Rules tried on an event that was stored, or is pasted.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

import { type Schemas, answered, api } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { Chip } from '../../parts/Chip';
import { ErrorNotice, Notice } from '../../parts/Notice';
import { ReasonTree } from './ReasonTree';
import { Stored } from './Stored';
import { rulesFile } from './validation';

interface TryProps {
  /** The names of the rules that can be asked. */
  rules: readonly string[];
  rule: string;
  onRule?: (rule: string) => void;
  /** The rules as they are written; or a policy in force. */
  of: { text: string } | { policy: string };
  /** Takes the event as a test of the rule. */
  onTest?: (rule: string, event: unknown, matches: boolean) => void;
}

/** A sign-in, to begin with. */
const EXAMPLE = JSON.stringify(
  {
    eventType: 'user.session.start',
    displayMessage: 'User login to Okta',
    severity: 'INFO',
    actor: { id: '00u1ann', type: 'User', alternateId: 'ann@example.com', displayName: 'Ann Example' },
    client: { ipAddress: '203.0.113.7', geographicalContext: { city: 'Oslo', country: 'Norway' } },
    outcome: { result: 'SUCCESS' },
  },
  null,
  2,
);

export function Try({ rules, rule, onRule, of, onTest }: TryProps) {
  const [json, setJson] = useState(EXAMPLE);
  const [isPicking, setPicking] = useState(false);
  const id = useId();
  const ask = useMutation({
    mutationFn: async () => {
      const event = parsed(json);
      const which = 'text' in of ? { files: [rulesFile(of.text)] } : of;
      const body = { ...which, rule, event: event as Record<string, never> };
      return { event, ...(await answered(api.POST('/api/v1/rules/explain', { body }))) };
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  const found = ask.data?.explanations[0];
  const wrong = ask.data?.diagnostics.find((it) => it.severity === 'error');
  return (
    <div className="stack">
      <form className="stack" onSubmit={send}>
        {onRule ? (
          <div className="field">
            <label htmlFor={`${id}-rule`}>Rule</label>
            <select id={`${id}-rule`} className="select" value={rule} onChange={(event) => onRule(event.target.value)}>
              {rules.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </div>
        ) : null}
        <div className="field policies-event">
          <label htmlFor={`${id}-event`}>Event, as Okta writes it</label>
          <textarea
            id={`${id}-event`}
            className="textarea mono"
            rows={10}
            spellCheck={false}
            value={json}
            onChange={(event) => setJson(event.target.value)}
          />
        </div>
        <div className="row">
          <button type="submit" className="button" data-kind="primary" disabled={ask.isPending || rule === ''}>
            {ask.isPending ? 'One moment…' : 'Try the rule'}
          </button>
          <button type="button" className="button" aria-expanded={isPicking} onClick={() => setPicking(!isPicking)}>
            Pick a stored event
          </button>
        </div>
      </form>
      {isPicking ? (
        <Stored
          onPick={(raw) => {
            setJson(pretty(raw));
            setPicking(false);
          }}
        />
      ) : null}
      {ask.error ? <ErrorNotice error={ask.error} /> : null}
      {wrong ? <Notice tone="high" urgent what={wrong.message} todo={wrong.help ?? undefined} /> : null}
      {found ? <Result found={found} onTest={onTest && (() => onTest(rule, ask.data?.event, found.matches))} /> : null}
    </div>
  );
}

function Result({ found, onTest }: { found: Schemas['RuleExplanation']; onTest?: (() => void) | undefined }) {
  return (
    <section className="stack policies-result" aria-label="Result">
      <div className="row" role="status">
        <Chip tone={found.matches ? 'good' : 'calm'} dot>
          {found.matches ? 'Matches' : 'Does not match'}
        </Chip>
        {found.enabled ? null : <span className="muted">The rule is off: it is tried all the same.</span>}
      </div>
      {found.matches ? <p className="foreign policies-output">{found.output}</p> : null}
      <ReasonTree reason={found.condition} />
      {onTest ? (
        <div className="row">
          <button type="button" className="button" onClick={onTest}>
            Add as a test
          </button>
          <span className="muted">It keeps the rule doing this.</span>
        </div>
      ) : null}
    </section>
  );
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiProblem(0, {
      sentence: `The event is no JSON: ${why}.`,
      remedy: 'Paste one event as Okta writes it, from its first { to its last }.',
    });
  }
}
