// Texts of others within a sentence of ours.

/** First strong isolate, and pop directional isolate (Unicode, annex 9). */
const [OPEN, CLOSE] = ['\u2068', '\u2069'];

/**
 * A text whose marks of direction end with it, for where no element of its own can be: a title, a message.
 * Elsewhere the class `foreign` does the same.
 */
export function isolated(text: string): string {
  return `${OPEN}${text}${CLOSE}`;
}
