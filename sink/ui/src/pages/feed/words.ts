// What things of the feed are called.
import type { Schemas } from '../../api/client';
import type { RuntimeEvent } from '../../api/live';

export type Disposition = NonNullable<Schemas['TriageRequest']['disposition']>;

export const DISPOSITIONS: [Disposition, string, string][] = [
  ['true_positive', 'True positive', 'what the rule looks for, and not wanted'],
  ['benign', 'Benign', 'what the rule looks for, and all right here'],
  ['false_positive', 'False positive', 'not what the rule looks for'],
  ['duplicate', 'Duplicate', 'looked at under another event'],
  ['inconclusive', 'Inconclusive', 'it cannot be told'],
];

export function dispositionWords(disposition: string | null | undefined): string {
  return DISPOSITIONS.find(([name]) => name === disposition)?.[1] ?? disposition ?? '';
}

type Party = NonNullable<RuntimeEvent['actor']>;

/** What people call a person, an app or a group. */
export function partyName(party: Party | null | undefined): string {
  return party?.name ?? party?.login ?? party?.id ?? '';
}

/** City and country, as far as known. */
export function placeName(client: RuntimeEvent['client']): string {
  return [client?.city, client?.country].filter((part) => part != null && part !== '').join(', ');
}

/** What Okta says has happened. */
export function displayMessage(raw: string | null | undefined): string | undefined {
  try {
    const event = JSON.parse(raw ?? 'null') as { displayMessage?: unknown } | null;
    return typeof event?.displayMessage === 'string' ? event.displayMessage : undefined;
  } catch {
    return undefined;
  }
}
