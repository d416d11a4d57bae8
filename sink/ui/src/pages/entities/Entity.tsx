// The page of a user or an IP address: what is known of them, and one time line of what happened and what
// was detected.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';

import './entities.css';
import { SeverityChip } from '../../parts/Chip';
import { Fact } from '../../parts/Facts';
import { Empty, ErrorNotice, Loading } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { Time } from '../../parts/Time';
import { TimeRange } from '../../parts/TimeRange';
import { ALL_TIMES, type Filter, useFilter } from '../../parts/filter';
import { Around } from './Around';
import { Timeline } from './Timeline';
import { type Entity, type Summary, activitySearch, feedSearch, summaryQuery, timelineQuery } from './queries';

/** They are looked back at for longer than lists of what is new. */
const SPAN = '-30d';
const NONE: readonly string[] = [];

export function Component() {
  const { kind = '', value = '' } = useParams();
  const entity: Entity = { kind, value };
  const filter = useFilter(NONE, SPAN);
  const summary = useQuery(summaryQuery(entity, filter.parameters('q')));
  const timeline = useInfiniteQuery(timelineQuery(entity, filter.parameters('q')));
  const { data } = summary;
  const error = summary.error ?? timeline.error;
  const isNothing = data?.events === 0 && data.detections === 0;
  return (
    <Page
      title={data?.name ?? data?.login ?? value}
      trail={[['Activity', '/activity']]}
      lead={kind === 'ip' ? 'An IP address that clients came from.' : kind === 'user' ? 'A user of Okta.' : undefined}
      wide
      actions={
        <>
          <TimeRange filter={filter} />
          <Link className="button" to={`/feed?${feedSearch(entity, filter)}`}>
            In the feed
          </Link>
          <Link className="button" to={`/activity?${activitySearch(entity, filter)}`}>
            In the activity
          </Link>
        </>
      }
    >
      {error ? <ErrorNotice error={error} retry={() => void Promise.all([summary.refetch(), timeline.refetch()])} /> : null}
      {data === undefined ? (
        error ? null : <Loading what="what is known" lines={8} />
      ) : isNothing ? (
        <Nothing filter={filter} />
      ) : (
        <>
          <Head summary={data} />
          <div className="events entities">
            <Around entity={entity} summary={data} filter={filter} />
            <div className="events-list">
              <Timeline entity={entity} query={timeline} filter={filter} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  return (
    <Empty
      title="Nothing was seen"
      action={
        filter.from === ALL_TIMES ? undefined : (
          <button type="button" className="button" onClick={() => filter.change({ from: ALL_TIMES, to: [] })}>
            Look at all times
          </button>
        )
      }
    >
      No event that is kept tells of them in this time.
    </Empty>
  );
}

function Head({ summary }: { summary: Summary }) {
  const { login, id, value, kind, first_seen, last_seen, events, is_complete, detections, severities } = summary;
  return (
    <dl className="facts entities-head">
      <Fact name={kind === 'ip' ? 'Address' : 'Login'}>{login ?? value}</Fact>
      <Fact name="Okta id">{id}</Fact>
      <Fact name="Seen">
        {first_seen ? (
          <>
            <Time value={first_seen} exact /> to <Time value={last_seen} exact />
          </>
        ) : null}
      </Fact>
      <Fact name="Events">
        {is_complete ? events.toLocaleString('en') : `more than ${events.toLocaleString('en')}; told is of the newest`}
      </Fact>
      <Fact name="Detections">
        <span className="row">
          {detections.toLocaleString('en')}
          {severities.map(({ value: label, count }) => (
            <span key={label} className="nowrap">
              <SeverityChip label={label} /> {count.toLocaleString('en')}
            </span>
          ))}
        </span>
      </Fact>
    </dl>
  );
}
