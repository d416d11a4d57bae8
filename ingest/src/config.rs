//! Settings of ingest. `ingest.toml` documents them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use nightlatch_chassis::config::{Config, ConfigErrors, optional};
use nightlatch_chassis::http::TlsFiles;
use nightlatch_chassis::{Defaults, Secret, Size, Span};
use serde::Deserialize;

use crate::okta::is_host_name;

/// The defaults file of this crate.
pub const DEFAULTS: Defaults = Defaults {
    name: "ingest",
    text: include_str!("../ingest.toml"),
};

/// Okta gives up after 3 seconds; by then it must have our answer.
const LONG_APPEND_TIMEOUT: Duration = Duration::from_secs(2);

/// Calls to Okta are counted there.
const MIN_HOOK_WATCH: Duration = Duration::from_millis(100);
const MIN_LOG_POLL: Duration = Duration::from_millis(100);

/// The section `ingest`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {
    /// Where hooks are received.
    pub listen: SocketAddr,
    /// The PEM file of its certificate; none: no TLS there.
    #[serde(deserialize_with = "optional")]
    pub tls_certificate: Option<PathBuf>,
    /// The PEM file of the certificate's key.
    #[serde(deserialize_with = "optional")]
    pub tls_key: Option<PathBuf>,
    /// Where Okta reaches it, without a slash at its end; empty: not known.
    pub public_url: String,
    /// How often each event hook at Okta is looked at.
    pub hook_watch: Span,
    /// How seldom a quiet System Log is looked at.
    pub log_poll: Span,
    /// How long a delivery may take to become durable.
    pub append_timeout: Span,
    /// How long a sender may take for a body.
    pub body_timeout: Span,
    /// The largest body, decoded.
    pub max_body: Size,
    /// Bodies, and the records made of them, in memory at a time.
    pub max_bodies: Size,
    /// How Okta is called.
    pub okta: OktaConfig,
}

/// The section `ingest.okta`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// Hosts beside Okta's own domains: custom domains of orgs.
    pub allowed_domains: Vec<String>,
    /// How long a connection may take.
    pub connect_timeout: Span,
    /// How long a call may take as a whole.
    pub timeout: Span,
    /// Whether an org may be on this machine, on any port.
    pub allow_loopback: bool,
    /// A PEM file of certificates to trust beside the system's.
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
}

impl OktaConfig {
    /// Whether an org may be at `host`, though it is not below a domain of Okta's.
    pub fn allows(&self, host: &str) -> bool {
        let is_host = |domain: &String| domain.eq_ignore_ascii_case(host);
        self.allowed_domains.iter().any(is_host)
    }

    fn check(&self, wrong: &mut impl FnMut(&str, &str)) {
        let is_whole = |domain: &String| domain.contains('.') && is_host_name(domain);
        if let Some(domain) = self.allowed_domains.iter().find(|domain| !is_whole(domain)) {
            let problem = format!("{domain:?} is no host such as \"login.acme.com\"");
            wrong("okta.allowed_domains", &problem);
        }
        if self.connect_timeout.duration().is_zero() {
            wrong("okta.connect_timeout", "must be above 0, such as \"5s\"");
        }
        if self.timeout.duration().is_zero() {
            wrong("okta.timeout", "must be above 0, such as \"35s\"");
        }
        if self.allow_loopback {
            tracing::warn!("okta orgs may be on this machine, which is for tests and demos");
        }
    }
}

impl IngestConfig {
    /// The files that the listener of hooks has its certificate from, when it speaks TLS.
    pub fn tls(&self) -> Option<TlsFiles> {
        let pair = (self.tls_certificate.clone(), self.tls_key.clone());
        let (Some(certificate), Some(key)) = pair else {
            return None;
        };
        Some(TlsFiles { certificate, key })
    }

    /// Reads the section.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(config: &Config) -> Result<Self, ConfigErrors> {
        let mut settings: Self = config.section("ingest")?;
        let mut errors = ConfigErrors::default();
        let mut wrong = |key: &str, problem: &str| {
            errors.push(config.error(&format!("ingest.{key}"), problem));
        };
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        // On this machine Okta is simulated.
        let is_plain = settings.okta.allow_loopback && public_url.starts_with("http://127.0.0.1");
        if !public_url.is_empty() && !is_plain && !is_public(&public_url) {
            let problem = "must be the https address under which Okta reaches ingest.listen, such as \
                           \"https://hooks.acme.com\"";
            wrong("public_url", problem);
        }
        settings.public_url = public_url;
        let append_timeout = settings.append_timeout.duration();
        if append_timeout.is_zero() {
            wrong("append_timeout", "must be above 0, such as \"1500ms\"");
        }
        if append_timeout > LONG_APPEND_TIMEOUT {
            tracing::warn!(
                ?append_timeout,
                "okta gives up after 3 s, before it is answered"
            );
        }
        if settings.body_timeout.duration().is_zero() {
            wrong("body_timeout", "must be above 0, such as \"10s\"");
        }
        if settings.hook_watch.duration() < MIN_HOOK_WATCH {
            wrong("hook_watch", "must be at least 100ms, such as \"45s\"");
        }
        if settings.log_poll.duration() < MIN_LOG_POLL {
            wrong("log_poll", "must be at least 100ms, such as \"10s\"");
        }
        if settings.max_body.is_empty() {
            wrong("max_body", "must be above 0, such as \"10 MiB\"");
        }
        // A body and the records made of it.
        if settings.max_bodies.bytes() / 3 < settings.max_body.bytes() {
            wrong("max_bodies", "must be at least three times ingest.max_body");
        }
        match (&settings.tls_certificate, &settings.tls_key) {
            (Some(_), None) => wrong("tls_key", "is missing beside ingest.tls_certificate"),
            (None, Some(_)) => wrong("tls_certificate", "is missing beside ingest.tls_key"),
            _ => {}
        }
        settings.okta.check(&mut wrong);
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(errors)
        }
    }
}

/// Whether this is an address that Okta takes: https, a host, perhaps a port and a path.
fn is_public(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let is_of_address = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b':' | b'/' | b'_' | b'[' | b']')
    };
    !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_of_address)
}

/// One of `[[integrations]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrationConfig {
    /// What people call it.
    pub name: String,
    /// Okta's own id of the org.
    pub org_id: String,
    /// The org's domain.
    pub domain: String,
    /// The last segment of the hook's address.
    pub path_key: Secret,
    /// The header that carries the secret.
    pub header: String,
    /// The header's value.
    pub secret: Secret,
    /// The old secret, while it is being changed.
    #[serde(deserialize_with = "optional")]
    pub previous_secret: Option<Secret>,
}
