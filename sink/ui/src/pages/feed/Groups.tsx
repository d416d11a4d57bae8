// The feed in groups: how many events a rule, a policy, an actor, an address or a country has.
import { useInfiniteQuery } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { SeverityChip } from '../../parts/Chip';
import { Empty, Loading } from '../../parts/Notice';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import type { Filter } from '../../parts/filter';
import { type GroupBy, groupsQuery } from './queries';

type Group = Schemas['Group'];

const BY: [string, string][] = [
  ['', 'Not grouped'],
  ['rule', 'By rule'],
  ['policy', 'By policy'],
  ['actor', 'By actor'],
  ['ip', 'By IP address'],
  ['country', 'By country'],
];

export function GroupSwitch({ by, onChange }: { by: string; onChange: (by: string) => void }) {
  return (
    <select className="select" aria-label="Group" value={by} onChange={(event) => onChange(event.target.value)}>
      {BY.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function Groups({ filter, by }: { filter: Filter; by: string }) {
  const query = useInfiniteQuery(groupsQuery(filter.parameters(), by as GroupBy));
  const choose = (group: Group) => filter.change({ [by]: [group.value], by: [] });
  const groups = query.data?.pages.flatMap((page) => page.groups) ?? [];
  if (query.isPending) {
    return <Loading what="the groups" />;
  }
  if (groups.length === 0) {
    return <Empty title="Nothing fits">No event has such a value and is as the filters say in this time.</Empty>;
  }
  return (
    <>
      <Table
        caption={`Groups ${BY.find(([value]) => value === by)?.[1].toLowerCase() ?? ''}`}
        columns={columns(choose)}
        rows={groups}
        rowKey={(group) => `${group.policy ?? ''} ${group.value}`}
        onOpen={choose}
      />
      {query.hasNextPage ? (
        <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
          Show more
        </button>
      ) : null}
    </>
  );
}

const columns = (choose: (group: Group) => void): Column<Group>[] => [
  {
    id: 'value',
    head: 'Group',
    names: true,
    cell: (group) => (
      <>
        <button type="button" className="feed-group foreign" onClick={() => choose(group)}>
          {group.label ?? group.value}
        </button>
        {group.policy ? <div className="sub foreign">{group.policy}</div> : null}
      </>
    ),
  },
  { id: 'severity', head: 'Gravest', width: '110px', cell: (group) => <SeverityChip label={group.severity} /> },
  {
    id: 'count',
    head: 'Events',
    align: 'right',
    width: '100px',
    order: (a, b) => a.count - b.count,
    cell: (group) => group.count.toLocaleString('en'),
  },
  {
    id: 'open',
    head: 'Open',
    align: 'right',
    width: '90px',
    order: (a, b) => a.open - b.open,
    cell: (group) => group.open.toLocaleString('en'),
  },
  { id: 'first', head: 'First', width: '130px', cell: (group) => <Time value={group.first} /> },
  {
    id: 'last',
    head: 'Last',
    width: '130px',
    order: (a, b) => a.last.localeCompare(b.last),
    cell: (group) => <Time value={group.last} />,
  },
];
