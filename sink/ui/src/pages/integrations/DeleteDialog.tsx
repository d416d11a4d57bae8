// An integration is deleted: what will happen is said before, and what did after.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { type Schemas, answered, api, seenAs } from '../../api/client';
import { TypedConfirmation } from '../../parts/Dialog';
import { ErrorNotice } from '../../parts/Notice';
import { type Integration, deletionKey } from './queries';

/** What the list is told of what was deleted. */
export interface DeletedState {
  name: string;
  deleted: Schemas['Deleted'];
}

export function DeleteDialog({ integration, onClose }: { integration: Integration; onClose: () => void }) {
  const { id, name, domain, revision, hook } = integration;
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationKey: deletionKey(id),
    onMutate: () => client.cancelQueries({ queryKey: ['integrations', id] }),
    mutationFn: () =>
      answered(
        api.DELETE('/api/v1/integrations/{id}', {
          params: { path: { id }, header: { 'If-Match': seenAs(revision) } },
        }),
      ),
    onSuccess: async (deleted) => {
      // The list reports what was done: there is nothing here any more.
      const state: DeletedState = { name, deleted };
      onClose();
      await navigate('/integrations', { state });
      await client.invalidateQueries({ queryKey: ['integrations'], exact: true });
      // What is still on the page would ask for it again.
      client.removeQueries({ queryKey: ['integrations', id], type: 'inactive' });
    },
  });
  return (
    <TypedConfirmation
      title={
        <>
          Delete <span className="foreign">{name}</span>?
        </>
      }
      word={domain}
      action="Delete"
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>This is what happens:</p>
      <ul className="plain-list">
        <li>
          {hook?.okta_id ? (
            <>
              The event hook <code className="foreign">{hook.okta_id}</code> is removed at Okta.
            </>
          ) : (
            'There is no event hook at Okta to be removed.'
          )}
        </li>
        <li>Its System Log is read no more, and its credentials are forgotten here.</li>
        <li>What was detected stays in the feed.</li>
        <li>The app or integration at Okta stays: it is yours, deactivate it there.</li>
        <li>When the org is connected again, it is the same integration.</li>
      </ul>
      {remove.error ? <ErrorNotice error={remove.error} /> : null}
    </TypedConfirmation>
  );
}
