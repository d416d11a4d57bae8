// Why a rule matches an event, or does not: every part of its condition, whether it holds, and the values
// that it saw.
import { Icon } from '../../parts/Icon';
import type { Reason } from './queries';

const JOINTS: Partial<Record<Reason['kind'], string>> = { and: 'all of', or: 'one of', not: 'not' };

export function ReasonTree({ reason }: { reason: Reason }) {
  return (
    <ul className="policies-reasons" aria-label="Parts of the condition">
      <Part reason={reason} />
    </ul>
  );
}

function Part({ reason }: { reason: Reason }) {
  const { kind, holds, parts, part } = reason;
  const below = parts ?? (part ? [part] : []);
  return (
    <li data-holds={holds}>
      <div className="policies-reason">
        <span className="policies-verdict">
          <Icon name={holds ? 'check' : 'close'} />
          <span className="visually-hidden">{holds ? 'holds: ' : 'does not hold: '}</span>
        </span>
        {kind === 'check' ? <Check reason={reason} /> : <Joint reason={reason} />}
      </div>
      {below.length > 0 ? (
        <ul>
          {below.map((each, at) => (
            <Part key={at} reason={each} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Joint({ reason }: { reason: Reason }) {
  return reason.kind === 'macro' ? (
    <span>
      <code className="foreign">{reason.name}</code> <span className="muted">macro</span>
    </span>
  ) : (
    <span className="policies-joint">{JOINTS[reason.kind]}</span>
  );
}

function Check({ reason }: { reason: Reason }) {
  const { left, right } = reason;
  const sides = [left, right].filter((side) => side !== undefined);
  // A side that is written as its value needs not be told twice.
  const told = sides.filter((side) => side.value === null || shown(side.value) !== unquoted(side.text));
  return (
    <span className="policies-check">
      <code className="foreign">{reason.text}</code>
      {told.map((side, at) => (
        <span key={at} className="policies-seen">
          <span className="visually-hidden foreign">{side.text} is </span>
          <code className="foreign">{side.value === null ? 'absent' : shown(side.value)}</code>
          {(side.of ?? []).map((pair, nth) => (
            <span key={nth} className="muted foreign">
              {String(pair[0])} {shown(pair[1])}
            </span>
          ))}
        </span>
      ))}
    </span>
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) {
    return `(${value.map(shown).join(', ')})`;
  }
  return typeof value === 'string' ? (value === '' ? '""' : value) : JSON.stringify(value ?? null);
}

const unquoted = (text: string) => text.replace(/^"(.*)"$/s, '$1');
