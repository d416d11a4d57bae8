//! The way out: TLS always, to public addresses only, straight, and no further than asked.

mod delivery;
mod names;
mod network;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use bytes::{Bytes, BytesMut};
use nightlatch_chassis::config::{Config, ConfigErrors};
use parking_lot::Mutex;
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::tls::Version;
use reqwest::{Certificate, Client, Method, RequestBuilder};

use super::client::Answer;
use super::rates::Rates;
use super::{OktaError, OrgAddress, Problem};
use crate::OktaConfig;
use names::{Checked, NameError};

pub(crate) use delivery::{Delivery, PATIENCE, Receipt};
pub use names::Names;

/// The largest answer but for pages of the System Log.
pub(super) const MAX_ANSWER: usize = 10 * 1024 * 1024;
/// What OpenSSL says of bytes that are no TLS.
const NO_TLS: [&str; 3] = [
    "wrong version number",
    "packet length too long",
    "http request",
];
const USER_AGENT: &str = concat!("nightlatch/", env!("CARGO_PKG_VERSION"));

/// What calls to orgs go through. Clones share connections.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    /// The same without the duty of TLS, for what is on this machine.
    plain: Client,
    settings: Arc<OktaConfig>,
    /// Of each org that somebody has a client of.
    rates: Arc<Mutex<BTreeMap<OrgAddress, Weak<Rates>>>>,
}

impl Outbound {
    /// Reads the section `ingest.okta`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(config: &Config) -> Result<Self, ConfigErrors> {
        let settings: OktaConfig = config.section("ingest.okta")?;
        let names = Names::System;
        Self::new(settings, names).map_err(|problem| {
            let error = config.error("ingest.okta.ca_file", problem);
            error.advise("name a PEM file of certificates").into()
        })
    }

    /// Sets up the way out; `names` says who knows the addresses of hosts.
    ///
    /// # Errors
    /// What is wrong with the file of certificates.
    pub fn new(settings: OktaConfig, names: Names) -> Result<Self, String> {
        let trusted = trusted(&settings)?;
        let names = Checked::new(names, settings.allow_loopback);
        let build = |https_only| {
            let builder = Client::builder()
                .https_only(https_only)
                .no_proxy()
                .redirect(Policy::none())
                .referer(false)
                .tls_version_min(Version::TLS_1_2)
                .connect_timeout(settings.connect_timeout.duration())
                .timeout(settings.timeout.duration())
                .user_agent(USER_AGENT)
                .dns_resolver(names.clone())
                .tls_certs_merge(trusted.clone());
            let client = builder.build();
            client.map_err(|error| format!("cannot be used: {}", chain(&error)))
        };
        let (client, plain) = (build(true)?, build(false)?);
        Ok(Self {
            client,
            plain,
            settings: Arc::new(settings),
            rates: Arc::default(),
        })
    }

    /// Returns the settings that this was made of.
    pub fn settings(&self) -> &OktaConfig {
        &self.settings
    }

    /// Returns what is known of an org's limits. All clients of an org share it, whatever their
    /// credentials: to Okta they may be the same.
    pub(super) fn rates(&self, address: &OrgAddress) -> Arc<Rates> {
        let mut all = self.rates.lock();
        all.retain(|_, rates| rates.strong_count() > 0);
        let known = all.get(address).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let rates = Arc::new(Rates::default());
            all.insert(address.clone(), Arc::downgrade(&rates));
            rates
        })
    }

    pub(super) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.client.request(method, url);
        request.header(ACCEPT, "application/json")
    }

    /// Sends a request and reads the answer whole, which may have so many bytes.
    pub(super) async fn answer(
        &self,
        address: &OrgAddress,
        request: RequestBuilder,
        max: usize,
    ) -> Result<Answer, OktaError> {
        let failed = |error: &reqwest::Error| OktaError::new(address, self.problem(error));
        let too_large = || OktaError::new(address, Problem::TooLarge);
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        let announced = response.content_length().unwrap_or_default();
        if usize::try_from(announced).unwrap_or(usize::MAX) > max {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: Bytes::from(body),
        })
    }

    /// Understands why there is no answer. Nothing of the request is in it.
    fn problem(&self, error: &reqwest::Error) -> Problem {
        if let Some(error) = cause::<NameError>(error) {
            return match error {
                NameError::Unknown => Problem::UnknownHost,
                NameError::Private(address) => Problem::PrivateAddress { address: *address },
            };
        }
        if error.is_timeout() {
            let limit = if error.is_connect() {
                self.settings.connect_timeout
            } else {
                self.settings.timeout
            };
            let seconds = limit.duration().as_millis().div_ceil(1000);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            return Problem::TimedOut { seconds };
        }
        if !error.is_connect() {
            return Problem::Broken;
        }
        match cause::<std::io::Error>(error) {
            Some(error) => Problem::Unreachable {
                problem: error.kind().to_string(),
            },
            None => Problem::Tls {
                problem: tls(error),
            },
        }
    }
}

/// Reads the certificates that are to be trusted beside the system's.
fn trusted(settings: &OktaConfig) -> Result<Vec<Certificate>, String> {
    let Some(file) = &settings.ca_file else {
        return Ok(Vec::new());
    };
    let file_name = file.display();
    let pem = std::fs::read(file);
    let pem = pem.map_err(|error| format!("{file_name} cannot be read: {error}"))?;
    let certificates = Certificate::from_pem_bundle(&pem);
    let certificates = certificates.map_err(|error| format!("{file_name}: {}", chain(&error)))?;
    if certificates.is_empty() {
        return Err(format!("{file_name} holds no certificate"));
    }
    Ok(certificates)
}

/// Finds an error of a kind among the causes of another.
fn cause<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Returns the last cause, which is the one that says something.
fn root(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Says why there is no TLS.
fn tls(error: &reqwest::Error) -> String {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // The last cause does not have the reason, which stands in parentheses.
        if let Some((_, reason)) = text.split_once("certificate verify failed")
            && let Some((_, reason)) = reason.rsplit_once('(')
        {
            let reason = reason.trim_end_matches(')');
            return format!("its certificate is not to be trusted ({reason})");
        }
        next = error.source();
    }
    let text = root(error);
    if NO_TLS.iter().any(|part| text.contains(part)) {
        return "what answers there speaks no TLS".to_owned();
    }
    // error:0A000126:SSL routines::unexpected eof while reading:file:line:
    let reason = text
        .split(':')
        .nth(4)
        .filter(|_| text.starts_with("error:"));
    reason.unwrap_or(&text).to_owned()
}

/// Returns an error with what caused it.
fn chain(error: &reqwest::Error) -> String {
    format!("{error}: {}", root(error))
}
