// Why a condition holds, or does not: each part with its verdict, each comparison with its values.
import type { Schemas } from '../api/client';
import { Icon } from './Icon';

type Reason = Schemas['Reason'];
type Seen = Schemas['Seen'];

const MAX_VALUE = 400;

export function ConditionTree({ reason }: { reason: Reason }) {
  return (
    <ul className="condition">
      <Part reason={reason} />
    </ul>
  );
}

const JOINS = { and: 'all of', or: 'any of', not: 'not', macro: 'macro', check: '' };

function Part({ reason }: { reason: Reason }) {
  const { kind, holds } = reason;
  const parts = kind === 'and' || kind === 'or' ? (reason.parts ?? []) : reason.part ? [reason.part] : [];
  const head = (
    <>
      <span className="condition-mark" title={holds ? 'holds' : 'does not hold'}>
        <Icon name={holds ? 'check' : 'close'} />
        <span className="visually-hidden">{holds ? 'Holds:' : 'Does not hold:'}</span>
      </span>
      {kind === 'check' ? (
        <Check reason={reason} />
      ) : (
        <span>
          {JOINS[kind]} {kind === 'macro' ? <code className="foreign">{reason.name}</code> : null}
        </span>
      )}
    </>
  );
  // What does not hold is of little interest in a condition that does.
  return (
    <li data-holds={holds}>
      {parts.length === 0 ? (
        <div className="condition-head">{head}</div>
      ) : (
        <details open={holds || kind === 'not'}>
          <summary className="condition-head">{head}</summary>
          <ul>
            {parts.map((part, index) => (
              <Part key={index} reason={part} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function Check({ reason: { text, left, right } }: { reason: Reason }) {
  return (
    <span className="condition-check">
      <code className="foreign">{text}</code>
      {left ? <Value seen={left} /> : null}
      {right && right.text !== said(right.value) && !Array.isArray(right.value) ? <Value seen={right} /> : null}
    </span>
  );
}

function said(value: Seen['value']): string {
  if (value === null) {
    return 'absent';
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

function Value({ seen }: { seen: Seen }) {
  return (
    <span className="condition-value">
      <span className="foreign">{seen.text}</span> is <b className="foreign">{said(seen.value)}</b>
    </span>
  );
}
