// Rules and their tests are written, tried, tested and saved.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useBlocker, useParams } from 'react-router';

import './policies.css';
import { Dialog } from '../../parts/Dialog';
import { Icon } from '../../parts/Icon';
import { ErrorNotice, Loaded, Notice } from '../../parts/Notice';
import { Page, Panel } from '../../parts/Page';
import { useView } from '../../parts/view';
import { Code } from './Code';
import { names } from './item';
import { type Diagnostic, type Policy, policyPath, policyQuery, wordsQuery } from './queries';
import { SaveDialog } from './SaveDialog';
import { NEW_RULES, NEW_TESTS, testOf } from './template';
import { Tests } from './Tests';
import { Try } from './Try';
import { RULES_FILE, TESTS_FILE, useValidation } from './validation';

interface Draft {
  text: string;
  tests: string;
}

/** A policy from scratch. */
export function New() {
  return (
    <Page wide title="New policy" trail={[['Policies', '/policies']]} lead="Write rules, try them on events, and save them when they do what you want.">
      <Desk start={{ text: NEW_RULES, tests: NEW_TESTS }} />
    </Page>
  );
}

/** The rules of a policy; those of ours can be read and tried. */
export function Component() {
  const { id = '' } = useParams();
  // The draft is of what was read first; that somebody else has saved since is told when it is saved.
  const query = useQuery({ ...policyQuery(id), refetchInterval: false, refetchOnWindowFocus: false, staleTime: Infinity });
  const name = query.data?.name ?? id;
  return (
    <Page wide title={`Rules of ${name}`} trail={[['Policies', '/policies'], [name, policyPath(id)]]}>
      <Loaded query={query} what="the rules">
        {(policy) => <Desk key={policy.revision} policy={policy} start={{ text: policy.text, tests: policy.tests ?? '' }} />}
      </Loaded>
    </Page>
  );
}

function Desk({ policy, start }: { policy?: Policy; start: Draft }) {
  const [draft, setDraft] = useState(start);
  const [file, setFile] = useView('file', 'rules');
  const [tool, setTool] = useView('tool', 'try');
  const [rule, setRule] = useView('rule');
  const [goTo, setGoTo] = useState<{ line: number; column: number }>();
  const [isSaving, setSaving] = useState(false);
  const isOwn = policy === undefined || (policy.kind === 'custom' && !policy.read_only);
  const isChanged = draft.text !== start.text || draft.tests !== start.tests;
  const validation = useValidation(draft.text, draft.tests, isOwn ? 'custom' : 'managed');
  const { data: words } = useQuery(wordsQuery);
  const rules = validation.policy?.rules.map((it) => it.name) ?? names(draft.text, 'rule');
  const asked = rules.includes(rule) ? rule : (rules[0] ?? '');
  const isRules = file !== 'tests';
  const go = (where: string, line: number, column: number) => {
    setFile(where === TESTS_FILE ? 'tests' : 'rules');
    setGoTo({ line, column });
  };
  const addTest = (of: string, event: unknown, matches: boolean) => {
    setDraft((before) => ({ ...before, tests: testOf(before.tests, of, event, matches) }));
    setFile('tests');
  };
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <div className="policies-desk">
      <Leaving isChanged={isChanged && !isSaving} />
      <section className="panel policies-writing" aria-label="Files">
        <header>
          <Files isRules={isRules} onChoose={(chosen) => setFile(chosen)} />
          {isOwn ? (
            <button
              type="button"
              className="button"
              data-kind="primary"
              disabled={!validation.isOk || (policy !== undefined && !isChanged)}
              onClick={() => setSaving(true)}
            >
              Save…
            </button>
          ) : (
            <span className="muted">Only to be read: duplicate the policy, or write your own.</span>
          )}
        </header>
        {isRules ? (
          <Code
            key="rules"
            label="Rules"
            value={draft.text}
            onChange={isOwn ? (text) => change({ text }) : undefined}
            words={words && { ...words }}
            checked={validation.rules}
            goTo={goTo}
          />
        ) : (
          <Code
            key="tests"
            label="Tests"
            value={draft.tests}
            onChange={isOwn ? (tests) => change({ tests }) : undefined}
            words={words && { ...words, rules }}
            checked={validation.tests}
            goTo={goTo}
          />
        )}
        {validation.error ? <ErrorNotice error={validation.error} /> : null}
        <Findings diagnostics={validation.diagnostics} isCurrent={validation.isCurrent} onGo={go} />
      </section>
      <Panel title={<Tools chosen={tool} onChoose={setTool} />}>
        {tool === 'tests' ? (
          <Tests text={draft.text} tests={draft.tests} onGo={go} />
        ) : (
          <Try rules={rules} rule={asked} onRule={setRule} of={{ text: draft.text }} {...(isOwn ? { onTest: addTest } : {})} />
        )}
      </Panel>
      {isSaving ? <SaveDialog policy={policy} {...draft} onClose={() => setSaving(false)} /> : null}
    </div>
  );
}

