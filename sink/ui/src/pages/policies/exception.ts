// An exception as a form has it, and as the API takes it.
import type { Schemas } from '../../api/client';
import type { RuntimeEvent } from '../../api/live';

/** One comparison of it. */
export interface Term {
  field: string;
  comp: string;
  /** As it is typed: several values between commas where the comparison takes a list. */
  value: string;
}

export const NO_TERM: Term = { field: '', comp: '=', value: '' };

/** What is compared with a list of values. */
const LISTS = new Set(['in', 'intersects', 'pmatch']);

export const takesList = (comp: string) => LISTS.has(comp);

/** Between commas; a value that has one itself stands in quotes. */
const split = (value: string) =>
  (value.match(/\s*"[^"]*"\s*|[^,]+/g) ?? [])
    .map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
    .filter((part) => part !== '');

const joined = (values: unknown[]) =>
  values.map((value) => (String(value).includes(',') ? `"${String(value)}"` : String(value))).join(', ');

/** The terms as fields, comparisons and one row of values. */
export function sent(terms: readonly Term[]): Pick<Schemas['RuleException'], 'fields' | 'comps' | 'values'> {
  return {
    fields: terms.map(({ field }) => field.trim()),
    comps: terms.map(({ comp }) => comp),
    // A row is one value a field; what the document calls unknown is text or a list of it.
    values: [terms.map(({ comp, value }) => (takesList(comp) ? split(value) : value.trim()))] as never,
  };
}

/** The terms as a condition. */
export function written(terms: readonly Term[]): string {
  const quoted = (text: string) => JSON.stringify(text);
  return terms
    .filter(({ field }) => field.trim() !== '')
    .map(({ field, comp, value }) => `${field.trim()} ${comp} ${takesList(comp) ? `(${split(value).map(quoted).join(', ')})` : quoted(value.trim())}`)
    .join('\nand ');
}

/** What a detection's event has in the fields that its rule names. */
export function termsOf(event: RuntimeEvent): Term[] {
  return Object.entries(event.fields).flatMap(([field, json]): Term[] => {
    const value = parsed(json);
    // What a rule has counted is true of no event by itself.
    if (value === null || value === '' || field.includes('[')) {
      return [];
    }
    return Array.isArray(value)
      ? value.length === 0
        ? []
        : [{ field, comp: 'intersects', value: joined(value) }]
      : [{ field, comp: '=', value: typeof value === 'string' ? value : JSON.stringify(value) }];
  });
}

function parsed(json: string | null): unknown {
  try {
    return json === null ? null : (JSON.parse(json) as unknown);
  } catch {
    return null;
  }
}

/** The term that tells best whom or what to except: the actor, else the address, else the first. */
export function likely(terms: readonly Term[]): Term {
  const of = (part: string) => terms.find(({ field }) => field.endsWith(part));
  return of('actor.alternateid') ?? of('actor.login') ?? of('client.ip') ?? terms[0] ?? NO_TERM;
}

/** A name of an exception, made of its values. */
export function nameOf(terms: readonly Term[]): string {
  const text = terms.map(({ value }) => value).join(' ');
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
}
