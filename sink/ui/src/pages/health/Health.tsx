// How the pipeline is: each stage, what is kept, what judges, which versions run.
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

import './health.css';
import { Loading, ErrorNotice } from '../../parts/Notice';
import { Page, Panel } from '../../parts/Page';
import { Time } from '../../parts/Time';
import { Picture } from './Picture';
import { type Pipeline, pipelineQuery } from './queries';
import { Rules } from './Rules';
import { Services } from './Services';
import { Stages } from './Stages';
import { StateMark } from './StateMark';
import { Storage } from './Storage';
import { HealthTabs } from './HealthTabs';
import { Troubles, stateOf, troublesOf } from './Troubles';

/** Where it stands what to do. */
const TODO = 'what-to-do';

export function Component() {
  const query = useQuery(pipelineQuery);
  const { data } = query;
  return (
    <Page title="Health" lead="Where events are on their way from Okta to the feed, and what to do when one gets stuck.">
      <HealthTabs />
      <Told query={query} />
      {data ? <Parts pipeline={data} /> : query.error ? null : <Loading what="how the pipeline is" lines={12} />}
    </Page>
  );
}

/** One line, as high whatever it says: nothing below it moves. */
function Told({ query }: { query: UseQueryResult<Pipeline> }) {
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) {
    return error ? <ErrorNotice error={error} retry={() => void query.refetch()} /> : null;
  }
  const troubles = troublesOf(data).length;
  const words = error
    ? 'Nightlatch does not answer. What stands here is old; it is asked again every few seconds.'
    : troubles === 0
      ? 'All of it works.'
      : troubles === 1
        ? 'One thing needs a look.'
        : `${troubles} things need a look.`;
  return (
    <p className="health-told">
      <StateMark state={error ? 'unknown' : stateOf(data)} />
      <span role="status">{words}</span>
      {troubles > 0 && !error ? <a href={`#${TODO}`}>What to do</a> : null}
      <span className="muted health-when">
        Seen <Time value={new Date(dataUpdatedAt).toISOString()} />
      </span>
    </p>
  );
}

function Parts({ pipeline }: { pipeline: Pipeline }) {
  return (
    <div className="stack health-parts">
      <Picture pipeline={pipeline} />
      <div id={TODO} tabIndex={-1}>
        <Panel title="What to do">
          <Troubles pipeline={pipeline} />
        </Panel>
      </div>
      <Stages pipeline={pipeline} />
      <div className="panels">
        <Panel title="Storage">
          <Storage stores={pipeline.stores} />
        </Panel>
        <div className="stack health-parts">
          <Panel title="Rules">
            <Rules pipeline={pipeline} />
          </Panel>
          <Panel title="Services">
            <Services pipeline={pipeline} />
          </Panel>
        </div>
      </div>
    </div>
  );
}
