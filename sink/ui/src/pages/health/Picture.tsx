// The pipeline as a picture: what flows, how fast, how late, and where it does not.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { Sparkline } from '../../parts/Sparkline';
import { integrationsQuery } from '../integrations/queries';
import { type Pipeline, type Service, type Stage, type Store } from './queries';
import { StateMark } from './StateMark';
import { type State, behind, lastHour, many, perSecond, size, stageOf, titleOf, took, worst } from './words';

export function Picture({ pipeline }: { pipeline: Pipeline }) {
  const events = stageOf(pipeline, 'okta_events');
  const detections = stageOf(pipeline, 'runtime_events');
  const lag = (stage: string) => stageOf(pipeline, stage)?.lag_records ?? null;
  const isKept = pipeline.services.sink === undefined || stageOf(pipeline, 'activity') !== undefined;
  return (
    <section className="panel health-picture" aria-label="The pipeline" data-forks={isKept || undefined}>
      <Okta />
      <Pipe area="in" rate={events?.rate} />
      <Box pipeline={pipeline} area="ingest" service="ingest" stage="okta_events" parts={['hooks', 'system_log']} />
      <Pipe area="events" rate={events?.rate} topic="okta.events" waiting={lag('detector')} forks={isKept} />
      <Box pipeline={pipeline} area="detector" service="detector" stage="detector" parts={['rules', 'runtime_events']} />
      <Pipe area="detections" rate={detections?.rate} topic="okta.runtime-events" waiting={lag('sink')} />
      <Box pipeline={pipeline} area="sink" service="sink" stage="sink" parts={['queries']} />
      <Pipe area="out" rate={stageOf(pipeline, 'sink')?.rate} />
      <Kept area="feed" title="Feed" to="/feed" of={['detection', 'detections']} store={pipeline.stores.find((it) => it.name === 'feed')} />
      {isKept ? (
        <>
          <Pipe area="through" rate={events?.rate} told="All events, detected or not" />
          <Box pipeline={pipeline} area="activity" service="sink" stage="activity" parts={[]} />
          <Pipe area="aside" rate={stageOf(pipeline, 'activity')?.rate} />
          <Kept area="kept" title="Activity" to="/activity" of={['event', 'events']} store={pipeline.stores.find((it) => it.name === 'activity')} />
        </>
      ) : null}
    </section>
  );
}

/** Where everything comes from. */
function Okta() {
  const { data } = useQuery(integrationsQuery);
  const orgs = data?.integrations ?? [];
  const wrong = orgs.filter((it) => it.status.state === 'error' || it.status.state === 'warning').length;
  const words = orgs.length === 1 ? '1 org' : `${orgs.length} orgs`;
  return (
    <div className="health-end" style={{ gridArea: 'okta' }}>
      <h2>Okta</h2>
      {data === undefined ? (
        <span className="muted">…</span>
      ) : (
        <Link to={orgs.length === 0 ? '/integrations/new' : '/integrations'}>{orgs.length === 0 ? 'Connect an org' : words}</Link>
      )}
      {wrong > 0 ? <span className="health-wrong">{wrong} to look at</span> : null}
    </div>
  );
}

/** Where it ends up. */
function Kept(props: { area: string; title: string; to: string; of: [string, string]; store: Store | undefined }) {
  const { area, title, to, of, store } = props;
  return (
    <div className="health-end" style={{ gridArea: area }}>
      <h2>
        <Link to={to}>{title}</Link>
      </h2>
      <span>
        {store?.rows == null ? '–' : many(store.rows)} <span className="muted">{of[store?.rows === 1 ? 0 : 1]}</span>
      </span>
      <span className="muted">{store?.bytes == null ? '–' : size(store.bytes)}</span>
    </div>
  );
}

interface PipeProps {
  area: string;
  rate: number | undefined;
  topic?: string;
  /** Records that are yet to be read. */
  waiting?: number | null;
  told?: string;
  /** Whether it leads on to two. */
  forks?: boolean;
}

/** How fast it looks: few steps, so that it does not change all the time. */
function pace(rate: number | undefined): string {
  return !rate ? 'none' : rate < 1 ? 'slow' : rate < 50 ? 'steady' : 'fast';
}

function Pipe({ area, rate, topic, waiting, told, forks = false }: PipeProps) {
  return (
    <div className="health-pipe" style={{ gridArea: area }} data-pace={pace(rate)} data-forks={forks || undefined}>
      {topic ? (
        <span className="health-topic">
          <code>{topic}</code>
          <span className="muted">{waiting === null || waiting === undefined ? '–' : `${many(waiting)} waiting`}</span>
        </span>
      ) : null}
      {told ? <span className="health-topic muted">{told}</span> : null}
      <span className="health-line" aria-hidden="true" />
    </div>
  );
}

interface BoxProps {
  pipeline: Pipeline;
  area: string;
  service: Service;
  /** The stage whose figures are shown. */
  stage: string;
  /** Further stages of it. */
  parts: readonly string[];
}

function Box({ pipeline, area, service, stage: name, parts }: BoxProps) {
  const stage = stageOf(pipeline, name);
  const further = parts.map((part) => [part, stageOf(pipeline, part)] as const);
  const isThere = pipeline.services[service] !== undefined;
  const states = [stage, ...further.map(([, it]) => it)].map((it): State => it?.state ?? (isThere ? 'ok' : 'unknown'));
  return (
    <section className="health-box" style={{ gridArea: area }} data-state={worst(states)} aria-label={titleOf(name)}>
      <div className="spread">
        <h2>{titleOf(name)}</h2>
        <StateMark state={worst(states)} />
      </div>
      <dl>
        <Figure name="Rate">{stage ? `${perSecond(stage.rate)} /s` : '–'}</Figure>
        <Figure name="p95">{took(stage?.p95_seconds ?? null)}</Figure>
        {name === 'okta_events' ? (
          <Figure name="p50">{took(stage?.p50_seconds ?? null)}</Figure>
        ) : (
          <Figure name="Behind">{behind(stage?.lag_seconds ?? null)}</Figure>
        )}
        <Figure name="Errors, 5 min" isBad={(stage?.errors_recent ?? 0) > 0}>
          {stage ? many(stage.errors_recent) : '–'}
        </Figure>
      </dl>
      <Sparkline values={stage ? lastHour(stage) : []} label={`Records a second of ${titleOf(name)}, last hour`} />
      <ul>
        {further.map(([part, it]) => (
          <li key={part} data-state={it?.state ?? (isThere ? 'ok' : 'unknown')}>
            <span>{titleOf(part)}</span>
            <span className="muted">{it ? inShort(it) : '–'}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figure({ name, isBad = false, children }: { name: string; isBad?: boolean; children: ReactNode }) {
  return (
    <div data-bad={isBad || undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The one figure of a part that matters most. */
function inShort(stage: Stage): string {
  switch (stage.name) {
    case 'rules':
      return stage.state === 'ok' ? 'loaded' : 'see below';
    case 'system_log':
      return stage.lag_seconds === null ? 'not read' : `${behind(stage.lag_seconds)} behind`;
    case 'queries':
      return `p95 ${took(stage.p95_seconds)}`;
    default:
      return `${perSecond(stage.rate)} /s`;
  }
}
