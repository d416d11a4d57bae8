//! The clients of the orgs: one an integration, kept for as long as its credentials are.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use nightlatch_chassis::Secret;
use parking_lot::Mutex;

use super::settings::{IntegrationSettings, Mode, SealedCredentials};
use super::store::{Field, Store};
use super::trouble::Trouble;
use crate::OktaConfig;
use crate::okta::{CallMetrics, Calls, ClientKey, Credentials, Okta, OrgAddress, Outbound};

/// The clients of the orgs.
#[derive(Debug)]
pub(crate) struct Connections {
    settings: OktaConfig,
    outbound: Outbound,
    store: Store,
    metrics: Arc<CallMetrics>,
    clients: Mutex<BTreeMap<String, Client>>,
}

/// A client, and what it was made of.
#[derive(Debug)]
struct Client {
    /// Its calls are counted under it.
    name: String,
    domain: String,
    mode: Mode,
    secret_set: Timestamp,
    okta: Okta,
}

impl Connections {
    pub(crate) fn new(
        settings: OktaConfig,
        outbound: Outbound,
        store: Store,
        metrics: CallMetrics,
    ) -> Self {
        Self {
            settings,
            outbound,
            store,
            metrics: Arc::new(metrics),
            clients: Mutex::default(),
        }
    }

    /// Reads what somebody pasted as an org's address.
    pub(crate) fn address(&self, pasted: &str) -> Result<OrgAddress, Trouble> {
        Ok(OrgAddress::read(pasted, &self.settings)?)
    }

    /// How orgs are called.
    pub(crate) const fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// The client of an integration: the same one for as long as its credentials are.
    pub(crate) fn of(&self, id: &str, settings: &IntegrationSettings) -> Result<Okta, Trouble> {
        let SealedCredentials { mode, secret, .. } = &settings.credentials;
        if let Some(client) = self.clients.lock().get(id)
            && client.secret_set == secret.set
            && client.mode == *mode
            && client.domain == settings.domain
            && client.name == settings.name
        {
            return Ok(client.okta.clone());
        }
        let opened = self.store.unseal(id, Field::Credentials, secret)?;
        let credentials = credentials(&settings.credentials, opened);
        let calls = Calls::of(&settings.name, &self.metrics);
        let address = self.address(&settings.domain)?;
        let okta = Okta::counted(&address, credentials, &self.outbound, Some(calls))?;
        let client = Client {
            name: settings.name.clone(),
            domain: settings.domain.clone(),
            mode: *mode,
            secret_set: secret.set,
            okta: okta.clone(),
        };
        self.clients.lock().insert(id.to_owned(), client);
        Ok(okta)
    }

    /// A client with credentials that may never be kept. Its calls are not counted.
    pub(crate) fn try_out(&self, domain: &str, credentials: Credentials) -> Result<Okta, Trouble> {
        let address = self.address(domain)?;
        Ok(Okta::new(&address, credentials, &self.outbound)?)
    }

    /// The integration of that name is another replica's now, or gone.
    pub(crate) fn leave(&self, name: &str) {
        self.metrics.leave(name);
    }

    /// Forgets the client of an integration that is no more.
    pub(crate) fn forget(&self, id: &str) {
        self.clients.lock().remove(id);
    }
}

/// Credentials as the client wants them.
fn credentials(sealed: &SealedCredentials, secret: Secret) -> Credentials {
    let client_id = sealed.client_id.clone().unwrap_or_default();
    let client_key = |key| ClientKey {
        client_id: client_id.clone(),
        key,
        key_id: sealed.key_id.clone(),
    };
    match sealed.mode {
        Mode::ClientSecret => Credentials::ClientSecret { client_id, secret },
        Mode::PrivateKey => Credentials::PrivateKey(client_key(secret)),
        Mode::PrivateKeyDpop => Credentials::PrivateKeyDpop(client_key(secret)),
        Mode::ApiToken => Credentials::ApiToken(secret),
    }
}
