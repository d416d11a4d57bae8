//! The client of an org, against a simulated one and against strangers.

mod address;
mod credentials;
mod event_hooks;
mod limits;
mod places;
mod refusals;
mod secrecy;
mod stranger;
mod system_log;
mod way;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::{
    ClientKey, Credentials, Names, Okta, OktaError, OrgAddress, Outbound, SCOPES, Scope,
};
use nightlatch_ingest::{IngestConfig, OktaConfig};
use nightlatch_okta_sim::{KeyCredential, Options, Simulator};
use tempfile::TempDir;

use crate::bench::config;

/// The settings `ingest.okta` of a text.
fn settings(text: &str) -> OktaConfig {
    let text = format!("[ingest.okta]\n{text}");
    IngestConfig::from_config(&config(&text).unwrap())
        .unwrap()
        .okta
}

/// A simulated org and the way to it.
pub(crate) struct Bench {
    pub(crate) org: Simulator,
    pub(crate) address: OrgAddress,
    outbound: Outbound,
    folder: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let org = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outbound = way(&folder, &org);
        let address = OrgAddress::read(org.domain(), outbound.settings()).unwrap();
        Self {
            org,
            address,
            outbound,
            folder,
        }
    }

    pub(crate) fn okta(&self, credentials: Credentials) -> Okta {
        Okta::new(&self.address, credentials, &self.outbound).unwrap()
    }

    /// The client of another process, which knows nothing of the calls of this one.
    fn elsewhere(&self, credentials: Credentials) -> Okta {
        let outbound = way(&self.folder, &self.org);
        Okta::new(&self.address, credentials, &outbound).unwrap()
    }

    /// A client with all scopes.
    fn integration(&self) -> Okta {
        self.okta(self.secret(&SCOPES.map(Scope::name)))
    }

    pub(crate) fn secret(&self, scopes: &[&str]) -> Credentials {
        let installed = self.org.install_integration(scopes);
        Credentials::ClientSecret {
            client_id: installed.client_id,
            secret: Secret::new(installed.client_secret),
        }
    }

    pub(crate) fn app(&self, requires_dpop: bool) -> KeyCredential {
        let scopes = SCOPES.map(Scope::name);
        self.org.create_service_app(&scopes, requires_dpop).unwrap()
    }
}

pub(crate) fn client_key(app: &KeyCredential) -> ClientKey {
    ClientKey {
        client_id: app.client_id.clone(),
        key: Secret::new(&*app.private_key_pem),
        key_id: Some(app.kid.clone()),
    }
}

/// A way out to a simulated org.
fn way(folder: &TempDir, org: &Simulator) -> Outbound {
    outbound(folder, &org.ca_pem().unwrap(), org.domain(), org.address())
}

/// A way out on which `host` is at an address of this machine and an authority is trusted.
fn outbound(folder: &TempDir, ca_pem: &str, host: &str, at: SocketAddr) -> Outbound {
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca_pem).unwrap();
    let text = format!(
        "allow_loopback = true\nca_file = {:?}\ntimeout = \"5s\"",
        file.to_str().unwrap()
    );
    let table = BTreeMap::from([(host.to_owned(), vec![at])]);
    Outbound::new(settings(&text), Names::Fixed(table)).unwrap()
}

/// What a person is told.
fn told(error: &OktaError) -> String {
    let codes = [error.code(), error.error_id().map(|_| "with an id")];
    let codes: Vec<&str> = codes.into_iter().flatten().collect();
    let codes = match codes.as_slice() {
        [] => String::new(),
        codes => format!(" [{}]", codes.join(", ")),
    };
    format!("{}{codes}\n  -> {}\n", error.sentence(), error.remedy())
}
