// One runtime event, in a drawer that has an address of its own.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation, useNavigate, useOutletContext, useParams } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { SeverityChip } from '../../parts/Chip';
import { CopyButton } from '../../parts/CopyButton';
import { Drawer } from '../../parts/Dialog';
import { Icon } from '../../parts/Icon';
import { Loaded } from '../../parts/Notice';
import { Time } from '../../parts/Time';
import type { FeedContext } from './Feed';
import { Matched } from './Matched';
import { RawEvent } from './RawEvent';
import { Related } from './Related';
import { TriagePanel } from './TriagePanel';
import { eventQuery, policyQuery, repeatsQuery, ruleQuery } from './queries';
import { displayMessage, partyName, placeName } from './words';

export function Component() {
  const { id = '' } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const context = useOutletContext<FeedContext>();
  const { rows, ask } = context;
  const query = useQuery({ ...eventQuery(id), placeholderData: rows.find((row) => row.id === id) });
  const go = (pathname: string) => void navigate({ pathname, search }, { preventScrollReset: true });
  const at = rows.findIndex((row) => row.id === id);
  const step = (to: RuntimeEvent | undefined, label: string, icon: 'left' | 'right') => (
    <button
      type="button"
      className="button"
      data-kind="plain"
      aria-label={label}
      title={`${label} (${icon === 'left' ? 'k' : 'j'})`}
      disabled={at < 0 || to === undefined}
      onClick={() => to && go(`/feed/${to.id}`)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <Drawer
      title={<span className="foreign">{query.data?.rule.name ?? 'Event'}</span>}
      onClose={() => go('/feed')}
      tools={
        <>
          {step(rows[at - 1], 'Newer event', 'left')}
          {step(rows[at + 1], 'Older event', 'right')}
          <CopyButton text={`${window.location.origin}/feed/${id}`} what="the link to this event" />
        </>
      }
    >
      <Loaded query={query} what="the event">
        {(event) => <Event key={event.id} event={event} context={context} ask={ask} />}
      </Loaded>
    </Drawer>
  );
}

function Event(props: { event: RuntimeEvent; context: FeedContext; ask: FeedContext['ask'] }) {
  const { event, context, ask } = props;
  return (
    <>
      <div className="row">
        <SeverityChip label={event.severity_label} level={event.severity} />
        <Time value={event.occurred_at} exact />
        <span className="muted">
          (<Time value={event.occurred_at} />)
        </span>
      </div>
      <p className="feed-sentence">
        <Sentence event={event} />
      </p>
      <TriagePanel event={event} ask={ask} />
      <Repeats event={event} />
      <Matched event={event} />
      <Who event={event} />
      <Rule event={event} />
      <Related event={event} />
      <RawEvent event={event} filter={context.filter} />
      <Place event={event} />
    </>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="feed-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

const Foreign = ({ children }: { children: ReactNode }) => <b className="foreign">{children}</b>;

/** What happened, in one sentence. */
function Sentence({ event }: { event: RuntimeEvent }) {
  const { actor, targets, client, outcome } = event;
  const message = displayMessage(event.event?.raw) ?? event.event?.type ?? 'an event';
  const place = placeName(client);
  const target = targets.map(partyName).filter((name) => name !== '' && name !== partyName(actor));
  return (
    <>
      <Foreign>{partyName(actor) || 'Somebody'}</Foreign> caused “<Foreign>{message}</Foreign>”
      {target.length > 0 ? (
        <>
          {' '}
          on <Foreign>{target.slice(0, 3).join(', ')}</Foreign>
          {target.length > 3 ? ` and ${target.length - 3} more` : ''}
        </>
      ) : null}
      {client?.ip != null ? (
        <>
          {' '}
          from <Foreign>{client.ip}</Foreign>
        </>
      ) : null}
      {place === '' ? null : (
        <>
          {' '}
          in <Foreign>{place}</Foreign>
        </>
      )}
      {outcome?.result != null ? (
        <>
          ; it ended in <Foreign>{outcome.result}</Foreign>
        </>
      ) : null}
      .
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
      <ol className="feed-history">
        {others.slice(0, 10).map((other) => (
          <li key={other.id}>
            <Link to={{ pathname: `/feed/${other.id}`, search }} preventScrollReset>
              <Time value={other.occurred_at} exact />
            </Link>
          </li>
        ))}
      </ol>
      {others.length > 10 ? <p className="muted">The newest ten are shown; list repeats each by themselves to see all.</p> : null}
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return children === null || children === undefined || children === '' ? null : (
    <>
      <dt>{name}</dt>
      <dd className="foreign">{children}</dd>
    </>
  );
}

function Who({ event }: { event: RuntimeEvent }) {
  const { actor, client, targets, outcome } = event;
  const network = [client?.as_number == null ? '' : `AS${client.as_number}`, client?.as_org ?? ''].join(' ').trim();
  return (
    <Section title="Who, whom, from where">
      <dl className="facts">
        <Fact name="Actor">
          {actor ? (
            <>
              {partyName(actor)} <span className="muted">{[actor.type, actor.login, actor.id].filter(Boolean).join(' · ')}</span>
            </>
          ) : null}
        </Fact>
        {targets.map((target, index) => (
          <Fact key={index} name={targets.length > 1 ? `Target ${index + 1}` : 'Target'}>
            {partyName(target)} <span className="muted">{[target.type, target.login, target.id].filter(Boolean).join(' · ')}</span>
          </Fact>
        ))}
        <Fact name="IP address">{client?.ip}</Fact>
        <Fact name="Place">{placeName(client)}</Fact>
        <Fact name="Network">{network}</Fact>
        <Fact name="Proxy">{client?.is_proxy == null ? null : client.is_proxy ? 'yes' : 'no'}</Fact>
        <Fact name="Device">{client?.device}</Fact>
        <Fact name="User agent">{client?.user_agent}</Fact>
        <Fact name="Session">{sessionOf(event)}</Fact>
        <Fact name="Outcome">{[outcome?.result, outcome?.reason].filter(Boolean).join(': ')}</Fact>
        <Fact name="Org">{event.org}</Fact>
      </dl>
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
        <Fact name="Rule">{rule.name}</Fact>
        <Fact name="About">{ofRule.data?.description}</Fact>
        <Fact name="Policy">{policy.name}</Fact>
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
          {source ? `${source.topic}, partition ${source.partition}, offset ${source.offset}; uuid ${source.uuid}` : null}
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
