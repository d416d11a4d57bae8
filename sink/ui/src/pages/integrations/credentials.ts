// What Okta knows us by: the four kinds, as a form has them.
import type { Schemas } from '../../api/client';

export type Mode = Schemas['Mode'];
export type NewCredentials = Schemas['NewCredentials'];

export interface Credentials {
  mode: Mode;
  clientId: string;
  keyId: string;
  secret: string;
}

export const NO_CREDENTIALS: Credentials = { mode: 'client_secret', clientId: '', keyId: '', secret: '' };

export const MODES: Record<Mode, string> = {
  client_secret: 'Client id and secret (API service integration)',
  private_key: 'Client id and private key (API Services app)',
  private_key_dpop: 'Client id and private key with DPoP',
  api_token: 'API token of an administrator (to try it)',
};

export const isMode = (text: string): text is Mode => Object.hasOwn(MODES, text);
export const hasKey = (mode: Mode) => mode === 'private_key' || mode === 'private_key_dpop';
export const hasClient = (mode: Mode) => mode !== 'api_token';

/** What a form lacks, by field; nothing when it can be sent. */
export function lacks({ mode, clientId, secret }: Credentials): { clientId?: string; secret?: string } {
  return {
    ...(hasClient(mode) && clientId.trim() === '' ? { clientId: 'Paste the client id.' } : {}),
    ...(secret.trim() === '' ? { secret: `Paste ${secretOf(mode).toLowerCase()}.` } : {}),
  };
}

export function secretOf(mode: Mode): string {
  return hasKey(mode) ? 'The private key' : mode === 'api_token' ? 'The API token' : 'The client secret';
}

/** As the API takes them. */
export function sent({ mode, clientId, keyId, secret }: Credentials): NewCredentials {
  const client = hasClient(mode) ? { client_id: clientId.trim() } : {};
  if (hasKey(mode)) {
    const key = keyId.trim() === '' ? {} : { key_id: keyId.trim() };
    return { ...client, ...key, private_key: secret, dpop: mode === 'private_key_dpop' };
  }
  const dpop = false;
  return mode === 'api_token' ? { api_token: secret, dpop } : { ...client, client_secret: secret, dpop };
}
