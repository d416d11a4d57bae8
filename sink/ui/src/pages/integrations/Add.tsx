// An org is connected: from here, or with what was installed at Okta before.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import './integrations.css';
import { answered, api } from '../../api/client';
import { ErrorNotice } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { useView } from '../../parts/view';
import { CredentialsFields, TextField } from './CredentialsFields';
import { Start } from './Start';
import { type Credentials, NO_CREDENTIALS, isMode, lacks, sent } from './credentials';

const ABOVE: [string, string][] = [['Integrations', '/integrations']];

export function Component() {
  const [flow] = useView('flow');
  if (flow === 'here') {
    return (
      <Page title="Connect an org" trail={ABOVE} lead="Start here: Nightlatch leads you through what to do at Okta.">
        <FromHere />
      </Page>
    );
  }
  if (flow === 'okta') {
    return (
      <Page title="Connect an org" trail={ABOVE} lead="You have installed the integration at Okta already.">
        <Form steps={false} />
      </Page>
    );
  }
  return (
    <Page title="Add integration" trail={ABOVE} lead="Nightlatch needs a client at your org: to keep one event hook there, and to read its System Log.">
      <div className="integrations-flows">
        <Flow to="?flow=here" title="Start here" action="Start">
          Nothing is installed at Okta yet. Say which org it is; Nightlatch opens the right page of its admin console
          and says what to create there.
        </Flow>
        <Flow to="?flow=okta" title="Already installed in Okta" action="Enter what Okta has shown">
          You have installed the integration, and have the org&apos;s domain, the client id and the client secret.
        </Flow>
      </div>
    </Page>
  );
}

function Flow({ to, title, action, children }: { to: string; title: string; action: string; children: ReactNode }) {
  return (
    <section className="panel integrations-flow">
      <h2>{title}</h2>
      <p className="muted">{children}</p>
      <Link className="button" data-kind="primary" to={to}>
        {action}
      </Link>
    </section>
  );
}

/** First which org, then what was created there. */
function FromHere() {
  const [org, setOrg] = useView('org');
  return org === '' ? <AskOrg onOrg={(named) => setOrg(named, true)} /> : <Form steps />;
}

function AskOrg({ onOrg }: { onOrg: (org: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [isTold, setTold] = useState(false);
  const isMissing = typed.trim() === '';
  const go = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (!isMissing) {
      onOrg(typed.trim());
    }
  };
  return (
    <form className="stack" onSubmit={go} noValidate>
      <TextField
        id={id}
        label="Okta org"
        hint="Its name (acme), its domain, or the address of any page of it."
        value={typed}
        wrong={isTold && isMissing ? 'Say which org it is.' : undefined}
        onChange={setTyped}
      />
      <div className="row">
        <button type="submit" className="button" data-kind="primary">
          Continue
        </button>
      </div>
    </form>
  );
}

/** Domain and credentials; with `steps` below what to do at Okta. */
function Form({ steps }: { steps: boolean }) {
  const [org] = useView('org');
  const [kind, setKind] = useView('kind', NO_CREDENTIALS.mode);
  const [domain, setDomain] = useState('');
  const [typed, setTyped] = useState<Credentials>(NO_CREDENTIALS);
  const [isTold, setTold] = useState(false);
  const id = useId();
  const navigate = useNavigate();
  const client = useQueryClient();
  const credentials = { ...typed, mode: isMode(kind) ? kind : NO_CREDENTIALS.mode };
  const change = (value: Credentials) => {
    setTyped(value);
    setKind(value.mode);
  };
  const target = steps ? org : domain.trim();
  const create = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/v1/integrations', {
          body: { domain: target, credentials: sent(credentials), event_types: 'recommended' },
        }),
      ),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['integrations'] });
      await navigate(`/integrations/${encodeURIComponent(made.id)}/setup`, { replace: true });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (target !== '' && Object.keys(lacks(credentials)).length === 0) {
      create.mutate();
    }
  };
  return (
    <div className="stack integrations-form">
      {steps ? <Start org={org} mode={credentials.mode} onMode={setKind} /> : null}
      <form className="stack" onSubmit={send} noValidate>
        {steps ? (
          <h2>Paste what Okta has shown</h2>
        ) : (
          <TextField
            id={id}
            label="Okta domain"
            hint="Such as acme.okta.com."
            value={domain}
            wrong={isTold && target === '' ? 'Enter the domain of the org.' : undefined}
            onChange={setDomain}
          />
        )}
        <CredentialsFields value={credentials} onChange={change} isTold={isTold} fixed={steps} />
        {create.error ? <ErrorNotice error={create.error} /> : null}
        <div className="row">
          <button type="submit" className="button" data-kind="primary" disabled={create.isPending}>
            {create.isPending ? 'One moment…' : 'Validate connection'}
          </button>
          <Link className="button" data-kind="plain" to="/integrations">
            Cancel
          </Link>
        </div>
      </form>
    </div>
  );
}
