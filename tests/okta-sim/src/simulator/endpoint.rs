//! The endpoints of an org, as far as rate limits, faults and the ledger tell them apart.

use serde::{Deserialize, Serialize};

/// A group of paths that share a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/.well-known/…`.
    WellKnown,
    /// `/oauth2/v1/token`.
    Token,
    /// `/api/v1/eventHooks` and below.
    EventHooks,
    /// `/api/v1/logs`.
    Logs,
    /// `/integrations/api/v1/api-services` and below, and the secrets of custom apps.
    ApiServices,
    /// All else.
    Other,
}

impl Endpoint {
    /// Returns the endpoint of a path.
    pub(crate) fn of(path: &str) -> Self {
        let is_under = |root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if path.starts_with("/.well-known/") {
            Self::WellKnown
        } else if path == "/oauth2/v1/token" {
            Self::Token
        } else if is_under("/api/v1/eventHooks") {
            Self::EventHooks
        } else if path == "/api/v1/logs" {
            Self::Logs
        } else if is_under("/integrations/api/v1/api-services") || is_under("/api/v1/apps") {
            Self::ApiServices
        } else {
            Self::Other
        }
    }
}
