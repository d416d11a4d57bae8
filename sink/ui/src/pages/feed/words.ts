// What things of the feed are called.
import type { Schemas } from '../../api/client';

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

/** What Okta says has happened. */
export function displayMessage(raw: string | null | undefined): string | undefined {
  try {
    const event = JSON.parse(raw ?? 'null') as { displayMessage?: unknown } | null;
    return typeof event?.displayMessage === 'string' ? event.displayMessage : undefined;
  } catch {
    return undefined;
  }
}
