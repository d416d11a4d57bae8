// Who changes things. There are no accounts yet: people say their name, and it is written beside what
// they change.
import { preference } from './preference';

/** The API takes ASCII. */
const NAME = /^[\x20-\x7e]{0,100}$/;

/** Whether a name can be written beside a change. */
export function isAuthor(text: string): text is string {
  return NAME.test(text);
}

export const authorPreference = preference<string>('author', isAuthor, '');

/** The name that was given; empty when none was. */
export function author(): string {
  return authorPreference.get().trim();
}
