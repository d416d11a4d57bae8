// Fields of the dialogs about policies.
import { useId } from 'react';

interface FieldProps {
  label: string;
  hint?: string;
  value: string;
  wrong?: string | undefined;
  lines?: number;
  onChange: (value: string) => void;
}

export function Field({ label, hint, value, wrong, lines, onChange }: FieldProps) {
  const id = useId();
  const described = hint || wrong ? `${id}-hint` : undefined;
  const shared = {
    id,
    value,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': described,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {lines === undefined ? (
        <input className="input" autoComplete="off" spellCheck={false} {...shared} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <textarea className="textarea" rows={lines} {...shared} onChange={(event) => onChange(event.target.value)} />
      )}
      {described ? (
        <span id={described} className={wrong ? 'wrong' : 'hint'}>
          {wrong ?? hint}
        </span>
      ) : null}
    </div>
  );
}

/** The lines of a text, without those that are empty. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const SEVERITIES = ['High', 'High', 'High', 'High', 'Medium', 'Medium', 'Low', 'Info'];

interface SeveritySelectProps {
  value: number | undefined;
  /** What stands there while none is set. */
  otherwise: string;
  onChange: (value: number | undefined) => void;
}

export function SeveritySelect({ value, otherwise, onChange }: SeveritySelectProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Severity</label>
      <select
        id={id}
        className="select"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
      >
        <option value="">{otherwise}</option>
        {SEVERITIES.map((name, level) => (
          <option key={level} value={level}>
            {level}: {name}
          </option>
        ))}
      </select>
    </div>
  );
}
