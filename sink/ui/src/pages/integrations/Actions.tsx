// What can be done with an integration: on its page with buttons, in the list with a menu.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';

import { answered, api, seenAs } from '../../api/client';
import { Dialog } from '../../parts/Dialog';
import { Menu, type MenuItem } from '../../parts/Menu';
import { ErrorNotice, Loaded } from '../../parts/Notice';
import { useToast } from '../../parts/Toasts';
import { isolated } from '../../parts/foreign';
import { DeleteDialog } from './DeleteDialog';
import { RotateDialog } from './RotateDialog';
import { TestRun } from './TestRun';
import { type Integration, type IntegrationSummary, addressOf, integrationQuery } from './queries';

type Open = 'credentials' | 'delete' | 'test' | undefined;
type Change = 'pause' | 'resume' | 'hook-secret';

/** Pauses, resumes, gives the hook a fresh secret; what could not be done at Okta stays until it is read. */
function useChange({ id, name, revision }: IntegrationSummary) {
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (what: Change) => {
      const params = { path: { id }, header: { 'If-Match': seenAs(revision) } };
      return answered(api.POST(`/api/v1/integrations/{id}/${what}`, { params }));
    },
    onSuccess: (now, what) => {
      if ((now.problems ?? []).length === 0) {
        const done = {
          pause: `${isolated(name)} is paused.`,
          resume: `${isolated(name)} goes on.`,
          'hook-secret': `The hook of ${isolated(name)} has a fresh secret.`,
        };
        toast(done[what]);
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['integrations'] }),
  });
}

const isPaused = ({ status }: IntegrationSummary) => status.state === 'paused';

/** The buttons of its page. */
export function Actions({ integration }: { integration: Integration }) {
  const change = useChange(integration);
  const [open, setOpen] = useState<Open>();
  const toggle = isPaused(integration) ? 'resume' : 'pause';
  return (
    <>
      <button type="button" className="button" disabled={change.isPending} onClick={() => change.mutate(toggle)}>
        {isPaused(integration) ? 'Resume' : 'Pause'}
      </button>
      <More integration={integration} label="More actions" first={[]} open={open} onOpen={setOpen} change={change} />
    </>
  );
}

/** The menu of its row in the list. */
export function RowMenu({ integration }: { integration: IntegrationSummary }) {
  const change = useChange(integration);
  const [open, setOpen] = useState<Open>();
  const first: MenuItem[] = [
    isPaused(integration)
      ? { label: 'Resume', onChoose: () => change.mutate('resume') }
      : { label: 'Pause', onChoose: () => change.mutate('pause') },
  ];
  if (!isPaused(integration)) {
    first.push({ label: 'Send test…', onChoose: () => setOpen('test') });
  }
  return <More integration={integration} label={`Actions of ${isolated(integration.name)}`} first={first} open={open} onOpen={setOpen} change={change} />;
}

interface MoreProps {
  integration: IntegrationSummary;
  label: string;
  first: MenuItem[];
  open: Open;
  onOpen: (open: Open) => void;
  change: ReturnType<typeof useChange>;
}

function More({ integration, label, first, open, onOpen, change }: MoreProps) {
  const { id } = integration;
  const navigate = useNavigate();
  const close = () => onOpen(undefined);
  return (
    <>
      <Menu
        label={label}
        items={[
          ...first,
          { label: 'Validate the connection', onChoose: () => void navigate(`${addressOf(id)}/setup`) },
          { label: 'Rotate the credentials…', onChoose: () => onOpen('credentials') },
          { label: "Rotate the hook's secret", onChoose: () => change.mutate('hook-secret') },
          { label: 'Delete…', danger: true, onChoose: () => onOpen('delete') },
        ]}
      />
      <Problems change={change} />
      {open === 'test' ? (
        <Dialog title={<>Send a test to <span className="foreign">{integration.name}</span></>} onClose={close}>
          <TestRun id={id} />
        </Dialog>
      ) : null}
      {open === 'credentials' ? <Whole id={id} onClose={close}>{(whole) => <Rotate integration={whole} onClose={close} />}</Whole> : null}
      {open === 'delete' ? <Whole id={id} onClose={close}>{(whole) => <DeleteDialog integration={whole} onClose={close} />}</Whole> : null}
    </>
  );
}

function Problems({ change }: { change: ReturnType<typeof useChange> }) {
  const problems = change.data?.problems ?? [];
  return change.error || problems.length > 0 ? (
    <Dialog title="Not all of it could be done" onClose={() => change.reset()}>
      {change.error ? <ErrorNotice error={change.error} /> : null}
      {problems.map((problem) => (
        <p key={problem.sentence} className="wrap-anywhere">
          {problem.sentence} {problem.remedy}
        </p>
      ))}
    </Dialog>
  ) : null;
}

/** What a list does not have of an integration is read first. */
function Whole({ id, onClose, children }: { id: string; onClose: () => void; children: (integration: Integration) => ReactNode }) {
  const query = useQuery({ ...integrationQuery(id), refetchInterval: false });
  return query.data ? (
    children(query.data)
  ) : (
    <Dialog title="One moment" onClose={onClose}>
      <Loaded query={query} what="the integration">
        {() => null}
      </Loaded>
    </Dialog>
  );
}

function Rotate({ integration, onClose }: { integration: Integration; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  return (
    <RotateDialog
      integration={integration}
      title="Rotate the credentials"
      onDone={() => {
        onClose();
        toast('The new credentials are in force. Deactivate the old ones at Okta.');
        void client.invalidateQueries({ queryKey: ['integrations'] });
      }}
      onClose={onClose}
    />
  );
}
