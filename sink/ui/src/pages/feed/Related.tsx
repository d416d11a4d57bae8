// What else the same actor did, or came from the same address, within a day.
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { Detections } from '../../parts/Detections';
import { Section } from '../../parts/Facts';
import { Loaded } from '../../parts/Notice';
import { quoted } from '../../parts/filter';
import { relatedQuery } from './queries';

const MOST = 10;

const DAY_MS = 86_400_000;

export function Related({ event }: { event: RuntimeEvent }) {
  const { search } = useLocation();
  const actor = event.actor?.login ?? event.actor?.id;
  const ip = event.client?.ip;
  const terms = [actor ? `actor:${quoted(actor)}` : '', ip ? `ip:${ip}` : ''].filter((term) => term !== '');
  const q = terms.join(' OR ');
  const at = Date.parse(event.occurred_at);
  const [from, to] = [at - DAY_MS, at + DAY_MS].map((time) => new Date(time).toISOString());
  const query = useQuery(relatedQuery(q, from ?? '', to ?? ''));
  if (q === '') {
    return null;
  }
  const all = new URLSearchParams({ q, from: from ?? '', to: to ?? '' });
  return (
    <Section title="Same actor or address, a day before and after">
      <Loaded query={query} what="related events">
        {({ events, next_cursor }) => {
          const others = events.filter((other) => other.id !== event.id);
          return others.length === 0 ? (
            <p className="muted">Nothing else was detected.</p>
          ) : (
            <>
              <Detections events={others.slice(0, MOST)} search={search} />
              <Link to={`/feed?${all.toString()}`}>
                Show all {others.length}
                {next_cursor ? '+' : ''} in the feed
              </Link>
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
