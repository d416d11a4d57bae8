// What may be written at a place of a file of rules or tests.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';

import type { Schemas } from '../../api/client';
import { keyAt } from './codeStyle';
import { names } from './item';

export interface CompletionWords {
  fields: readonly Schemas['Field'][];
  operators: readonly Schemas['Operator'][];
  eventTypes: readonly Schemas['EventType'][];
  /** Of a file of tests: the rules that it may test. */
  rules?: readonly string[];
}

const WORD = /[\w.]*$/;
/** What a value of a field of event types is written after. */
const OF_TYPE = /\bevt\.type\s+(?:=|==|!=|in|glob|startswith|contains|intersects)\s*(?:anyof\s*)?\(?[\w.,\s"*]*$|\bevt\.type\s*!?=\s*[\w.]*$/;
const TYPES_KEY = new Set(['eventType']);
const PRIORITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFORMATIONAL', 'DEBUG'];
const VALUES: Record<string, readonly string[]> = {
  priority: PRIORITIES,
  enabled: ['true', 'false'],
  matches: ['true', 'false'],
  source: ['okta'],
};
const KEYS: [string, string][] = [
  ['rule', 'Begins a rule, with its name.'],
  ['macro', 'Begins a part of conditions that has a name.'],
  ['list', 'Begins a list of values that has a name.'],
  ['policy', 'Begins the item that tells of the policy; it stands first.'],
  ['desc', 'What a rule finds, and what to do about it.'],
  ['condition', 'When a rule, or a macro, holds.'],
  ['output', 'The sentence about a match; %field puts in a value.'],
  ['priority', "How urgent a match is, in Falco's words."],
  ['severity', 'How bad a match is, 0 (worst) to 7.'],
  ['source', 'Whose events a rule judges: okta.'],
  ['tags', 'Words about a rule, such as T1098 for a technique of ATT&CK.'],
  ['enabled', 'Whether a rule is judged.'],
  ['exceptions', 'What a rule must not fire on.'],
  ['references', 'Where to read more.'],
  ['items', 'The values of a list.'],
  ['test', 'Begins a test, with what it tells.'],
  ['event', 'The event of a test, as Okta writes it.'],
  ['matches', 'Whether the rule should match.'],
];

/** Completes the word before the cursor. */
export function completeRules(context: CompletionContext, words: CompletionWords | undefined): CompletionResult | null {
  const before = context.matchBefore(WORD);
  const { doc } = context.state;
  const line = doc.lineAt(context.pos);
  const isComment = /^\s*#/.test(line.text);
  if (!words || !before || isComment || (before.from === before.to && !context.explicit)) {
    return null;
  }
  const found = keyAt(doc, context.pos);
  const isKey = /^\s*(?:-\s+)?\w*$/.test(doc.sliceString(line.from, context.pos)) && found?.key !== 'condition';
  if (isKey || !found) {
    return { from: before.from, options: KEYS.map(([key, info]) => ({ label: key, apply: `${key}: `, type: 'property', info })), validFor: /^\w*$/ };
  }
  const options = valuesOf(found.key, doc.toString(), doc.sliceString(Math.max(0, context.pos - 400), context.pos), words);
  return options.length === 0 ? null : { from: before.from, options, validFor: /^[\w.]*$/ };
}

function valuesOf(key: string, text: string, before: string, words: CompletionWords): Completion[] {
  if (key === 'condition') {
    const isType = OF_TYPE.test(before);
    return isType ? [...types(words, 60), ...own(text, 'list')] : [...fields(words), ...operators(words), ...own(text, 'macro'), ...own(text, 'list')];
  }
  if (key === 'output') {
    return fields(words);
  }
  if (TYPES_KEY.has(key) || key === 'items') {
    return types(words, 0);
  }
  if (key === 'rule' && words.rules) {
    return words.rules.map((label) => ({ label, type: 'class' }));
  }
  return (VALUES[key] ?? []).map((label) => ({ label, type: 'enum' }));
}

const fields = ({ fields: all }: CompletionWords): Completion[] =>
  all.map(({ name, type, usage, doc, example, from }) => ({
    label: name,
    apply: usage === '' || usage.includes('?') ? name : `${name}[`,
    detail: usage === '' ? type : `${usage} ${type}`,
    type: 'variable',
    info: [doc, `Such as ${example}`, `From ${from}`].join('\n'),
  }));

const operators = ({ operators: all }: CompletionWords): Completion[] =>
  all
    .filter(({ name }) => /^\w/.test(name))
    .map(({ name, kind, doc, example }) => ({
      label: name,
      detail: kind,
      type: kind === 'transformer' ? 'function' : 'keyword',
      info: `${doc}\n${example}`,
    }));

const types = ({ eventTypes }: CompletionWords, boost: number): Completion[] =>
  eventTypes.map(({ name, hook }) => ({
    label: name,
    detail: hook ? 'hook' : 'System Log',
    type: 'constant',
    boost: hook ? boost + 1 : boost,
    info: hook ? 'Event hooks carry it: it comes within seconds.' : 'Event hooks do not carry it: it comes by the System Log.',
  }));

/** What the file itself gives a name to. */
const own = (text: string, kind: 'macro' | 'list'): Completion[] =>
  names(text, kind).map((label) => ({ label, detail: kind, type: kind === 'macro' ? 'function' : 'type', boost: 2 }));
