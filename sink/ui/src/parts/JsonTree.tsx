// JSON as a tree: folded, searched, and each value copied as a field or filtered by.
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';

import { CopyButton } from './CopyButton';
import { Icon } from './Icon';

export type Path = readonly (string | number)[];

interface JsonTreeProps {
  /** The text as it came. */
  text: string;
  /** What a rule calls the value at a path. */
  fieldOf: (path: Path) => string;
  onFilter: (path: Path, value: string) => void;
}

/** Nodes below this depth are folded at first. */
const OPEN_DEPTH = 2;

/** A path as a JSON pointer. */
export function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function JsonTree({ text, fieldOf, onFilter }: JsonTreeProps) {
  const [sought, setSought] = useState('');
  const words = useDeferredValue(sought.trim().toLowerCase());
  const value = useMemo<unknown>(() => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }, [text]);
  if (value === undefined) {
    return <pre className="foreign">{text}</pre>;
  }
  return (
    <div className="json">
      <div className="json-tools">
        <input
          className="input"
          type="search"
          aria-label="Search the JSON"
          placeholder="Search names and values"
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
        <CopyButton text={text} what="the JSON as it came" />
      </div>
      <ul className="json-tree">
        {Object.entries(value as object).map(([name, inner]) => (
          <Node
            key={name}
            name={name}
            value={inner}
            path={[name]}
            words={words}
            fieldOf={fieldOf}
            onFilter={onFilter}
          />
        ))}
      </ul>
      {words !== '' && !holds(value, words) ? <p className="muted">Nothing of it has this text.</p> : null}
    </div>
  );
}

/** Whether a name or value in it has the words. */
function holds(value: unknown, words: string): boolean {
  if (typeof value !== 'object' || value === null) {
    return String(value).toLowerCase().includes(words);
  }
  return Object.entries(value).some(([name, inner]) => name.toLowerCase().includes(words) || holds(inner, words));
}

interface NodeProps {
  name: string;
  value: unknown;
  path: Path;
  words: string;
  fieldOf: (path: Path) => string;
  onFilter: (path: Path, value: string) => void;
}

function Node(props: NodeProps) {
  const { name, value, path, words, fieldOf, onFilter } = props;
  const [isOpen, setOpen] = useState(path.length < OPEN_DEPTH);
  const isNamed = words !== '' && name.toLowerCase().includes(words);
  if (words !== '' && !isNamed && !holds(value, words)) {
    return null;
  }
  if (typeof value !== 'object' || value === null) {
    return <Leaf {...props} />;
  }
  const inner = Object.entries(value);
  const isList = Array.isArray(value);
  const isShown = words !== '' || isOpen;
  return (
    <li>
      <button type="button" className="json-fold" aria-expanded={isShown} onClick={() => setOpen(!isOpen)}>
        <Icon name="right" />
        <Marked text={name} words={words} />{' '}
        <span className="muted">{isList ? `[${inner.length}]` : inner.length === 0 ? '{}' : `{${inner.length}}`}</span>
      </button>
      {isShown && inner.length > 0 ? (
        <ul>
          {inner.map(([key, each]) => (
            <Node
              key={key}
              name={key}
              value={each}
              path={[...path, isList ? Number(key) : key]}
              words={isNamed ? '' : words}
              fieldOf={fieldOf}
              onFilter={onFilter}
            />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Leaf({ name, value, path, words, fieldOf, onFilter }: NodeProps) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <li className="json-leaf">
      <span className="json-pair">
        <Marked text={name} words={words} />
        <span className="muted">: </span>
        <span className="json-value" data-type={value === null ? 'null' : typeof value}>
          <Marked text={text} words={words} />
        </span>
      </span>
      <span className="json-actions">
        <CopyButton text={fieldOf(path)} what={`${name} as a field of rules`} />
        {value === null || text === '' ? null : (
          <button
            type="button"
            className="button"
            data-kind="plain"
            data-size="small"
            aria-label={`Filter by ${name}`}
            title={`Filter by ${name}`}
            onClick={() => onFilter(path, text)}
          >
            <Icon name="search" />
          </button>
        )}
      </span>
    </li>
  );
}

/** A text of others, with what is sought marked. */
function Marked({ text, words }: { text: string; words: string }): ReactNode {
  const at = words === '' ? -1 : text.toLowerCase().indexOf(words);
  if (at < 0) {
    return <span className="foreign">{text}</span>;
  }
  return (
    <span className="foreign">
      {text.slice(0, at)}
      <mark>{text.slice(at, at + words.length)}</mark>
      {text.slice(at + words.length)}
    </span>
  );
}
