// Okta's events and detections in one order, newest first.
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { SeverityChip } from '../../parts/Chip';
import { eventPath } from '../../parts/EventDrawer';
import { EventList, type Pages, useExactTimes } from '../../parts/EventList';
import { Empty } from '../../parts/Notice';
import type { Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import type { Filter } from '../../parts/filter';
import { useListKeys } from '../../parts/keys';
import { partyName, placeName } from '../../parts/party';
import { OutcomeCell, happened } from '../activity/columns';
import { type Entity, type Entry, activitySearch, feedSearch } from './queries';

interface TimelineProps {
  entity: Entity;
  query: Pages & { data?: { pages: { entries: Entry[] }[] } };
  filter: Filter;
}

const idOf = ({ activity, detection }: Entry) => detection?.id ?? activity?.uuid ?? '';

export function Timeline({ entity: { kind, value }, query, filter }: TimelineProps) {
  const navigate = useNavigate();
  const [isExact] = useExactTimes();
  const [current, setCurrent] = useState<string>();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.entries) ?? [], [query.data]);
  // An event opens on its own page, whose list has the rest of theirs.
  const to = useMemo(() => {
    const [feed, activity] = [feedSearch({ kind, value }, filter), activitySearch({ kind, value }, filter)];
    return ({ detection, activity: event }: Entry) =>
      detection
        ? { pathname: eventPath('/feed', detection.id), search: feed }
        : { pathname: eventPath('/activity', event?.uuid ?? ''), search: activity };
  }, [kind, value, filter]);
  const open = (entry: Entry) => void navigate(to(entry));
  useListKeys({ rows, idOf, id: undefined, current, setCurrent, open });
  const heads = useMemo(() => columns(to, isExact), [to, isExact]);
  return (
    <EventList
      caption="Events and detections, newest first"
      columns={heads}
      rows={rows}
      idOf={idOf}
      query={query}
      waiting={0}
      onShow={() => undefined}
      current={current}
      onOpen={open}
      nothing={<Empty title="Nothing happened in this time">Choose a longer one above.</Empty>}
    />
  );
}

type To = (entry: Entry) => { pathname: string; search: string };

const columns = (to: To, isExact: boolean): Column<Entry>[] => [
  {
    id: 'time',
    head: 'Time',
    width: isExact ? '186px' : '104px',
    cell: (entry) => <Time value={entry.occurred_at} exact={isExact} />,
  },
  {
    id: 'kind',
    head: 'Kind',
    width: '116px',
    cell: ({ detection, activity }) =>
      detection ? (
        <>
          <SeverityChip label={detection.severity_label} level={detection.severity} />
          <div className="sub">Detection</div>
        </>
      ) : activity ? (
        <OutcomeCell event={activity} />
      ) : null,
  },
  {
    id: 'what',
    head: 'What happened',
    names: true,
    cell: (entry) => {
      const { detection, activity } = entry;
      const name = detection ? detection.rule.name : activity ? happened(activity) : '';
      const below = detection ? detection.output : activity?.event_type;
      return (
        <>
          <Link className="main-link foreign" to={to(entry)}>
            {name}
          </Link>
          <div className="sub foreign events-line" title={below ?? undefined}>
            {below}
          </div>
        </>
      );
    },
  },
  {
    id: 'who',
    head: 'Who, whom',
    width: '24%',
    cell: ({ detection, activity }) => {
      const { actor, targets = [] } = detection ?? activity ?? {};
      const whom = targets.map(partyName).filter((name) => name !== '' && name !== partyName(actor));
      return (
        <>
          <div className="foreign events-line">{partyName(actor) || <span className="muted">nobody</span>}</div>
          {whom.length > 0 ? <div className="sub foreign events-line">{whom.join(', ')}</div> : null}
        </>
      );
    },
  },
  {
    id: 'place',
    head: 'From',
    width: '130px',
    cell: ({ detection, activity }) => {
      const client = (detection ?? activity)?.client;
      return (
        <>
          <div className="foreign events-line">{client?.ip ?? <span className="muted">unknown</span>}</div>
          <div className="sub foreign events-line">{placeName(client)}</div>
        </>
      );
    },
  },
];
