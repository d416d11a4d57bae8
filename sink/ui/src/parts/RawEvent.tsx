// Okta's event as it came: each of its values is copied as a field of rules, or filtered by.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { answered, api } from '../api/client';
import { Section } from './Facts';
import { JsonTree, type Path, pointer } from './JsonTree';
import { type Filter, quoted } from './filter';

interface RawEventProps {
  raw: string | null | undefined;
  filter: Filter;
  /** The page whose list is filtered. */
  page: string;
  /** The fields of its search box that values are of, by JSON pointer; others are looked for as text. */
  fields: Readonly<Record<string, string>>;
}

const TARGET = /^\/target\/\d+\/(id|alternateId|displayName)$/;

export function RawEvent({ raw, filter, page, fields }: RawEventProps) {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ['fields'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/fields', { signal })),
    staleTime: Infinity,
  });
  const fieldOf = (path: Path) => {
    const written = path.join('.');
    const known = data?.fields.find((field) => field.from === written && field.usage === '');
    return known?.name ?? `json.value[${pointer(path)}]`;
  };
  const narrow = (path: Path, value: string) => {
    const place = pointer(path);
    const field = fields[place] ?? (TARGET.test(place) ? 'target' : undefined);
    const term = field ? `${field}:${quoted(value)}` : `"${value.replaceAll('"', ' ')}"`;
    const search = new URLSearchParams(window.location.search);
    search.set('q', `${filter.q} ${term}`.trim());
    void navigate({ pathname: page, search: search.toString() });
  };
  return (
    <Section title="Okta's event">
      {raw == null ? (
        <p className="muted">It is larger than 64 KiB; it can be read at its place on the topic, told below.</p>
      ) : (
        <JsonTree text={raw} fieldOf={fieldOf} onFilter={narrow} />
      )}
    </Section>
  );
}
