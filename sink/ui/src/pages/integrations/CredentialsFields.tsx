// The fields of a form for credentials. A secret is in no address and no storage.
import { useId } from 'react';

import { type Credentials, MODES, hasClient, hasKey, isMode, lacks, secretOf } from './credentials';

interface CredentialsFieldsProps {
  value: Credentials;
  onChange: (value: Credentials) => void;
  /** Whether what is missing is told: once somebody has tried to send it. */
  isTold: boolean;
  /** The kind is chosen elsewhere. */
  fixed?: boolean;
}

export function CredentialsFields({ value, onChange, isTold, fixed = false }: CredentialsFieldsProps) {
  const id = useId();
  const missing = isTold ? lacks(value) : {};
  const set = (change: Partial<Credentials>) => onChange({ ...value, ...change });
  const secret = secretOf(value.mode);
  return (
    <>
      {fixed ? null : (
        <div className="field">
          <label htmlFor={`${id}-mode`}>Kind of credentials</label>
          <select
            id={`${id}-mode`}
            className="select"
            value={value.mode}
            onChange={({ target }) => isMode(target.value) && set({ mode: target.value, secret: '' })}
          >
            {Object.entries(MODES).map(([mode, words]) => (
              <option key={mode} value={mode}>
                {words}
              </option>
            ))}
          </select>
        </div>
      )}
      {hasClient(value.mode) ? (
        <TextField
          id={`${id}-client`}
          label="Client id"
          hint="It begins with 0oa."
          value={value.clientId}
          wrong={missing.clientId}
          onChange={(clientId) => set({ clientId })}
        />
      ) : null}
      {hasKey(value.mode) ? (
        <div className="field">
          <label htmlFor={`${id}-secret`}>Private key</label>
          <textarea
            id={`${id}-secret`}
            className="textarea mono"
            rows={6}
            value={value.secret}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={missing.secret !== undefined}
            aria-describedby={`${id}-secret-hint`}
            onChange={({ target }) => set({ secret: target.value })}
          />
          <Hint id={`${id}-secret-hint`} hint="As PEM or JWK." wrong={missing.secret} />
        </div>
      ) : (
        <TextField
          id={`${id}-secret`}
          label={secret.replace('The client', 'Client').replace('The ', '')}
          type="password"
          hint="It is sealed before it is kept, and never shown again."
          value={value.secret}
          wrong={missing.secret}
          onChange={(next) => set({ secret: next })}
        />
      )}
      {hasKey(value.mode) ? (
        <TextField
          id={`${id}-key`}
          label="Key id (kid)"
          hint="Only needed when the app has several keys."
          value={value.keyId}
          onChange={(keyId) => set({ keyId })}
        />
      ) : null}
    </>
  );
}

interface TextFieldProps {
  id: string;
  label: string;
  hint?: string;
  wrong?: string | undefined;
  type?: 'text' | 'password';
  value: string;
  onChange: (value: string) => void;
}

/** One line of text with its label, and what is wrong with it. */
export function TextField({ id, label, hint, wrong, type = 'text', value, onChange }: TextFieldProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type={type}
        value={value}
        spellCheck={false}
        autoComplete={type === 'password' ? 'new-password' : 'off'}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => onChange(target.value)}
      />
      <Hint id={`${id}-hint`} hint={hint} wrong={wrong} />
    </div>
  );
}

function Hint({ id, hint, wrong }: { id: string; hint?: string | undefined; wrong?: string | undefined }) {
  return (
    <span id={id} className={wrong ? 'wrong' : 'hint'}>
      {wrong ?? hint}
    </span>
  );
}
