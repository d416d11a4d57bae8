// What can be done with an integration.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { answered, api, seenAs } from '../../api/client';
import { Menu } from '../../parts/Menu';
import { ErrorNotice } from '../../parts/Notice';
import { Dialog } from '../../parts/Dialog';
import { useToast } from '../../parts/Toasts';
import { isolated } from '../../parts/foreign';
import { DeleteDialog } from './DeleteDialog';
import { RotateDialog } from './RotateDialog';
import { type Integration, addressOf } from './queries';

type Open = 'credentials' | 'delete' | undefined;

export function Actions({ integration }: { integration: Integration }) {
  const { id, revision, name } = integration;
  const client = useQueryClient();
  const toast = useToast();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>();
  const refresh = () => client.invalidateQueries({ queryKey: ['integrations'] });
  const params = { path: { id }, header: { 'If-Match': seenAs(revision) } };
  const isPaused = integration.paused != null;
  // What could not be done at Okta stands on the page until somebody has read it.
  const change = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'hook-secret') =>
      answered(api.POST(`/api/v1/integrations/{id}/${what}`, { params })),
    onSuccess: async (now, what) => {
      await refresh();
      if ((now.problems ?? []).length === 0) {
        const done = {
          pause: `${isolated(name)} is paused.`,
          resume: `${isolated(name)} goes on.`,
          'hook-secret': 'The hook has a fresh secret.',
        };
        toast(done[what]);
      }
    },
  });
  const problems = change.data?.problems ?? [];
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={change.isPending}
        onClick={() => change.mutate(isPaused ? 'resume' : 'pause')}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      <Menu
        label="More actions"
        items={[
          { label: 'Validate the connection', onChoose: () => void navigate(`${addressOf(id)}/setup`) },
          { label: 'Rotate the credentials…', onChoose: () => setOpen('credentials') },
          { label: "Rotate the hook's secret", onChoose: () => change.mutate('hook-secret') },
          { label: 'Delete…', danger: true, onChoose: () => setOpen('delete') },
        ]}
      />
      {change.error || problems.length > 0 ? (
        <Dialog title="Not all of it could be done" onClose={() => change.reset()}>
          {change.error ? <ErrorNotice error={change.error} /> : null}
          {problems.map((problem) => (
            <p key={problem.sentence} className="wrap-anywhere">
              {problem.sentence} {problem.remedy}
            </p>
          ))}
        </Dialog>
      ) : null}
      {open === 'credentials' ? (
        <RotateDialog
          integration={integration}
          title="Rotate the credentials"
          onDone={() => {
            setOpen(undefined);
            toast('The new credentials are in force. Deactivate the old ones at Okta.');
            void refresh();
          }}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
      {open === 'delete' ? <DeleteDialog integration={integration} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}
