// What a list is filtered by at the moment, each with a button that takes it out.
import { usePreference } from '../shell/preference';
import { zonePreference } from '../shell/zone';
import { Icon } from './Icon';
import { exactly } from './Time';
import type { Filter } from './filter';

/** `names`: parameters and what people call them. */
export function FilterChips({ filter, names }: { filter: Filter; names: readonly [string, string][] }) {
  const zone = usePreference(zonePreference);
  const chips = names.flatMap(([name, title]) => filter.values(name).map((value) => ({ name, title, value })));
  const span = [filter.from, filter.to].map((time) =>
    Number.isNaN(Date.parse(time)) ? time : exactly(Date.parse(time), zone),
  );
  const hasSpan = filter.to !== '';
  if (chips.length === 0 && !hasSpan) {
    return null;
  }
  return (
    <ul className="filter-chips" aria-label="Filters">
      {hasSpan ? (
        <li>
          <button type="button" aria-label="Show the last 7 days again" onClick={() => filter.change({ from: [], to: [] })}>
            {span[0]} to {span[1]}
            <Icon name="close" />
          </button>
        </li>
      ) : null}
      {chips.map(({ name, title, value }) => (
        <li key={`${name}:${value}`}>
          <button type="button" aria-label={`Take out ${title} ${value}`} onClick={() => filter.toggle(name, value)}>
            <span className="muted">{title}</span> <span className="foreign">{value}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
      {chips.length > 1 ? (
        <li>
          <button
            type="button"
            onClick={() => filter.change(Object.fromEntries(['from', 'to', ...names.map(([name]) => name)].map((it) => [it, []])))}
          >
            Clear all
          </button>
        </li>
      ) : null}
    </ul>
  );
}
