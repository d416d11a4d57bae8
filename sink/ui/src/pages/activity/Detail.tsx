// One event of Okta, in a drawer that has an address of its own.
import { useQuery } from '@tanstack/react-query';
import { Link, useOutletContext, useParams } from 'react-router';

import type { Schemas } from '../../api/client';
import { Detections } from '../../parts/Detections';
import { EventDrawer } from '../../parts/EventDrawer';
import { Fact, Section } from '../../parts/Facts';
import { Sentence, Who } from '../../parts/Happening';
import { Loaded } from '../../parts/Notice';
import { RawEvent } from '../../parts/RawEvent';
import { Time } from '../../parts/Time';
import { ALL_TIMES } from '../../parts/filter';
import type { ActivityContext } from './Activity';
import { OutcomeCell, happened } from './columns';
import { detectionsQuery, eventQuery } from './queries';

type ActivityEvent = Schemas['WholeActivityEvent'];

/** Values of Okta's events that the search box has a field for. */
const SEARCHED = {
  '/uuid': 'id',
  '/actor/id': 'actor',
  '/actor/alternateId': 'actor',
  '/client/ipAddress': 'ip',
  '/client/geographicalContext/country': 'country',
  '/eventType': 'event_type',
  '/severity': 'severity',
  '/outcome/result': 'outcome',
  '/securityContext/asNumber': 'asn',
  '/authenticationContext/externalSessionId': 'session',
  '/transaction/id': 'transaction',
  '/device/id': 'device',
  '/device/name': 'device',
};
const ORIGINS: Record<string, string> = {
  hook: 'the event hook',
  poll: 'the System Log',
  import: 'an import',
  test: 'a test of the connection',
};

export function Component() {
  const { id = '' } = useParams();
  const { rows, filter } = useOutletContext<ActivityContext>();
  const query = useQuery(eventQuery(id));
  const known = query.data ?? rows.find((row) => row.uuid === id);
  return (
    <EventDrawer
      title={known ? happened(known) : 'Event'}
      page="/activity"
      id={id}
      ids={rows.map((row) => row.uuid)}
    >
      <Loaded query={query} what="the event">
        {(event) => <Event key={event.uuid} event={event} filter={filter} />}
      </Loaded>
    </EventDrawer>
  );
}

function Event({ event, filter }: { event: ActivityEvent; filter: ActivityContext['filter'] }) {
  const happening = { ...event, message: happened(event) };
  return (
    <>
      <div className="row">
        <OutcomeCell event={event} />
        <Time value={event.occurred_at} exact />
        <span className="muted">
          (<Time value={event.occurred_at} />)
        </span>
      </div>
      <Sentence of={happening} />
      <Detected event={event} />
      <Who of={happening} />
      <Same event={event} />
      <RawEvent raw={event.raw} filter={filter} page="/activity" fields={SEARCHED} />
      <Place event={event} />
    </>
  );
}

function Detected({ event: { uuid } }: { event: ActivityEvent }) {
  const query = useQuery(detectionsQuery(uuid));
  return (
    <Section title="What rules have detected in it">
      <Loaded query={query} what="the detections">
        {({ events }) =>
          events.length === 0 ? (
            <p className="muted">No rule that is in force has matched it.</p>
          ) : (
            <Detections events={events} />
          )
        }
      </Loaded>
    </Section>
  );
}

/** What else there is of its session, transaction and device. */
function Same({ event: { session, transaction, client } }: { event: ActivityEvent }) {
  const device = client.device_id ?? client.device;
  const known = [
    ['session', 'All events of this session', session],
    ['transaction', 'All events of this transaction', transaction],
    ['device', 'All events of this device', device],
  ] as const;
  const links = known.flatMap(([name, words, value]) => (value == null ? [] : [{ name, words, value }]));
  return links.length === 0 ? null : (
    <Section title="What belongs together">
      <ul className="events-log">
        {links.map(({ name, words, value }) => (
          <li key={name}>
            <Link to={`/activity?${new URLSearchParams({ [name]: value, from: ALL_TIMES }).toString()}`}>{words}</Link>{' '}
            <span className="muted foreign">{value}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Place({ event }: { event: ActivityEvent }) {
  const { topic, partition, offset } = event.position;
  return (
    <Section title="Where it is kept">
      <dl className="facts">
        <Fact name="Uuid">{event.uuid}</Fact>
        <Fact name="Event type">{event.event_type}</Fact>
        <Fact name="Severity">{event.severity}</Fact>
        <Fact name="On the topic">
          {topic}, partition {partition}, offset {offset}
        </Fact>
        <Fact name="Came by">{ORIGINS[event.origin] ?? event.origin}</Fact>
        <Fact name="Received">
          <Time value={event.received_at} exact />
        </Fact>
      </dl>
    </Section>
  );
}
