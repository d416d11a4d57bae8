// The last deliveries to the event hook, and what they were answered.
import type { Schemas } from '../../api/client';
import { useWatched } from '../../api/watched';
import { Chip } from '../../parts/Chip';
import { Empty, Loaded } from '../../parts/Notice';
import { type Column, Table } from '../../parts/Table';
import { Time, milliseconds } from '../../parts/Time';
import { type Integration, deletionKey, deliveriesQuery } from './queries';

type Delivery = Schemas['DeliveryDocument'];

const MEANINGS: Record<number, string> = {
  204: 'taken: all of it was kept for good',
  400: 'refused: it was no delivery of events',
  401: 'refused: the secret was missing or wrong',
  408: 'refused: its body did not come in time',
  413: 'refused: it was too large',
  429: 'put off: too much at a time',
  499: 'the caller hung up before it was answered',
  503: 'put off: it could not be kept in time, so Okta tries once more',
};

const COLUMNS: Column<Delivery>[] = [
  { id: 'at', head: 'When', names: true, cell: (it) => <Time value={it.at} exact /> },
  {
    id: 'answer',
    head: 'Answer',
    cell: (it) => (
      <>
        <Chip tone={it.status < 300 ? 'good' : it.status >= 500 ? 'medium' : 'high'}>{it.status}</Chip>{' '}
        <span className="sub">{MEANINGS[it.status] ?? 'refused'}</span>
      </>
    ),
  },
  { id: 'events', head: 'Events', align: 'right', cell: (it) => it.events ?? '–' },
  {
    id: 'took',
    head: 'Took',
    align: 'right',
    order: (a, b) => a.milliseconds - b.milliseconds,
    cell: (it) => milliseconds(it.milliseconds),
  },
];

export function Deliveries({ integration }: { integration: Integration }) {
  const query = useWatched(deliveriesQuery(integration.id), deletionKey(integration.id));
  return (
    <Loaded query={query} what="the deliveries">
      {({ deliveries }) =>
        deliveries.length === 0 ? (
          <Empty title="Nothing was delivered yet">
            Okta delivers within seconds of an event; a new hook takes some minutes. Send a test on the overview to see
            whether the hook is reached.
          </Empty>
        ) : (
          <div className="stack">
            <p className="muted">
              The last {deliveries.length} deliveries, newest first. Okta gives up after 3 seconds and tries once more.
            </p>
            <Table
              caption="Deliveries"
              columns={COLUMNS}
              rows={deliveries}
              rowKey={(it) => `${it.at} ${deliveries.indexOf(it)}`}
            />
          </div>
        )
      }
    </Loaded>
  );
}
