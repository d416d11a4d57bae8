// Values that a list is filtered by again and again: a button each, with how many events there would be.
import type { Tone } from './Chip';
import type { FacetValue } from './Facets';
import type { Filter } from './filter';

interface TogglesProps {
  filter: Filter;
  /** The parameter, and what people call it. */
  name: string;
  title: string;
  /** Its values, with a word and a colour each. */
  values: readonly { value: string; word: string; tone: Tone }[];
  counts: readonly FacetValue[];
}

export function Toggles({ filter, name, title, values, counts }: TogglesProps) {
  const chosen = filter.values(name);
  return (
    <div className="events-toggles" role="group" aria-label={title}>
      {values.map(({ value, word, tone }) => (
        <button
          key={value}
          type="button"
          className="events-toggle"
          data-tone={tone}
          aria-pressed={chosen.includes(value)}
          onClick={() => filter.toggle(name, value)}
        >
          <span className="foreign">{word}</span>{' '}
          <b>{(counts.find((it) => it.value === value)?.count ?? 0).toLocaleString('en')}</b>
        </button>
      ))}
    </div>
  );
}