function Files({ isRules, onChoose }: { isRules: boolean; onChoose: (file: string) => void }) {
  return (
    <div className="policies-kinds" role="group" aria-label="File">
      <button type="button" aria-pressed={isRules} onClick={() => onChoose('rules')}>
        Rules
      </button>
      <button type="button" aria-pressed={!isRules} onClick={() => onChoose('tests')}>
        Tests
      </button>
    </div>
  );
}

function Tools({ chosen, onChoose }: { chosen: string; onChoose: (tool: string) => void }) {
  return (
    <span className="policies-kinds" role="group" aria-label="Tool">
      <button type="button" aria-pressed={chosen !== 'tests'} onClick={() => onChoose('try')}>
        Try on an event
      </button>
      <button type="button" aria-pressed={chosen === 'tests'} onClick={() => onChoose('tests')}>
        Run tests
      </button>
    </span>
  );
}

interface FindingsProps {
  diagnostics: readonly Diagnostic[];
  isCurrent: boolean;
  onGo: (file: string, line: number, column: number) => void;
}

/** What is wrong, below the text: each leads to its place. */
function Findings({ diagnostics, isCurrent, onGo }: FindingsProps) {
  const errors = diagnostics.filter((it) => it.severity === 'error').length;
  const words = errors === 0 ? 'No errors' : errors === 1 ? '1 error' : `${errors} errors`;
  return (
    <div className="policies-findings">
      <p role="status" className="muted">
        {isCurrent ? words : 'Checking…'}
        {isCurrent && diagnostics.length > errors ? `, ${diagnostics.length - errors} to look at` : ''}
      </p>
      <ul>
        {diagnostics.map((it, at) => (
          <li key={at} data-severity={it.severity}>
            <button type="button" onClick={() => onGo(it.file, it.line, it.column)}>
              <code>
                {it.file === RULES_FILE ? '' : 'tests '}
                {it.line}:{it.column}
              </code>
              <span>
                <span className="visually-hidden">{it.severity}: </span>
                <span className="foreign">{it.message}</span> <span className="muted">{it.code}</span>
                {it.help ? <span className="sub foreign">{it.help}</span> : null}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Asks before what is not saved is left. */
function Leaving({ isChanged }: { isChanged: boolean }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isChanged && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!isChanged) {
      return undefined;
    }
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged]);
  if (blocker.state !== 'blocked') {
    return null;
  }
  return (
    <Dialog title="What you wrote is not saved" onClose={() => blocker.reset()}>
      <Notice tone="medium" what="It is lost when you leave this page." />
      <div className="row">
        <button type="button" className="button" data-kind="primary" onClick={() => blocker.reset()}>
          Stay
        </button>
        <button type="button" className="button" data-kind="danger" onClick={() => blocker.proceed()}>
          <Icon name="close" />
          Leave and lose it
        </button>
      </div>
    </Dialog>
  );
}
