// The columns of the feed.
import { Link } from 'react-router';

import type { RuntimeEvent } from '../../api/live';
import { Chip, SeverityChip } from '../../parts/Chip';
import { eventPath } from '../../parts/EventDrawer';
import type { Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { partyName, placeName } from '../../parts/party';
import type { Triage } from './queries';
import { dispositionWords } from './words';

interface ColumnsOf {
  /** The filter, which the links keep. */
  search: string;
  isMarked: (id: string) => boolean;
  onMark: (event: RuntimeEvent, isMarked: boolean, withRange: boolean) => void;
  isExact: boolean;
}

export function columns({ search, isMarked, onMark, isExact }: ColumnsOf): Column<RuntimeEvent>[] {
  return [
    {
      id: 'mark',
      head: 'Mark',
      width: '40px',
      cell: (event) => (
        <input
          type="checkbox"
          className="feed-mark"
          aria-label={`Mark ${event.rule.name}`}
          checked={isMarked(event.id)}
          onChange={(change) => {
            const isShift = change.nativeEvent instanceof MouseEvent && change.nativeEvent.shiftKey;
            onMark(event, change.target.checked, isShift);
          }}
        />
      ),
    },
    {
      id: 'time',
      head: 'Time',
      width: isExact ? '186px' : '96px',
      cell: (event) => <Time value={event.occurred_at} exact={isExact} />,
    },
    {
      id: 'severity',
      head: 'Severity',
      width: '84px',
      cell: (event) => <SeverityChip label={event.severity_label} level={event.severity} />,
    },
    {
      id: 'what',
      head: 'Detection',
      names: true,
      cell: (event) => (
        <>
          <Link
            className="main-link foreign"
            to={{ pathname: eventPath('/feed', event.id), search }}
            preventScrollReset
            data-event={event.id}
          >
            {event.rule.name}
          </Link>{' '}
          {(event.repeats?.count ?? 1) > 1 ? (
            <span className="feed-times" title="repeats within an hour">
              ×{event.repeats?.count.toLocaleString('en')}
            </span>
          ) : null}{' '}
          {event.test ? <Chip>Test</Chip> : null} {event.staged ? <Chip tone="info">On trial</Chip> : null}
          <div className="sub foreign events-line" title={event.output}>
            {event.output}
          </div>
        </>
      ),
    },
    {
      id: 'actor',
      head: 'Actor',
      width: '17%',
      cell: (event) => (
        <>
          <div className="foreign events-line">{partyName(event.actor) || <span className="muted">none</span>}</div>
          <div className="sub foreign events-line">{event.actor?.login}</div>
        </>
      ),
    },
    {
      id: 'place',
      head: 'From',
      width: '130px',
      cell: (event) => (
        <>
          <div className="foreign events-line">{event.client?.ip ?? <span className="muted">unknown</span>}</div>
          <div className="sub foreign events-line">{placeName(event.client)}</div>
        </>
      ),
    },
    {
      id: 'status',
      head: 'Status',
      width: '128px',
      cell: (event) => <StatusCell triage={event.triage} />,
    },
  ];
}

/** Where an event stands, and whose it is. */
export function StatusCell({ triage }: { triage: Triage }) {
  const { status, disposition, assignee, by } = triage;
  const tone = status === 'resolved' ? 'good' : status === 'acknowledged' ? 'info' : 'calm';
  const words = { open: 'Open', acknowledged: 'Acknowledged', resolved: 'Resolved' }[status];
  const more = disposition ? dispositionWords(disposition) : (assignee ?? by);
  return (
    <>
      <Chip tone={tone} dot={status !== 'open'}>
        {words}
      </Chip>
      {more ? <div className="sub foreign events-line">{more}</div> : null}
    </>
  );
}
