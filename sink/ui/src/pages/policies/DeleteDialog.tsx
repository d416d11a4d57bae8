// A policy is deleted; of one that we ship, what is set is forgotten.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { ApiProblem, unreachable } from '../../api/problem';
import { api } from '../../api/client';
import { TypedConfirmation } from '../../parts/Dialog';
import { ErrorNotice } from '../../parts/Notice';
import { useToast } from '../../parts/Toasts';
import { seen } from './change';
import { type Policy, deletionKey, policyQuery } from './queries';

export function DeleteDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const isOurs = policy.kind === 'managed';
  const navigate = useNavigate();
  const client = useQueryClient();
  const toast = useToast();
  const remove = useMutation({
    mutationKey: deletionKey(policy.id),
    onMutate: () => client.cancelQueries({ queryKey: policyQuery(policy.id).queryKey, exact: true }),
    mutationFn: async () => {
      const params = { path: { id: policy.id }, header: { 'If-Match': seen(policy) } };
      const { error, response } = await api.DELETE('/api/v1/policies/{id}', { params }).catch((cause: unknown) => {
        throw unreachable(cause);
      });
      if (!response.ok) {
        throw ApiProblem.of(error, response.status);
      }
    },
    onSuccess: async () => {
      toast(isOurs ? `${policy.name} counts as shipped again.` : `${policy.name} is deleted.`);
      onClose();
      if (!isOurs) {
        await navigate('/policies');
      }
      // Of one that is gone nothing is read again: its page may still be there for a moment.
      await client.invalidateQueries({ queryKey: ['policies'], exact: !isOurs });
    },
  });
  return (
    <TypedConfirmation
      title={isOurs ? 'Forget what is set' : 'Delete the policy'}
      word={policy.id}
      action={isOurs ? 'Forget' : 'Delete'}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {isOurs ? (
        <p>Switches, exceptions, lists, scope and runbook that were set count no more; the policy is as shipped.</p>
      ) : (
        <p>Its rules judge no more events. What they have detected stays in the feed, and its versions are kept.</p>
      )}
      {remove.error ? <ErrorNotice error={remove.error} /> : null}
    </TypedConfirmation>
  );
}
