// How things end at Okta: the words and the colours of outcomes.
import type { Tone } from '../../parts/Chip';

/** Of an event that has no outcome: what the histogram calls it. */
const NONE = 'none';
const TONES: Record<string, Tone> = {
  SUCCESS: 'good',
  ALLOW: 'good',
  CHALLENGE: 'info',
  SKIPPED: 'calm',
  UNKNOWN: 'calm',
  [NONE]: 'calm',
  DEFERRED: 'low',
  DENY: 'high',
  FAILURE: 'high',
};
const ORDER = Object.keys(TONES);

export function outcomeTone(outcome: string): Tone {
  return TONES[outcome] ?? 'medium';
}

/** An outcome of Okta's as a word; those that we do not know stay as they are. */
export function outcomeWord(outcome: string): string {
  return outcome in TONES ? outcome.charAt(0) + outcome.slice(1).toLowerCase() : outcome;
}

/** What goes well first; those that we do not know last. */
export function byOutcome(a: string, b: string): number {
  const place = (outcome: string) => (ORDER.includes(outcome) ? ORDER.indexOf(outcome) : ORDER.length);
  return place(a) - place(b) || a.localeCompare(b);
}
