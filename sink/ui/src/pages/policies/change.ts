// What is changed of a policy: made to what was seen, and to nothing that somebody else has made since.
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { type Schemas, answered, api, seenAs } from '../../api/client';
import type { ApiProblem } from '../../api/problem';
import { useToast } from '../../parts/Toasts';
import type { Policy, PolicySummary } from './queries';

type Tuning = Partial<Schemas['Tuning']>;

export interface Change {
  policy: Pick<PolicySummary, 'id' | 'revision'>;
  text?: string;
  tests?: string;
  tuning?: Tuning;
  note: string;
}

/** The entity tag of what was seen; empty while nothing is set. */
export function seen({ revision }: Pick<PolicySummary, 'revision'>): string {
  return seenAs(revision);
}

/** What a switch changes, as a note beside the change. */
export const switched = (isOn: boolean) => (isOn ? 'Switched on.' : 'Switched off.');

/** Returns what puts a policy as it is now where pages read it. */
export function useSettled(): (policy?: Policy) => Promise<void> {
  const client = useQueryClient();
  return async (policy) => {
    if (policy) {
      client.setQueryData(['policies', policy.id], policy);
    }
    await client.invalidateQueries({ queryKey: ['policies'] });
  };
}

/** Changes some of what is set of a policy; what goes wrong is told in a message, and nothing changed. */
export function useChange(isTold = true) {
  const settled = useSettled();
  const toast = useToast();
  return useMutation<Policy, ApiProblem, Change>({
    mutationFn: ({ policy, ...body }) =>
      answered(
        api.PATCH('/api/v1/policies/{id}', {
          params: { path: { id: policy.id }, header: { 'If-Match': seen(policy) } },
          body: body as Schemas['NewSettings'],
        }),
      ),
    onSuccess: settled,
    onError: async (problem) => {
      await settled();
      if (isTold) {
        toast([problem.message, problem.remedy].filter(Boolean).join(' '), 'high');
      }
    },
  });
}
