// What the server finds in texts as they are written.
import type { Diagnostic as Mark } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { answered, api } from '../../api/client';
import type { Diagnostic } from './queries';

/** What was found in a text. */
export interface Checked {
  text: string;
  diagnostics: readonly Diagnostic[];
}

/** The names of the files in diagnostics. */
export const RULES_FILE = 'rules.yaml';
export const TESTS_FILE = 'tests.yaml';

/** How long a text must rest before it is looked at. */
const REST_MS = 250;

/** The files of a request. */
export const rulesFile = (text: string) => ({ name: RULES_FILE, text });
export const testsFile = (text: string) => ({ name: TESTS_FILE, text });

/** Has texts checked once they rest. */
export function useValidation(text: string, tests: string, kind: 'custom' | 'managed') {
  const [settled, setSettled] = useState({ text, tests });
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled({ text, tests }), REST_MS);
    return () => window.clearTimeout(timer);
  }, [text, tests]);
  const query = useQuery({
    queryKey: ['validation', kind, settled.text, settled.tests],
    queryFn: async ({ signal }) => {
      const body = { files: [rulesFile(settled.text)], tests: settled.tests === '' ? null : testsFile(settled.tests), kind };
      return { ...settled, ...(await answered(api.POST('/api/v1/rules/validate', { body, signal }))) };
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: Infinity,
  });
  const { data } = query;
  const isCurrent = data !== undefined && data.text === text && data.tests === tests;
  const of = (file: string) => (data?.diagnostics ?? []).filter((it) => it.file === file);
  return {
    error: query.error,
    /** Whether what is told is of the texts as they are now. */
    isCurrent,
    isOk: isCurrent && data.ok,
    policy: data?.policy ?? undefined,
    diagnostics: data?.diagnostics ?? [],
    rules: data && { text: data.text, diagnostics: of(RULES_FILE) },
    tests: data && { text: data.tests, diagnostics: of(TESTS_FILE) },
  };
}

const SEVERITIES = { error: 'error', warning: 'warning', note: 'info' } as const;

/** Diagnostics where they stand in a text: columns count characters, not units of UTF-16. */
export function marks(doc: Text, diagnostics: readonly Diagnostic[]): Mark[] {
  return diagnostics.map(({ line: number, column, length, severity, code, message, help }) => {
    const line = doc.line(Math.min(Math.max(1, number), doc.lines));
    const characters = [...line.text];
    const units = (count: number) => characters.slice(0, Math.max(0, count)).join('').length;
    const from = line.from + units(column - 1);
    const to = line.from + units(column - 1 + length);
    return {
      from,
      to: Math.max(from, to),
      severity: SEVERITIES[severity],
      source: code,
      message: [message, help].filter(Boolean).join('\n'),
    };
  });
}
