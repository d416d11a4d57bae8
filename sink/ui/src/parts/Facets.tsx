// The most frequent values of a list of events: each can be filtered in, and out.
import type { ReactNode } from 'react';

import type { Filter } from './filter';
import { Icon } from './Icon';

export interface FacetValue {
  value: string;
  label?: string | null;
  count: number;
}

interface FacetsProps {
  filter: Filter;
  facets: Record<string, FacetValue[]>;
  /** Names of facets and what people call them, in order. */
  names: readonly [string, string][];
}

/** What stands beside a list; on small screens it is folded above it. */
export function Aside({ label, children }: { label: string; children: ReactNode }) {
  return (
    <aside aria-label={label}>
      <div className="events-facets-wide">{children}</div>
      <details className="events-facets-small">
        <summary>{label}</summary>
        {children}
      </details>
    </aside>
  );
}

/** Facets beside a list, and below them `children`. */
export function FacetsAside({ children, ...props }: FacetsProps & { children?: ReactNode }) {
  return (
    <Aside label="Filter by value">
      <Facets {...props} />
      {children}
    </Aside>
  );
}

function Facets({ filter, facets, names }: FacetsProps) {
  return (
    <div className="facets">
      {names.map(([name, title]) => {
        const values = facets[name] ?? [];
        return values.length === 0 ? null : (
          <details key={name} open>
            <summary>
              <h2>{title}</h2>
            </summary>
            <ul>
              {values.map((value) => (
                <Value key={value.value} filter={filter} name={name} title={title} value={value} />
              ))}
            </ul>
          </details>
        );
      })}
    </div>
  );
}

function Value(props: { filter: Filter; name: string; title: string; value: FacetValue }) {
  const { filter, name, title, value } = props;
  const words = value.label ?? value.value;
  const isIn = filter.values(name).includes(value.value);
  return (
    <li>
      <button type="button" className="facet" aria-pressed={isIn} onClick={() => filter.toggle(name, value.value)}>
        <span className="foreign" title={words}>
          {words}
        </span>
        <span className="facet-count">{value.count.toLocaleString('en')}</span>
      </button>
      <button
        type="button"
        className="facet-out"
        aria-label={`Leave out ${title} ${words}`}
        title="Leave out"
        onClick={() => filter.exclude(name, value.value)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
