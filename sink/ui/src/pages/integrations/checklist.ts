// Going through the checklist of a connection, which the server tells step by step.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { useCallback, useEffect, useRef, useState } from 'react';

import type { Schemas } from '../../api/client';
import { ApiProblem, unreachable } from '../../api/problem';
import { author } from '../../shell/author';

export type Report = Schemas['Report'];
export type Step = Schemas['Step'];

/** The steps in their order, and what each means. */
export const STEPS: [Step, string][] = [
  ['address', 'The address leads to the org'],
  ['tls', 'The connection is safe'],
  ['token', 'Okta takes the credentials'],
  ['scopes', 'The scopes that are needed are granted'],
  ['hook_limit', 'The org has room for an event hook'],
  ['hook_created', 'The event hook is there'],
  ['hook_verified', 'Okta has verified the event hook'],
  ['system_log', 'The System Log can be read'],
  ['first_event', 'The hook has delivered an event'],
];

export interface Checklist {
  reports: Partial<Record<Step, Report>>;
  isRunning: boolean;
  /** Once it is through. */
  passed: boolean | undefined;
  error: ApiProblem | undefined;
}

const IDLE: Checklist = { reports: {}, isRunning: false, passed: undefined, error: undefined };

/** Goes through the steps; `tell` hears of each. */
async function run(id: string, signal: AbortSignal, tell: (name: string, data: unknown) => void): Promise<void> {
  const who = author();
  const answer = await fetch(`/api/v1/integrations/${encodeURIComponent(id)}/validate?wait=0s`, {
    method: 'POST',
    headers: who === '' ? {} : { 'Nightlatch-Author': who },
    signal,
  }).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (!answer.ok || answer.body === null) {
    throw ApiProblem.of(await answer.json().catch(() => undefined), answer.status);
  }
  const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    tell(value.event ?? '', JSON.parse(value.data));
  }
}

/** Returns the checklist as it stands, and what starts it anew. */
export function useChecklist(id: string, onDone: () => void): [Checklist, () => void] {
  const [state, setState] = useState(IDLE);
  const running = useRef<AbortController>(undefined);
  const done = useRef(onDone);
  useEffect(() => {
    done.current = onDone;
  });
  const start = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setState({ ...IDLE, isRunning: true });
    const tell = (name: string, data: unknown) => {
      if (name === 'step') {
        const report = data as Report;
        setState((now) => ({ ...now, reports: { ...now.reports, [report.step]: report } }));
      } else if (name === 'done') {
        setState((now) => ({ ...now, isRunning: false, passed: (data as { passed: boolean }).passed }));
        done.current();
      }
    };
    run(id, controller.signal, tell)
      .then(() => {
        // A stream that ends without its verdict was broken off.
        setState((now) => (now.isRunning ? { ...now, isRunning: false, error: brokenOff() } : now));
      })
      .catch((error: unknown) => {
        if (!controller.signal.aborted) {
          setState((now) => ({ ...now, isRunning: false, error: unreachable(error) }));
        }
      });
  }, [id]);
  useEffect(() => () => running.current?.abort(), []);
  return [state, start];
}

function brokenOff(): ApiProblem {
  return new ApiProblem(0, {
    sentence: 'The server broke the checklist off.',
    remedy: 'Validate again: it begins anew and makes nothing twice.',
  });
}
