// Texts of others within a sentence of ours: their marks of direction (Unicode, annex 9) end with them.

/** First strong isolate, and pop directional isolate. */
const [OPEN, CLOSE] = ['\u2068', '\u2069'];
/** What begins an isolate. */
const BEGINS = ['\u2066', '\u2067', OPEN];

/**
 * A text that ends each isolate that it begins, and none that it did not. The class `foreign` isolates it
 * from what is around it, on the same line too; one more or fewer would end that isolate, or take ours along.
 */
export function closed(text: string): string {
  let open = 0;
  const kept = [...text].filter((letter) => {
    if (BEGINS.includes(letter)) {
      open += 1;
    } else if (letter === CLOSE) {
      open -= 1;
      if (open < 0) {
        open = 0;
        return false;
      }
    }
    return true;
  });
  return kept.join('') + CLOSE.repeat(open);
}

/** A text on its own where no element of its own can be: a title, a message. */
export function isolated(text: string): string {
  return `${OPEN}${closed(text)}${CLOSE}`;
}
