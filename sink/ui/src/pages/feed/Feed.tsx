// The event feed: what the rules have detected, newest first, live.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Outlet, useLocation, useNavigate, useParams } from 'react-router';

import './feed.css';
import type { RuntimeEvent } from '../../api/live';
import { ApiProblem } from '../../api/problem';
import type { Tone } from '../../parts/Chip';
import { eventPath } from '../../parts/EventDrawer';
import { Export } from '../../parts/Export';
import { FacetsAside } from '../../parts/Facets';
import { FilterChips } from '../../parts/FilterChips';
import { Histogram } from '../../parts/Histogram';
import { ErrorNotice } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { SearchBox } from '../../parts/SearchBox';
import { TimeRange } from '../../parts/TimeRange';
import { useToast } from '../../parts/Toasts';
import { Toggles } from '../../parts/Toggles';
import { Views } from '../../parts/Views';
import { type Filter, useFilter } from '../../parts/filter';
import { useListKeys } from '../../parts/keys';
import { useView } from '../../parts/view';
import { author } from '../../shell/author';
import { Groups, GroupSwitch } from './Groups';
import { List } from './List';
import { type Asked, TriageDialog, events, needsWords, useTriage } from './TriageDialog';
import { FIELDS, NAMES, PARAMETERS, episodeIds, facetsQuery, histogramQuery } from './queries';
import { useRows } from './rows';
import { dispositionWords } from './words';

const SEVERITIES: readonly [string, Tone][] = [
  ['High', 'high'],
  ['Medium', 'medium'],
  ['Low', 'low'],
  ['Info', 'info'],
];
/** From the bottom up. */
const STACK = [...SEVERITIES].reverse();
/** Severity has buttons of its own, above. */
const FACETS = NAMES.filter(([name]) => name !== 'severity');
const EXAMPLES: [string, string][] = [['severity>=medium', 'Medium and graver; >, <, <= and = as well']];

/** What the drawer is told by the list. */
export interface FeedContext {
  filter: Filter;
  rows: RuntimeEvent[];
  ask: (deed: Asked['deed'], rows: RuntimeEvent[]) => void;
}

