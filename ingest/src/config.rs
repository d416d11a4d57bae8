//! Settings of ingest. `ingest.toml` documents them.

use std::net::SocketAddr;

use nightlatch_chassis::config::optional;
use nightlatch_chassis::{Defaults, Secret, Size, Span};
use serde::Deserialize;

/// The defaults file of this crate.
pub const DEFAULTS: Defaults = Defaults { name: "ingest", text: include_str!("../ingest.toml") };

/// The section `ingest`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {
    /// Where hooks are received.
    pub listen: SocketAddr,
    /// How long a delivery may take to become durable.
    pub append_timeout: Span,
    /// How long a sender may take for a body.
    pub body_timeout: Span,
    /// The largest body, decoded.
    pub max_body: Size,
    /// Bodies in memory at a time.
    pub max_bodies: Size,
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
