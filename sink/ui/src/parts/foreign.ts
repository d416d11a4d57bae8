// Texts of others within a sentence of ours.

/** First strong isolate, and pop directional isolate (Unicode, annex 9). */
const [OPEN, CLOSE] = ['\u2068', '\u2069'];
/** What begins and ends a direction: a text that begins one and never ends it would take ours along. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text without marks of direction, on its own, for where no element of its own can be: a title, a message.
 * Elsewhere the class `foreign` does the same.
 */
export function isolated(text: string): string {
  return `${OPEN}${text.replaceAll(DIRECTIONS, '')}${CLOSE}`;
}