export function Component() {
  const filter = useFilter(PARAMETERS);
  const { id } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const [by, setBy] = useView('by');
  const [repeats, setRepeats] = useView('repeats');
  const [marked, setMarked] = useState<ReadonlyMap<string, RuntimeEvent>>(new Map());
  const [current, setCurrent] = useState<string>();
  const [asked, setAsked] = useState<Asked>();
  const isCollapsed = repeats !== 'each';
  const isHeld = id !== undefined || marked.size > 0 || asked !== undefined;
  const { rows, waiting, show, readAnew, query } = useRows(filter.parameters(), isCollapsed, isHeld);
  const isDone = () => {
    setAsked(undefined);
    setMarked(new Map());
  };
  const act = useTriage(isDone);
  const toast = useToast();
  const ask: FeedContext['ask'] = (deed, chosen) => {
    const all = isCollapsed ? episodeIds(chosen) : Promise.resolve(chosen.map((row) => row.id));
    all.then(
      (ids) => {
        if (needsWords(deed) || author() === '') {
          setAsked({ deed, ids });
        } else {
          act.mutate({ deed, events: ids });
        }
      },
      (error: Error) => toast(error.message, 'high'),
    );
  };
  const open = (event: RuntimeEvent) => {
    setCurrent(event.id);
    void navigate({ pathname: eventPath('/feed', event.id), search }, { preventScrollReset: true });
  };
  const also = (key: string, row: RuntimeEvent | undefined) => {
    const chosen = id === undefined && marked.size > 0 ? [...marked.values()] : row ? [row] : [];
    const deed = ({ a: 'acknowledge', r: 'resolve' } as const)[key];
    if (deed !== undefined && chosen.length > 0) {
      ask(deed, chosen);
    } else if (key === 'Escape' && marked.size > 0) {
      setMarked(new Map());
    } else if (key === 'x' && row && id === undefined) {
      const after = new Map(marked);
      setMarked(after.delete(row.id) ? after : after.set(row.id, row));
    } else {
      return false;
    }
    return true;
  };
  useListKeys({ rows, idOf: (row) => row.id, id, current, setCurrent, open, also });
  const error = query.error instanceof ApiProblem && query.error.members['parameter'] === 'q' ? undefined : query.error;
  return (
    <Page title="Event feed" wide>
      <div className="events-tools">
        <SearchBox
          label="Search the feed"
          value={filter.q}
          onSearch={(q) => filter.change({ q })}
          error={query.error}
          fields={FIELDS}
          examples={EXAMPLES}
        />
        <TimeRange filter={filter} />
        <GroupSwitch by={by} onChange={setBy} />
        <Views page="feed" />
        <Export filter={filter} address="/api/v1/events/export" file="nightlatch-events" />
      </div>
      <Severities filter={filter} />
      <FilterChips filter={filter} names={NAMES} />
      <Times filter={filter} />
      <div className="events">
        <Sides filter={filter} />
        <div className="events-list feed-list">
          {error ? <ErrorNotice error={error} retry={readAnew} /> : null}
          {by === '' ? (
            <List
              filter={filter}
              rows={rows}
              query={query}
              waiting={waiting}
              onShow={show}
              isCollapsed={isCollapsed}
              onCollapse={(isOn) => setRepeats(isOn ? '' : 'each')}
              current={id ?? current}
              marked={marked}
              onMark={setMarked}
              onOpen={open}
            />
          ) : (
            <Groups filter={filter} by={by} />
          )}
        </div>
      </div>
      {marked.size > 0 ? (
        <div className="feed-marked" role="group" aria-label="What to do with the marked rows">
          <span>{events(marked.size).replace('event', 'row')} marked</span>
          {(['acknowledge', 'resolve', 'assign', 'reopen'] as const).map((deed) => (
            <button key={deed} type="button" className="button" onClick={() => ask(deed, [...marked.values()])}>
              {deed.charAt(0).toUpperCase() + deed.slice(1)}
            </button>
          ))}
          <button
            type="button"
            className="button"
            data-kind="plain"
            onClick={() => setMarked(new Map(rows.map((row) => [row.id, row])))}
          >
            Mark all {rows.length.toLocaleString('en')}
          </button>
          <button type="button" className="button" data-kind="plain" onClick={() => setMarked(new Map())}>
            Unmark
          </button>
        </div>
      ) : null}
      <Outlet context={{ filter, rows, ask } satisfies FeedContext} />
      {asked ? <TriageDialog asked={asked} onDone={isDone} onClose={() => setAsked(undefined)} /> : null}
    </Page>
  );
}

function Times({ filter }: { filter: Filter }) {
  const { data } = useQuery(histogramQuery(filter.parameters()));
  return data ? (
    <Histogram data={data} stack={STACK} what="events" onChoose={(from, to) => filter.change({ from, to })} />
  ) : (
    <div className="histogram-frame" />
  );
}

/** A button for each severity, with how many events there would be. */
function Severities({ filter }: { filter: Filter }) {
  const { data } = useQuery(facetsQuery(filter.parameters('severity')));
  const values = SEVERITIES.map(([name, tone]) => ({ value: name, word: name, tone }));
  return (
    <Toggles filter={filter} name="severity" title="Severity" values={values} counts={data?.facets['severity'] ?? []} />
  );
}

function Sides({ filter }: { filter: Filter }) {
  const { data } = useQuery(facetsQuery(filter.parameters()));
  const facets = data?.facets ?? {};
  const disposition = (facets['disposition'] ?? []).map((it) => ({ ...it, label: dispositionWords(it.value) }));
  return <FacetsAside filter={filter} facets={{ ...facets, disposition }} names={FACETS} />;
}
