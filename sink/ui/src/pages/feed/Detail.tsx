// One runtime event, in a drawer that has an address of its own.
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useOutletContext, useParams } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { SeverityChip } from '../../parts/Chip';
import { EventDrawer, eventPath } from '../../parts/EventDrawer';
import { Fact, Section } from '../../parts/Facts';
import { Sentence, Who } from '../../parts/Happening';
import { Loaded } from '../../parts/Notice';
import { RawEvent } from '../../parts/RawEvent';
import { Time } from '../../parts/Time';
import { policyPath, rulePath } from '../policies/queries';
import type { FeedContext } from './Feed';
import { Matched } from './Matched';
import { Related } from './Related';
import { TriagePanel } from './TriagePanel';
import { eventQuery, policyQuery, repeatsQuery, ruleQuery } from './queries';
import { displayMessage } from './words';

/** Values of Okta's events that the search box has a field for. */
const SEARCHED = {
  '/actor/id': 'actor',
  '/actor/alternateId': 'actor',
  '/client/ipAddress': 'ip',
  '/client/geographicalContext/country': 'country',
  '/eventType': 'event_type',
  '/outcome/result': 'outcome',
  '/securityContext/asNumber': 'asn',
};

export function Component() {
  const { id = '' } = useParams();
  const context = useOutletContext<FeedContext>();
  const { rows } = context;
  const query = useQuery({ ...eventQuery(id), placeholderData: rows.find((row) => row.id === id) });
  return (
    <EventDrawer title={query.data?.rule.name ?? 'Event'} page="/feed" id={id} ids={rows.map((row) => row.id)}>
      <Loaded query={query} what="the event">
        {(event) => <Event key={event.id} event={event} context={context} />}
      </Loaded>
    </EventDrawer>
  );
}

function Event({ event, context: { ask, filter } }: { event: RuntimeEvent; context: FeedContext }) {
  const message = displayMessage(event.event?.raw) ?? event.event?.type ?? 'an event';
  const happening = { ...event, message, session: sessionOf(event) };
  return (
    <>
      <div className="row">
        <SeverityChip label={event.severity_label} level={event.severity} />
        <Time value={event.occurred_at} exact />
        <span className="muted">
          (<Time value={event.occurred_at} />)
        </span>
      </div>
      <Sentence of={happening} />
      <TriagePanel event={event} ask={ask} />
      <Repeats event={event} />
      <Matched event={event} />
      <Who of={happening} />
      <Rule event={event} />
      <Related event={event} />
      <RawEvent raw={event.event?.raw} filter={filter} page="/feed" fields={SEARCHED} />
      <Place event={event} />
    </>
  );
}

function Repeats({ event }: { event: RuntimeEvent }) {
  const { search } = useLocation();
  const { data } = useQuery(repeatsQuery(event.id));
  const others = data?.events.filter((other) => other.id !== event.id) ?? [];
  if (others.length === 0) {
    return null;
  }
  return (
    <Section title={`${others.length}${data?.next_cursor ? '+' : ''} repeats within an hour`}>
      <ol className="events-log">
        {others.slice(0, 10).map((other) => (
          <li key={other.id}>
            <Link to={{ pathname: eventPath('/feed', other.id), search }} preventScrollReset>
              <Time value={other.occurred_at} exact />
            </Link>
          </li>
        ))}
      </ol>
      {others.length > 10 ? <p className="muted">The newest ten are shown; list repeats each by themselves to see all.</p> : null}
    </Section>
  );
}

function sessionOf(event: RuntimeEvent): string | null {
  try {
    const raw = JSON.parse(event.event?.raw ?? 'null') as {
      authenticationContext?: { externalSessionId?: unknown };
    } | null;
    const session = raw?.authenticationContext?.externalSessionId;
    return typeof session === 'string' ? session : null;
  } catch {
    return null;
  }
}

const TECHNIQUE = /^(T[A]?\d{4})(?:\.(\d{3}))?$/;

/** A technique or tactic of ATT&CK; what looks like none stays text. */
function Attack({ id }: { id: string }) {
  const [, main, sub] = TECHNIQUE.exec(id) ?? [];
  if (main === undefined) {
    return <span className="foreign">{id}</span>;
  }
  const kind = main.startsWith('TA') ? 'tactics' : 'techniques';
  return (
    <a href={`https://attack.mitre.org/${kind}/${main}/${sub ? `${sub}/` : ''}`} target="_blank" rel="noreferrer">
      {id}
    </a>
  );
}

function Rule({ event }: { event: RuntimeEvent }) {
  const { policy, rule } = event;
  const ofPolicy = useQuery(policyQuery(policy.id));
  const ofRule = useQuery(ruleQuery(policy.id, rule.name));
  const runbook = ofPolicy.data?.runbook;
  const references = ofRule.data?.references.filter((it) => /^https:\/\//.test(it)) ?? [];
  return (
    <Section title="The rule, and what to do">
      <dl className="facts">
        <Fact name="Rule">
          <Link to={rulePath(policy.id, rule.name)}>{rule.name}</Link>
        </Fact>
        <Fact name="About">{ofRule.data?.description}</Fact>
        <Fact name="Policy">
          <Link to={policyPath(policy.id)}>{policy.name}</Link>
        </Fact>
        <Fact name="Runbook">
          {runbook == null || runbook === '' ? (
            'none; it can be set with the policy'
          ) : /^https?:\/\/\S+$/.test(runbook) ? (
            <a href={runbook} target="_blank" rel="noreferrer">
              {runbook}
            </a>
          ) : (
            runbook
          )}
        </Fact>
        <Fact name="ATT&CK">
          {rule.attack.length === 0
            ? null
            : rule.attack.map((id) => (
                <span key={id}>
                  <Attack id={id} />{' '}
                </span>
              ))}
        </Fact>
        <Fact name="Tags">{rule.tags.join(', ')}</Fact>
        <Fact name="More">
          {references.length === 0
            ? null
            : references.map((reference) => (
                <div key={reference}>
                  <a href={reference} target="_blank" rel="noreferrer">
                    {reference}
                  </a>
                </div>
              ))}
        </Fact>
      </dl>
    </Section>
  );
}

function Place({ event }: { event: RuntimeEvent }) {
  const source = event.event;
  return (
    <Section title="Where it is kept">
      <dl className="facts">
        <Fact name="Id">{event.id}</Fact>
        <Fact name="Runtime event">
          okta.runtime-events, partition {event.position.partition}, offset {event.position.offset}
        </Fact>
        <Fact name="Okta's event">
          {source ? (
            <>
              {source.topic}, partition {source.partition}, offset {source.offset}; uuid{' '}
              <Link to={eventPath('/activity', source.uuid)}>{source.uuid}</Link>
            </>
          ) : null}
        </Fact>
        <Fact name="Received">
          <Time value={event.received_at} exact />
        </Fact>
        <Fact name="Detected">
          <Time value={event.detected_at} exact />
        </Fact>
        <Fact name="Judged by">
          policy version {event.policy.version}, rule version {event.rule.version}
        </Fact>
      </dl>
    </Section>
  );
}
