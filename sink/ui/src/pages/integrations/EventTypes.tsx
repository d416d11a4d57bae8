// The event types of an integration: how each comes, when it came last, which rules use it.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import type { Schemas } from '../../api/client';
import { useWatched } from '../../api/watched';
import { Chip } from '../../parts/Chip';
import { Empty, Loaded } from '../../parts/Notice';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { useView } from '../../parts/view';
import { deletionKey, eventTypesQuery, rulesQuery } from './queries';

type EventType = Schemas['IntegrationEventType'];
type Rule = Schemas['RuleSummary'];

/** Rules that are shown before the others are counted. */
const SHOWN = 3;

export function EventTypes({ id }: { id: string }) {
  const query = useWatched(eventTypesQuery(id), deletionKey(id));
  const rules = useQuery(rulesQuery);
  const [words, setWords] = useView('type');
  const users = usersOf(rules.data?.rules ?? []);
  return (
    <div className="stack">
      <input
        className="input integrations-filter"
        type="search"
        aria-label="Filter event types"
        placeholder="Filter event types"
        data-search
        value={words}
        onChange={({ target }) => setWords(target.value)}
      />
      <Loaded query={query} what="the event types">
        {({ event_types: all }) => {
          const shown = all.filter((type) => type.name.includes(words.trim()));
          return shown.length === 0 ? (
            <Empty title="No event type has this in its name">Of {all.length} event types. Empty the filter.</Empty>
          ) : (
            <Table caption="Event types" columns={columns(users)} rows={shown} rowKey={(type) => type.name} />
          );
        }}
      </Loaded>
    </div>
  );
}

/** The rules by the event types that they can match. Those that match any type stand at none. */
function usersOf(rules: readonly Rule[]): Map<string, Rule[]> {
  const users = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const type of rule.needs.event_types ?? []) {
      users.set(type, [...(users.get(type) ?? []), rule]);
    }
  }
  return users;
}

function columns(users: Map<string, Rule[]>): Column<EventType>[] {
  return [
    {
      id: 'name',
      head: 'Event type',
      names: true,
      order: (a, b) => a.name.localeCompare(b.name),
      cell: (type) => <code className="foreign">{type.name}</code>,
    },
    { id: 'way', head: 'Comes by', cell: (type) => <Carrier type={type} /> },
    {
      id: 'seen',
      head: 'Last seen',
      order: (a, b) => (a.last_seen ?? '').localeCompare(b.last_seen ?? ''),
      cell: (type) => <Time value={type.last_seen} none="not yet" />,
    },
    {
      id: 'count',
      head: 'Last 24 h',
      align: 'right',
      order: (a, b) => a.count_24h - b.count_24h,
      cell: (type) => type.count_24h.toLocaleString('en'),
    },
    {
      id: 'rules',
      head: 'Rules that use it',
      order: (a, b) => (users.get(a.name)?.length ?? 0) - (users.get(b.name)?.length ?? 0),
      cell: (type) => <Users rules={users.get(type.name) ?? []} />,
    },
  ];
}

function Carrier({ type }: { type: EventType }) {
  if (type.subscribed) {
    return <Chip tone="good">event hook</Chip>;
  }
  if (!type.wanted) {
    return <Chip title="It was not chosen, and the System Log brings it all the same">System Log, not chosen</Chip>;
  }
  return <Chip tone="info">System Log</Chip>;
}

function Users({ rules }: { rules: Rule[] }) {
  if (rules.length === 0) {
    return <span className="muted">none</span>;
  }
  const more = rules.slice(SHOWN);
  return (
    <>
      {rules.slice(0, SHOWN).map((rule) => (
        <div key={`${rule.policy}/${rule.name}`}>
          <Link className="integrations-rule" to={`/policies/${encodeURIComponent(rule.policy)}/rules/${encodeURIComponent(rule.name)}`}>{rule.name}</Link>
          {rule.enabled ? null : <span className="muted"> (off)</span>}
        </div>
      ))}
      {more.length > 0 ? (
        <span className="muted" title={more.map((rule) => rule.name).join('\n')}>
          and {more.length} more
        </span>
      ) : null}
    </>
  );
}
