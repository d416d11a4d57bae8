// New credentials: Okta is asked first, and the old ones stay when it does not take the new ones.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { answered, api, seenAs } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { CredentialsFields } from './CredentialsFields';
import { NO_CREDENTIALS, lacks, sent } from './credentials';
import type { Integration } from './queries';

interface RotateDialogProps {
  integration: Integration;
  title: string;
  onDone: () => void;
  onClose: () => void;
}

export function RotateDialog({ integration, title, onDone, onClose }: RotateDialogProps) {
  const { id, revision, credentials } = integration;
  const [typed, setTyped] = useState({
    ...NO_CREDENTIALS,
    mode: credentials?.mode ?? NO_CREDENTIALS.mode,
    clientId: credentials?.client_id ?? '',
    keyId: credentials?.key_id ?? '',
  });
  const [isTold, setTold] = useState(false);
  const rotate = useMutation({
    mutationFn: () =>
      answered(
        api.PUT('/api/v1/integrations/{id}/credentials', {
          params: { path: { id }, header: { 'If-Match': seenAs(revision) } },
          body: sent(typed),
        }),
      ),
    onSuccess: onDone,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (Object.keys(lacks(typed)).length === 0) {
      rotate.mutate();
    }
  };
  return (
    <FormDialog
      title={title}
      action="Try and keep"
      busy="Asking Okta…"
      isBusy={rotate.isPending}
      error={rotate.error}
      noValidate
      onSubmit={send}
      onClose={onClose}
    >
      <p>
        Nightlatch tries the new credentials at Okta. Only when Okta takes them do they replace the old ones; no event
        is lost meanwhile.
      </p>
      <CredentialsFields value={typed} onChange={setTyped} isTold={isTold} />
    </FormDialog>
  );
}
