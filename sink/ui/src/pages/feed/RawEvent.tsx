// Okta's event as it came.
import { useNavigate } from 'react-router';
import { useQuery } from '@tanstack/react-query';

import { answered, api } from '../../api/client';
import type { RuntimeEvent } from '../../api/live';
import { JsonTree, type Path, pointer } from '../../parts/JsonTree';
import { type Filter, quoted } from '../../parts/filter';
import { Section } from './Detail';

/** Values that the search box has a field for; others are looked for as text. */
const SEARCHED: Record<string, string> = {
  '/actor/id': 'actor',
  '/actor/alternateId': 'actor',
  '/client/ipAddress': 'ip',
  '/client/geographicalContext/country': 'country',
  '/eventType': 'event_type',
  '/outcome/result': 'outcome',
  '/securityContext/asNumber': 'asn',
};
const TARGET = /^\/target\/\d+\/(id|alternateId|displayName)$/;

export function RawEvent({ event, filter }: { event: RuntimeEvent; filter: Filter }) {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ['fields'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/fields', { signal })),
    staleTime: Infinity,
  });
  const raw = event.event?.raw;
  const fieldOf = (path: Path) => {
    const written = path.join('.');
    const known = data?.fields.find((field) => field.from === written && field.usage === '');
    return known?.name ?? `json.value[${pointer(path)}]`;
  };
  const narrow = (path: Path, value: string) => {
    const place = pointer(path);
    const field = SEARCHED[place] ?? (TARGET.test(place) ? 'target' : undefined);
    const term = field ? `${field}:${quoted(value)}` : `"${value.replaceAll('"', ' ')}"`;
    const search = new URLSearchParams(window.location.search);
    search.set('q', `${filter.q} ${term}`.trim());
    void navigate({ pathname: '/feed', search: search.toString() });
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
