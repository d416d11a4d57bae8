// A test that goes the way of Okta's deliveries, and how long each stage took.
import { useMutation } from '@tanstack/react-query';

import { answered, api } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { ErrorNotice, Notice } from '../../parts/Notice';
import { milliseconds } from '../../parts/Time';

/** How long the test may need from the hook to the feed. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

interface Stages {
  /** Milliseconds after the posting. */
  reached: [string, number][];
  event: string;
}

async function sendTest(id: string): Promise<Stages> {
  const began = performance.now();
  const test = await answered(api.POST('/api/v1/integrations/{id}/test', { params: { path: { id } } }));
  const posted = Date.parse(test.posted_at);
  const after = (time: string) => Math.max(0, Date.parse(time) - posted);
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    // By its uuid: a list is empty until it is there, which is no error.
    const query = { q: `"${test.event}"`, integration: [id], limit: 1 };
    const { events } = await answered(api.GET('/api/v1/events', { params: { query } }));
    const found = events.find((event) => event.id === test.runtime_event);
    if (found) {
      const shown = performance.now() - began;
      return {
        event: found.id,
        reached: [
          ['Received by the hook', after(found.received_at)],
          ['Kept for good', test.answered_ms],
          ['Judged by the rules', after(found.detected_at)],
          ['In the feed', Math.max(shown, after(found.detected_at))],
        ],
      };
    }
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
  }
  throw new ApiProblem(0, {
    sentence: `The test is kept, and has not come out in the feed within ${PATIENCE_MS / 1000} s.`,
    remedy:
      'See that the policy okta-connection is on, and what /readyz?verbose of the detector and the sink says: one of them does not run, or is behind.',
  });
}

/** A button that sends a test, and what became of it. */
export function TestRun({ id }: { id: string }) {
  const test = useMutation({ mutationFn: () => sendTest(id) });
  return (
    <div className="stack">
      <div className="row">
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'On its way…' : test.data ? 'Send another test' : 'Send test'}
        </button>
        <span className="muted">It goes through the hook&apos;s public address to the feed, as Okta&apos;s events do.</span>
      </div>
      {test.error ? <ErrorNotice error={test.error} /> : null}
      {test.data && !test.isPending ? <Result stages={test.data} /> : null}
    </div>
  );
}

function Result({ stages }: { stages: Stages }) {
  const last = Math.max(1, ...stages.reached.map(([, at]) => at));
  return (
    <Notice
      tone="good"
      urgent
      what={`The test came through in ${milliseconds(last)}.`}
      below={
        <ol className="integrations-stages" aria-label="Stages, in milliseconds after the posting">
          {stages.reached.map(([name, at]) => (
            <li key={name}>
              <span>{name}</span>
              <span className="track" aria-hidden="true">
                <span style={{ width: `${Math.max(2, (at / last) * 100)}%` }} />
              </span>
              <span className="took">{milliseconds(at)}</span>
            </li>
          ))}
        </ol>
      }
    />
  );
}
