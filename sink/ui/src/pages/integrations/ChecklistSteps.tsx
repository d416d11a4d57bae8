// The checklist of a connection, step by step, with what to do about a step that failed.
import { Icon } from '../../parts/Icon';
import { ErrorNotice } from '../../parts/Notice';
import { milliseconds } from '../../parts/Time';
import { type Checklist, type Report, STEPS } from './checklist';

const WORDS: Record<Report['state'], string> = {
  running: 'in work',
  passed: 'passed',
  warning: 'warning',
  failed: 'failed',
  skipped: 'skipped',
  waiting: 'waiting',
};

export function ChecklistSteps({ checklist }: { checklist: Checklist }) {
  return (
    <>
      <ol className="integrations-steps" aria-busy={checklist.isRunning}>
        {STEPS.map(([step, title]) => (
          <StepRow key={step} title={title} report={checklist.reports[step]} />
        ))}
      </ol>
      <p className="visually-hidden" role="status">
        {verdict(checklist)}
      </p>
      {checklist.error ? <ErrorNotice error={checklist.error} /> : null}
    </>
  );
}

function StepRow({ title, report }: { title: string; report: Report | undefined }) {
  const state = report?.state;
  const isTrouble = state === 'failed' || state === 'warning' || state === 'waiting';
  return (
    <li data-state={state ?? 'open'}>
      <span className="integrations-mark" aria-hidden="true">
        {state === 'passed' ? <Icon name="check" /> : state === 'failed' ? <Icon name="close" /> : null}
      </span>
      <div>
        <div className="spread">
          <span className="integrations-step">
            {title}
            <span className="visually-hidden">: {state ? WORDS[state] : 'not begun'}</span>
          </span>
          <span className="muted nowrap">
            {state === 'skipped' ? 'skipped' : null}
            {state === 'running' ? 'in work…' : null}
            {report?.milliseconds != null && state !== 'skipped' ? milliseconds(report.milliseconds) : null}
          </span>
        </div>
        {report?.sentence ? (
          <p className={isTrouble ? 'wrap-anywhere' : 'muted wrap-anywhere'}>{report.sentence}</p>
        ) : null}
        {report?.remedy ? (
          <p className="integrations-remedy wrap-anywhere">
            <strong>What to do:</strong> {report.remedy}
          </p>
        ) : null}
        {report?.code ? (
          <p className="muted wrap-anywhere">
            Okta&apos;s code: <code>{report.code}</code>
            {report.error_id ? (
              <>
                , id <code>{report.error_id}</code>
              </>
            ) : null}
          </p>
        ) : null}
      </div>
    </li>
  );
}

function verdict({ isRunning, passed }: Checklist): string {
  if (isRunning) {
    return 'The connection is being validated.';
  }
  return passed === undefined ? '' : passed ? 'No step failed.' : 'A step failed.';
}
