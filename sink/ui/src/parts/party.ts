// People, apps and groups of Okta's events, and where requests came from: what they are called.

export interface Party {
  id?: string | null;
  type?: string | null;
  login?: string | null;
  name?: string | null;
}

export interface Client {
  ip?: string | null;
  city?: string | null;
  country?: string | null;
  user_agent?: string | null;
  device?: string | null;
  as_number?: number | null;
  as_org?: string | null;
  is_proxy?: boolean | null;
}

/** What people call a person, an app or a group. */
export function partyName(party: Party | null | undefined): string {
  return party?.name ?? party?.login ?? party?.id ?? '';
}

/** City and country, as far as known. */
export function placeName(client: Client | null | undefined): string {
  return [client?.city, client?.country].filter((part) => part != null && part !== '').join(', ');
}

/** The name of an autonomous system with its number, as far as known. */
export function networkName(client: Client | null | undefined): string {
  return [client?.as_number == null ? '' : `AS${client.as_number}`, client?.as_org ?? ''].join(' ').trim();
}

/** The address of the page of a user or an IP address; none of what cannot stand in an address. */
export function entityPath(kind: 'user' | 'ip', value: string | null | undefined): string | undefined {
  // Browsers take a dot for a place in the path.
  return value == null || /^\.{0,2}$/.test(value) ? undefined : `/entities/${kind}/${encodeURIComponent(value)}`;
}

/** The address of the page of a user. */
export function userPath(party: Party | null | undefined): string | undefined {
  return entityPath('user', party?.login ?? party?.id);
}
