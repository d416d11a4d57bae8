// Where an event stands, what can be done with it, and who did what when.
import { useQuery } from '@tanstack/react-query';

import type { RuntimeEvent } from '../../api/live';
import { Time } from '../../parts/Time';
import type { FeedContext } from './Feed';
import { StatusCell } from './columns';
import { historyQuery } from './queries';
import { dispositionWords } from './words';

const DID = {
  acknowledge: 'acknowledged it',
  resolve: 'resolved it',
  reopen: 'reopened it',
  assign: 'assigned it',
  comment: 'noted',
} as const;

export function TriagePanel({ event, ask }: { event: RuntimeEvent; ask: FeedContext['ask'] }) {
  const { data } = useQuery(historyQuery(event.id));
  const { status } = event.triage;
  const deeds =
    status === 'resolved'
      ? (['reopen', 'comment', 'assign'] as const)
      : status === 'open'
        ? (['acknowledge', 'resolve', 'assign', 'comment'] as const)
        : (['resolve', 'assign', 'comment', 'reopen'] as const);
  const names = { acknowledge: 'Acknowledge', resolve: 'Resolve', reopen: 'Reopen', assign: 'Assign', comment: 'Add a note' };
  return (
    <section className="stack" aria-label="Triage">
      <div className="spread">
        <div>
          <StatusCell triage={event.triage} />
        </div>
        <div className="row">
          {deeds.map((deed, index) => (
            <button
              key={deed}
              type="button"
              className="button"
              data-size="small"
              data-kind={index === 0 && status !== 'resolved' ? 'primary' : undefined}
              onClick={() => ask(deed, [event])}
            >
              {names[deed]}
            </button>
          ))}
        </div>
      </div>
      {data && data.actions.length > 0 ? (
        <ol className="events-log" aria-label="What was done">
          {data.actions.map((action) => (
            <li key={action.id}>
              <b className="foreign">{action.by}</b> {DID[action.deed]}
              {action.disposition ? ` as ${dispositionWords(action.disposition).toLowerCase()}` : ''}
              {action.deed === 'assign' ? (
                <>
                  {' '}
                  to <b className="foreign">{action.assignee ?? 'nobody'}</b>
                </>
              ) : null}
              {action.note ? (
                <>
                  : <span className="foreign">{action.note}</span>
                </>
              ) : null}{' '}
              <span className="muted">
                <Time value={action.at} />
              </span>
            </li>
          ))}
        </ol>
      ) : null}
    </section>
  );
}
