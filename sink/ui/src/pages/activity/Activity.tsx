// The activity: all of Okta's events, newest first, live.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, Outlet, useLocation, useNavigate, useParams } from 'react-router';

import type { ActivityEvent } from '../../api/live';
import { ApiProblem } from '../../api/problem';
import type { Tone } from '../../parts/Chip';
import { eventPath } from '../../parts/EventDrawer';
import { EventList, Nothing, useExactTimes } from '../../parts/EventList';
import { Export } from '../../parts/Export';
import { FacetsAside } from '../../parts/Facets';
import { FilterChips } from '../../parts/FilterChips';
import { Histogram } from '../../parts/Histogram';
import { Empty, ErrorNotice } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { SearchBox } from '../../parts/SearchBox';
import { TimeRange } from '../../parts/TimeRange';
import { Toggles } from '../../parts/Toggles';
import { Views } from '../../parts/Views';
import { type Filter, useFilter } from '../../parts/filter';
import { useListKeys } from '../../parts/keys';
import { columns } from './columns';
import { byOutcome, outcomeTone, outcomeWord } from './outcome';
import { FIELDS, NAMES, PARAMETERS, facetsQuery, histogramQuery } from './queries';
import { useRows } from './rows';

/** Outcomes have buttons of their own, above. */
const FACETS = NAMES.filter(([name]) => name !== 'outcome');
const EXAMPLES: [string, string][] = [
  ['user:ann@acme.com', 'what somebody did, and what was done to them'],
  ['severity:WARN', 'one of Okta’s severities: DEBUG, INFO, WARN, ERROR'],
];

/** What the drawer is told by the list. */
export interface ActivityContext {
  filter: Filter;
  rows: ActivityEvent[];
}

export function Component() {
  const filter = useFilter(PARAMETERS);
  const { id } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const [isExact] = useExactTimes();
  const [current, setCurrent] = useState<string>();
  const { rows, waiting, show, readAnew, query } = useRows(filter.parameters(), id !== undefined);
  const open = (event: ActivityEvent) => {
    setCurrent(event.uuid);
    void navigate({ pathname: eventPath('/activity', event.uuid), search }, { preventScrollReset: true });
  };
  useListKeys({ rows, idOf: (row) => row.uuid, id, current, setCurrent, open });
  const heads = useMemo(() => columns(search, isExact), [search, isExact]);
  const error = query.error instanceof ApiProblem && query.error.members['parameter'] === 'q' ? undefined : query.error;
  return (
    <Page title="Activity" wide>
      <div className="events-tools">
        <SearchBox
          label="Search the activity"
          value={filter.q}
          onSearch={(q) => filter.change({ q })}
          error={query.error}
          fields={FIELDS}
          examples={EXAMPLES}
        />
        <TimeRange filter={filter} />
        <Views page="activity" />
        <Export filter={filter} address="/api/v1/activity/export" file="okta-activity" />
      </div>
      <Outcomes filter={filter} />
      <FilterChips filter={filter} names={NAMES} />
      <Times filter={filter} />
      <div className="events">
        <Sides filter={filter} />
        <div className="events-list">
          {error ? <ErrorNotice error={error} retry={readAnew} /> : null}
          <EventList
            caption="Okta's events, newest first"
            columns={heads}
            rows={rows}
            idOf={(row) => row.uuid}
            query={query}
            waiting={waiting}
            onShow={show}
            current={id ?? current}
            onOpen={open}
            nothing={
              <Nothing filter={filter} names={NAMES}>
                <Empty
                  title="Nothing has happened yet"
                  action={
                    <Link className="button" to="/integrations">
                      Look at the integrations
                    </Link>
                  }
                >
                  All events of your Okta orgs show here as they arrive. See that an org is connected.
                </Empty>
              </Nothing>
            }
          />
        </div>
      </div>
      <Outlet context={{ filter, rows } satisfies ActivityContext} />
    </Page>
  );
}

/** A button for each outcome that there is, with how many events there would be: the histogram's legend. */
function Outcomes({ filter }: { filter: Filter }) {
  const { data } = useQuery(facetsQuery(filter.parameters('outcome')));
  const counts = data?.facets['outcome'] ?? [];
  const found = new Set([...counts.map(({ value }) => value), ...filter.values('outcome')]);
  const values = [...found]
    .sort(byOutcome)
    .map((value) => ({ value, word: outcomeWord(value), tone: outcomeTone(value) }));
  return <Toggles filter={filter} name="outcome" title="Outcome" values={values} counts={counts} />;
}

function Times({ filter }: { filter: Filter }) {
  const { data } = useQuery(histogramQuery(filter.parameters()));
  if (data === undefined) {
    return <div className="histogram-frame" />;
  }
  const outcomes = new Set(data.buckets.flatMap(({ counts }) => Object.keys(counts)));
  const stack = [...outcomes].sort(byOutcome).map((name): [string, Tone] => [name, outcomeTone(name)]);
  return <Histogram data={data} stack={stack} what="events" onChoose={(from, to) => filter.change({ from, to })} />;
}

function Sides({ filter }: { filter: Filter }) {
  const { data } = useQuery(facetsQuery(filter.parameters()));
  return (
    <FacetsAside filter={filter} facets={data?.facets ?? {}} names={FACETS}>
      {data?.is_complete === false ? (
        <p className="muted">Of the newest {data.counted.toLocaleString('en')} events.</p>
      ) : null}
    </FacetsAside>
  );
}
