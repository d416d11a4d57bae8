// A few runtime events, each a link to the feed.
import { Link } from 'react-router';

import type { RuntimeEvent } from '../api/live';
import { SeverityChip } from './Chip';
import { eventPath } from './EventDrawer';
import { Time } from './Time';
import { closed } from './foreign';
import { partyName } from './party';

/** `search`: the filter that the feed has when a link is followed. */
export function Detections({ events, search = '' }: { events: readonly RuntimeEvent[]; search?: string }) {
  return (
    <ol className="events-few">
      {events.map((event) => (
        <li key={event.id}>
          <SeverityChip label={event.severity_label} level={event.severity} />
          <Time value={event.occurred_at} />
          <span>
            <Link className="foreign" to={{ pathname: eventPath('/feed', event.id), search }} preventScrollReset>
              {closed(event.rule.name)}
            </Link>{' '}
            <span className="muted foreign">{closed(partyName(event.actor))}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
