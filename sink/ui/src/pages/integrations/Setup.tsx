// The end of the way through the wizard: the checklist, Complete, the first event.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useParams } from 'react-router';

import './integrations.css';
import { answered, api } from '../../api/client';
import { StateChip } from '../../parts/Chip';
import { ErrorNotice, Loaded, Notice } from '../../parts/Notice';
import { Page, Panel } from '../../parts/Page';
import { Time } from '../../parts/Time';
import { isolated } from '../../parts/foreign';
import { ChecklistSteps } from './ChecklistSteps';
import { RotateDialog } from './RotateDialog';
import { TestRun } from './TestRun';
import { type Checklist, type Report, useChecklist } from './checklist';
import { type Integration, integrationQuery } from './queries';

export function Component() {
  const { id = '' } = useParams();
  const query = useQuery(integrationQuery(id));
  const integration = query.data;
  return (
    <Page
      title={integration ? `Set up ${isolated(integration.name)}` : 'Set up'}
      trail={[['Integrations', '/integrations']]}
      lead={integration ? <span className="foreign">{integration.domain}</span> : undefined}
      beside={integration ? <StateChip state={integration.status.state} /> : undefined}
    >
      <Loaded query={query} what="the integration">
        {(found) => <Wizard integration={found} />}
      </Loaded>
    </Page>
  );
}

function Wizard({ integration }: { integration: Integration }) {
  const { id } = integration;
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: ['integrations'] });
  const [checklist, validate] = useChecklist(id, refresh);
  const [isCorrecting, setCorrecting] = useState(false);
  const complete = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/integrations/{id}/complete', { params: { path: { id } } })),
    onSuccess: refresh,
  });
  useEffect(validate, [validate]);
  const isCompleted = integration.completed != null;
  const isRefused = checklist.reports.token?.state === 'failed' || checklist.reports.scopes?.state === 'failed';
  return (
    <div className="integrations-setup">
      <section className="panel">
        <header>
          <h2>Validate the connection</h2>
          <div className="row">
            {isRefused ? (
              <button type="button" className="button" data-size="small" onClick={() => setCorrecting(true)}>
                Correct the credentials
              </button>
            ) : null}
            <button
              type="button"
              className="button"
              data-size="small"
              disabled={checklist.isRunning}
              onClick={validate}
            >
              {checklist.isRunning ? 'Validating…' : 'Validate again'}
            </button>
          </div>
        </header>
        <ChecklistSteps checklist={withFirstEvent(checklist, integration)} />
      </section>
      {complete.error ? <ErrorNotice error={complete.error} /> : null}
      {isCompleted ? (
        <FirstEvent integration={integration} />
      ) : (
        <div className="row">
          <button
            type="button"
            className="button"
            data-kind="primary"
            disabled={checklist.passed !== true || complete.isPending}
            onClick={() => complete.mutate()}
          >
            Complete
          </button>
          <span className="muted">
            {checklist.passed === false
              ? 'A step failed: do what it says, then validate again.'
              : 'Ends the set-up, once no step has failed.'}
          </span>
        </div>
      )}
      {isCorrecting ? (
        <RotateDialog
          integration={integration}
          title="Correct the credentials"
          onDone={() => {
            setCorrecting(false);
            refresh();
            validate();
          }}
          onClose={() => setCorrecting(false)}
        />
      ) : null}
    </div>
  );
}

const DAY_MS = 86_400_000;

/** When the hook delivered last, where that shows that it delivers now: for a day, as in the checklist. */
function delivered(integration: Integration): string | undefined {
  const last = integration.hook?.last_delivery;
  return last != null && Date.now() - Date.parse(last) < DAY_MS ? last : undefined;
}

/** The checklist does not wait for the first event; when the hook has brought it since, the step has passed. */
function withFirstEvent(checklist: Checklist, integration: Integration): Checklist {
  const { first_event: report } = checklist.reports;
  if (report?.state !== 'waiting' || delivered(integration) === undefined) {
    return checklist;
  }
  const passed: Report = { step: 'first_event', state: 'passed', milliseconds: null };
  return { ...checklist, reports: { ...checklist.reports, first_event: passed } };
}

/** The first event is awaited; whoever does not want to wait sends a test. */
function FirstEvent({ integration }: { integration: Integration }) {
  const last = delivered(integration);
  return (
    <Panel title={last === undefined ? 'Waiting for the first event' : 'Events come in'}>
      <div className="stack">
        {last === undefined ? (
          <p>
            A new hook takes a few minutes to deliver. Sign in to the org to cause an event; this page shows it as soon
            as the hook brings it.
          </p>
        ) : (
          <Notice
            tone="good"
            urgent
            what={
              <>
                The hook delivered last <Time value={last} />.
              </>
            }
          />
        )}
        <TestRun id={integration.id} />
        <div className="row">
          <Link className="button" data-kind="primary" to={`/integrations/${encodeURIComponent(integration.id)}`}>
            Show the integration
          </Link>
        </div>
      </div>
    </Panel>
  );
}
