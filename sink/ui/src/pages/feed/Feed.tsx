// The event feed: what the rules have detected, newest first, live.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { Outlet, useLocation, useNavigate, useParams } from 'react-router';

import './feed.css';
import type { RuntimeEvent } from '../../api/live';
import { ApiProblem } from '../../api/problem';
import type { Tone } from '../../parts/Chip';
import { Facets } from '../../parts/Facets';
import { FilterChips } from '../../parts/FilterChips';
import { Histogram } from '../../parts/Histogram';
import { ErrorNotice } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { SearchBox } from '../../parts/SearchBox';
import { TimeRange } from '../../parts/TimeRange';
import { useToast } from '../../parts/Toasts';
import { type Filter, useFilter } from '../../parts/filter';
import { useView } from '../../parts/view';
import { author } from '../../shell/author';
import { Export } from './Export';
import { Groups, GroupSwitch } from './Groups';
import { List } from './List';
import { type Asked, TriageDialog, events, needsWords, useTriage } from './TriageDialog';
import { FIELDS, NAMES, PARAMETERS, episodeIds, facetsQuery, histogramQuery } from './queries';
import { useRows } from './rows';

export const SEVERITIES: readonly [string, Tone][] = [
  ['High', 'high'],
  ['Medium', 'medium'],
  ['Low', 'low'],
  ['Info', 'info'],
];
/** From the bottom up. */
const STACK = [...SEVERITIES].reverse();
/** Severity has buttons of its own, above. */
const FACETS = NAMES.filter(([name]) => name !== 'severity');

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
  const { rows, waiting, show, query } = useRows(filter.parameters(), isCollapsed, isHeld);
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
    void navigate({ pathname: `/feed/${event.id}`, search }, { preventScrollReset: true });
  };
  useKeys({ rows, id, current, setCurrent, marked, setMarked, open, ask });
  const error = query.error instanceof ApiProblem && query.error.members['parameter'] === 'q' ? undefined : query.error;
  return (
    <Page title="Event feed" wide>
      <div className="feed-tools">
        <SearchBox
          label="Search the feed"
          value={filter.q}
          onSearch={(q) => filter.change({ q })}
          error={query.error}
          fields={FIELDS}
        />
        <TimeRange filter={filter} />
        <GroupSwitch by={by} onChange={setBy} />
        <Export filter={filter} />
      </div>
      <Severities filter={filter} />
      <FilterChips filter={filter} names={NAMES} />
      <Times filter={filter} />
      <div className="feed">
        <Sides filter={filter} />
        <div className="feed-list">
          {error ? <ErrorNotice error={error} retry={() => void query.refetch()} /> : null}
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
  const counts = data?.facets['severity'] ?? [];
  const chosen = filter.values('severity');
  return (
    <div className="feed-severities" role="group" aria-label="Severity">
      {SEVERITIES.map(([name, tone]) => (
        <button
          key={name}
          type="button"
          className="feed-severity"
          data-tone={tone}
          aria-pressed={chosen.includes(name)}
          onClick={() => filter.toggle('severity', name)}
        >
          {name} <b>{(counts.find(({ value }) => value === name)?.count ?? 0).toLocaleString('en')}</b>
        </button>
      ))}
    </div>
  );
}

function Sides({ filter }: { filter: Filter }) {
  const { data } = useQuery(facetsQuery(filter.parameters()));
  const facets = <Facets filter={filter} facets={data?.facets ?? {}} names={FACETS} />;
  return (
    <aside aria-label="Filter by value">
      <div className="feed-facets-wide">{facets}</div>
      <details className="feed-facets-small">
        <summary>Filter by value</summary>
        {facets}
      </details>
    </aside>
  );
}

interface Keys {
  rows: RuntimeEvent[];
  /** The event that the drawer shows. */
  id: string | undefined;
  current: string | undefined;
  setCurrent: (id: string) => void;
  marked: ReadonlyMap<string, RuntimeEvent>;
  setMarked: (marked: ReadonlyMap<string, RuntimeEvent>) => void;
  open: (event: RuntimeEvent) => void;
  ask: FeedContext['ask'];
}

/** `j` and `k` walk, Enter opens, `x` marks, `a` acknowledges, `r` resolves, `e` exports. */
function useKeys({ rows, id, current, setCurrent, marked, setMarked, open, ask }: Keys) {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const isText = target?.closest('input:not([type=checkbox]), textarea, select, [role=slider], [role=menu]');
    const dialogs = document.querySelectorAll('dialog[open]').length;
    if (isText || event.ctrlKey || event.metaKey || event.altKey || dialogs > (id === undefined ? 0 : 1)) {
      return;
    }
    const at = rows.findIndex((row) => row.id === (id ?? current));
    const row = rows[at];
    const step = { j: 1, k: -1 }[event.key];
    const next = step === undefined ? undefined : rows[at + step];
    const chosen = id === undefined && marked.size > 0 ? [...marked.values()] : row ? [row] : [];
    const deed = ({ a: 'acknowledge', r: 'resolve' } as const)[event.key];
    if (next) {
      event.preventDefault();
      setCurrent(next.id);
      if (id !== undefined) {
        open(next);
      }
    } else if (event.key === 'Enter' && row && id === undefined && !target?.closest('a, button')) {
      open(row);
    } else if (event.key === 'Escape' && id === undefined) {
      setMarked(new Map());
    } else if (event.key === 'x' && row && id === undefined) {
      const after = new Map(marked);
      setMarked(after.delete(row.id) ? after : after.set(row.id, row));
    } else if (event.key === 'e' && id === undefined) {
      document.querySelector<HTMLElement>('[data-export] button')?.click();
    } else if (deed !== undefined && chosen.length > 0) {
      event.preventDefault();
      ask(deed, chosen);
    }
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
