// The columns of the activity.
import { Link } from 'react-router';

import type { ActivityEvent } from '../../api/live';
import { Chip } from '../../parts/Chip';
import { eventPath } from '../../parts/EventDrawer';
import type { Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { closed } from '../../parts/foreign';
import { type Party, partyName, placeName } from '../../parts/party';
import { outcomeTone, outcomeWord } from './outcome';

/** `search`: the filter, which the links keep. */
export function columns(search: string, isExact: boolean): Column<ActivityEvent>[] {
  return [
    {
      id: 'time',
      head: 'Time',
      width: isExact ? '186px' : '104px',
      cell: (event) => <Time value={event.occurred_at} exact={isExact} />,
    },
    {
      id: 'what',
      head: 'What happened',
      names: true,
      cell: (event) => (
        <>
          <Link
            className="main-link foreign"
            to={{ pathname: eventPath('/activity', event.uuid), search }}
            preventScrollReset
          >
            {happened(event)}
          </Link>
          <div className="sub foreign events-line">{event.event_type}</div>
        </>
      ),
    },
    { id: 'outcome', head: 'Outcome', width: '104px', cell: (event) => <OutcomeCell event={event} /> },
    { id: 'actor', head: 'Actor', width: '17%', cell: (event) => <PartyCell party={event.actor} /> },
    {
      id: 'target',
      head: 'Target',
      width: '17%',
      cell: ({ targets }) => <PartyCell party={targets[0]} more={targets.length - 1} />,
    },
    {
      id: 'place',
      head: 'From',
      width: '130px',
      cell: ({ client }) => (
        <>
          <div className="foreign events-line">{client.ip ?? <span className="muted">unknown</span>}</div>
          <div className="sub foreign events-line">{placeName(client)}</div>
        </>
      ),
    },
  ];
}

/** Okta's sentence about an event, else its type. */
export function happened({ message, event_type }: ActivityEvent): string {
  return [message, event_type].find((text) => text != null && text.trim() !== '') ?? 'An event without a type';
}

export function OutcomeCell({ event: { outcome } }: { event: ActivityEvent }) {
  const result = outcome?.result;
  return (
    <>
      {result == null ? null : (
        <Chip tone={outcomeTone(result)}>
          <span className="foreign">{outcomeWord(result)}</span>
        </Chip>
      )}
      {outcome?.reason ? (
        <div className="sub foreign events-line" title={outcome.reason}>
          {outcome.reason}
        </div>
      ) : null}
    </>
  );
}

function PartyCell({ party, more = 0 }: { party: Party | null | undefined; more?: number }) {
  const name = partyName(party);
  return (
    <>
      <div className="foreign events-line">{name || <span className="muted">none</span>}</div>
      <div className="sub events-line">
        <span className="foreign">{party?.login === name ? '' : closed(party?.login ?? '')}</span>
        {more > 0 ? ` and ${more} more` : ''}
      </div>
    </>
  );
}
