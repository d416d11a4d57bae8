// What is seen around a user or an address: from where, with what, who, and when.
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { eventPath } from '../../parts/EventDrawer';
import { Aside } from '../../parts/Facets';
import { Linked } from '../../parts/Facts';
import { Time } from '../../parts/Time';
import type { Filter } from '../../parts/filter';
import { closed } from '../../parts/foreign';
import { entityPath, partyName } from '../../parts/party';
import { happened } from '../activity/columns';
import { type Entity, type Seen, type Summary, activitySearch } from './queries';

interface AroundProps {
  entity: Entity;
  summary: Summary;
  filter: Filter;
}

/** Values that are shown before one asks for more. */
const FIRST = 6;

export function Around({ entity, summary, filter }: AroundProps) {
  const isUser = entity.kind === 'user';
  const events = (name: string) => (seen: Seen) => `/activity?${activitySearch(entity, filter, { [name]: seen.value })}`;
  return (
    <Aside label="What is seen around it">
      <div className="facets">
        {isUser ? null : (
          <Values title="Who came from there" seen={summary.users} to={(seen) => entityPath('user', seen.value)} />
        )}
        <Values title="Countries" seen={summary.countries} to={events('country')} />
        {isUser ? <Values title="IP addresses" seen={summary.ips} to={(seen) => entityPath('ip', seen.value)} /> : null}
        <Values title="Networks" seen={summary.systems} to={events('asn')} name={networkName} />
        <Values title="Devices" seen={summary.devices} to={events('device')} />
        <Rules summary={summary} />
        <FactorChanges summary={summary} />
        <Values title="Event types" seen={summary.event_types} to={events('event_type')} />
        <Values title="Sessions" seen={summary.sessions} to={events('session')} />
      </div>
    </Aside>
  );
}

const networkName = ({ value, label }: Seen) => `AS${value}${label ? ` ${label}` : ''}`;

function Part({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  return count === 0 ? null : (
    <details open>
      <summary>
        <h2>
          {title} ({count.toLocaleString('en')})
        </h2>
      </summary>
      {children}
    </details>
  );
}

interface ValuesProps {
  title: string;
  seen: Seen[];
  to: (seen: Seen) => string | undefined;
  name?: (seen: Seen) => string;
}

function Values({ title, seen, to, name = ({ value, label }) => label ?? value }: ValuesProps) {
  const line = (each: Seen) => (
    <li key={each.value} className="entities-seen">
      <span title={each.label ? each.value : undefined}>
        <Linked to={to(each)}>{name(each)}</Linked>
      </span>
      <span className="facet-count">{each.count.toLocaleString('en')}</span>
      <span className="entities-when">
        {each.first_seen === each.last_seen ? null : (
          <>
            <Time value={each.first_seen} /> to{' '}
          </>
        )}
        <Time value={each.last_seen} />
      </span>
    </li>
  );
  return (
    <Part title={title} count={seen.length}>
      <ul>{seen.slice(0, FIRST).map(line)}</ul>
      {seen.length > FIRST ? (
        <details className="entities-more">
          <summary>{seen.length - FIRST} more</summary>
          <ul>{seen.slice(FIRST).map(line)}</ul>
        </details>
      ) : null}
    </Part>
  );
}

function Rules({ summary: { rules } }: { summary: Summary }) {
  return (
    <Part title="Detected by" count={rules.length}>
      <ul>
        {rules.map(({ value, label, count }) => (
          <li key={value} className="entities-seen">
            <span className="foreign">{label ?? value}</span>
            <span className="facet-count">{count.toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** The newest changes of MFA factors. */
function FactorChanges({ summary: { factor_changes: changes } }: { summary: Summary }) {
  return (
    <Part title="Changes of factors" count={changes.length}>
      <ul>
        {changes.slice(0, FIRST).map((event) => (
          <li key={event.uuid} className="entities-seen">
            <Link className="foreign" to={eventPath('/activity', event.uuid)}>
              {happened(event)}
            </Link>
            <span className="entities-when">
              <Time value={event.occurred_at} />
              {event.actor ? (
                <>
                  , by <span className="foreign">{closed(partyName(event.actor))}</span>
                </>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
