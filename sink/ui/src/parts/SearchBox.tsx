// The search box of a list of events: it searches as one types, and shows an error where it is.
import { useEffect, useEffectEvent, useId, useState } from 'react';

import { ApiProblem } from '../api/problem';
import { Dialog } from './Dialog';
import { Icon } from './Icon';

/** After the last key. */
const REST_MS = 350;

const HELP: [string, string][] = [
  ['mfa reset', 'both words, in any value of the event'],
  ['"reset all factors"', 'these words, one after the other'],
  ['-service', 'leaves out what has the word'],
  ['adm*', 'words that begin so'],
  ['actor:ann@acme.com', 'a field has this value'],
  ['country:(Norway OR Sweden)', 'one of several values'],
  ['-country:Norway', 'leaves a value out'],
  ['ip:203.0.113.0/24', 'an address, or a range of them'],
  ['(actor:ann OR ip:203.0.113.7) reset', 'alternatives, in parentheses'],
];

interface SearchBoxProps {
  /** Such as "Search the feed". */
  label: string;
  value: string;
  onSearch: (text: string) => void;
  /** What the list says of the search. */
  error: unknown;
  /** Names of the fields that it knows. */
  fields: readonly string[];
  /** Examples of what it alone knows, and what they mean. */
  examples?: readonly [string, string][];
}

export function SearchBox({ label, value, onSearch, error, fields, examples = [] }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const [isHelping, setHelping] = useState(false);
  const search = useEffectEvent(onSearch);
  const id = useId();
  // A chip, a link or Back changed it.
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) {
      return;
    }
    const rest = window.setTimeout(() => search(text), REST_MS);
    return () => window.clearTimeout(rest);
  }, [text, value]);
  const problem = error instanceof ApiProblem && error.members['parameter'] === 'q' ? error : undefined;
  return (
    <div className="search-box" role="search">
      <div className="search-line">
        <Icon name="search" />
        <input
          className="input"
          type="search"
          data-search
          aria-label={label}
          placeholder={`${label}: words, "a phrase", -word, field:value`}
          value={text}
          maxLength={2000}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? id : undefined}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              onSearch(text);
            } else if (event.key === 'Escape' && text === '') {
              event.currentTarget.blur();
            }
          }}
        />
        <button
          type="button"
          className="button"
          data-kind="plain"
          aria-label="How to search"
          title="How to search"
          onClick={() => setHelping(true)}
        >
          ?
        </button>
      </div>
      {problem ? <Mistake id={id} text={text} problem={problem} onMend={onSearch} /> : null}
      {isHelping ? <Help fields={fields} examples={examples} onClose={() => setHelping(false)} /> : null}
    </div>
  );
}

/** The query with its wrong place marked, what is wrong there, and what was probably meant. */
function Mistake(props: { id: string; text: string; problem: ApiProblem; onMend: (text: string) => void }) {
  const { id, text, problem, onMend } = props;
  const { position, length, suggestion } = problem.members;
  const letters = [...text];
  const start = typeof position === 'number' ? position - 1 : 0;
  const end = start + (typeof length === 'number' ? length : 0);
  const part = (from: number, to?: number) => letters.slice(from, to).join('');
  return (
    <div className="search-mistake" role="alert" id={id}>
      <code className="foreign">
        {part(0, start)}
        <mark>{part(start, end) || ' '}</mark>
        {part(end)}
      </code>
      <span className="wrap-anywhere">{problem.message}</span>
      {typeof suggestion === 'string' ? (
        <button
          type="button"
          className="button"
          data-size="small"
          onClick={() => onMend(part(0, start) + suggestion + part(end))}
        >
          Use {suggestion}
        </button>
      ) : null}
    </div>
  );
}

interface HelpProps {
  fields: readonly string[];
  examples: readonly [string, string][];
  onClose: () => void;
}

function Help({ fields, examples, onClose }: HelpProps) {
  return (
    <Dialog title="How to search" onClose={onClose}>
      <dl className="facts">
        {[...HELP, ...examples].map(([example, meaning]) => (
          <div key={example} className="search-example">
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>
        Terms stand beside each other when all must hold. Fields: <span className="mono">{fields.join(', ')}</span>.
      </p>
    </Dialog>
  );
}
