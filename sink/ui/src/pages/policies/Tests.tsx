// The tests of rules, run, and how each went.
import { useMutation } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';
import { Chip } from '../../parts/Chip';
import { Empty, ErrorNotice, Notice } from '../../parts/Notice';
import { ReasonTree } from './ReasonTree';
import { TESTS_FILE, rulesFile, testsFile } from './validation';

type Case = Schemas['TestCase'];

interface TestsProps {
  text: string;
  tests: string;
  /** Only those of one rule are shown. */
  rule?: string;
  /** Goes to a line of the tests. */
  onGo?: (file: string, line: number, column: number) => void;
}

export function Tests({ text, tests, rule, onGo }: TestsProps) {
  const run = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/rules/test', { body: { files: [rulesFile(text)], tests: testsFile(tests) } })),
  });
  if (tests.trim() === '') {
    return (
      <Empty title="There are no tests yet">
        Try a rule on an event and add it as a test: one that matches, and one that nearly does.
      </Empty>
    );
  }
  const cases = (run.data?.cases ?? []).filter((it) => rule === undefined || it.rule === rule);
  const failed = cases.filter((it) => !it.passed);
  const errors = (run.data?.diagnostics ?? []).filter((it) => it.severity === 'error');
  return (
    <div className="stack">
      <div className="row">
        <button type="button" className="button" disabled={run.isPending} onClick={() => run.mutate()}>
          {run.isPending ? 'Running…' : 'Run tests'}
        </button>
        {run.data && errors.length === 0 ? (
          <span role="status">
            <Chip tone={failed.length === 0 ? 'good' : 'high'} dot>
              {failed.length === 0 ? `All ${cases.length} passed` : `${failed.length} of ${cases.length} failed`}
            </Chip>
          </span>
        ) : null}
      </div>
      {run.error ? <ErrorNotice error={run.error} /> : null}
      {errors.map((it, at) => (
        <Notice key={at} tone="high" what={`Line ${it.line}: ${it.message}`} todo={it.help ?? undefined} more={it.code} />
      ))}
      <ul className="policies-cases" aria-label="Tests">
        {[...failed, ...cases.filter((it) => it.passed)].map((it) => (
          <Outcome key={`${it.line} ${it.rule}`} outcome={it} onGo={onGo && (() => onGo(TESTS_FILE, it.line, it.column))} />
        ))}
      </ul>
      {rule === undefined ? <Untested lacks={run.data?.untested ?? []} /> : null}
    </div>
  );
}

function Outcome({ outcome, onGo }: { outcome: Case; onGo?: (() => void) | undefined }) {
  const { passed, name, rule, expected, message, explanation } = outcome;
  return (
    <li>
      <div className="row">
        <Chip tone={passed ? 'good' : 'high'}>{passed ? 'Passed' : 'Failed'}</Chip>
        <span className="foreign policies-strong">{name}</span>
        <span className="muted">
          <span className="foreign">{rule}</span> {expected ? 'should match' : 'should not match'}
        </span>
        {onGo && !passed ? (
          <button type="button" className="button" data-kind="plain" data-size="small" onClick={onGo}>
            Go to line {outcome.line}
          </button>
        ) : null}
      </div>
      {message ? <p className="foreign">{message}</p> : null}
      {explanation ? <ReasonTree reason={explanation.condition} /> : null}
    </li>
  );
}

function Untested({ lacks }: { lacks: readonly Schemas['Lack'][] }) {
  return lacks.length === 0 ? null : (
    <Notice tone="medium" what={lacks.length === 1 ? 'One rule lacks tests.' : `${lacks.length} rules lack tests.`}>
      <ul className="plain-list">
        {lacks.map((it, at) => (
          <li key={at}>
            <span className="foreign">{it.rule}</span>: {it.diagnostic.message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
