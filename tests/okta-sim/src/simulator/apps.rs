//! Who may call the org: OAuth apps of both kinds, API tokens, and the access tokens in use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The two kinds of client that get a token from the org itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKind {
    /// An API service integration from the OIN: a client secret, or a key.
    Integration,
    /// A custom app "API Services": a key only, and it needs an administrator's role.
    ApiServices,
}

/// An OAuth client of the org.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) kind: AppKind,
    /// The type in the OIN catalogue, such as `sysdigapiservice`.
    pub(crate) catalogue_type: String,
    pub(crate) name: String,
    pub(crate) secrets: Vec<Secret>,
    /// Public keys, as JSON web keys.
    pub(crate) keys: Vec<Value>,
    pub(crate) granted: BTreeSet<String>,
    pub(crate) requires_dpop: bool,
    pub(crate) has_admin_role: bool,
    pub(crate) created_ms: i64,
    pub(crate) created_by: String,
}

/// One of the secrets of an app, two at most.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) active: bool,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// A token of the kind `SSWS`.
#[derive(Debug, Clone)]
pub(crate) struct ApiToken {
    pub(crate) id: String,
    /// The user whose rights it has.
    pub(crate) user_id: String,
    pub(crate) is_super_admin: bool,
}

/// An access token in use. Lifetimes are of real time.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) client_id: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires_ms: i64,
    /// The thumbprint of the key that it is bound to.
    pub(crate) bound_to: Option<String>,
}

/// All who may call.
#[derive(Debug, Default)]
pub(crate) struct Apps {
    pub(crate) clients: BTreeMap<String, App>,
    pub(crate) api_tokens: BTreeMap<String, ApiToken>,
    access_tokens: BTreeMap<String, AccessToken>,
    /// Identifiers of assertions and proofs, each until it could not be used any more.
    used: BTreeMap<String, i64>,
}

impl Apps {
    /// Keeps an access token; those that have expired go.
    pub(crate) fn keep(&mut self, text: String, token: AccessToken, wall_ms: i64) {
        // For a day an expired token is told from one that never was.
        self.access_tokens
            .retain(|_, token| token.expires_ms > wall_ms - 86_400_000);
        self.access_tokens.insert(text, token);
    }

    pub(crate) fn access_token(&self, text: &str) -> Option<&AccessToken> {
        let token = self.access_tokens.get(text)?;
        self.clients.contains_key(&token.client_id).then_some(token)
    }

    /// Takes all access tokens of an app away and returns how many there were.
    pub(crate) fn revoke(&mut self, client_id: &str) -> usize {
        let before = self.access_tokens.len();
        self.access_tokens
            .retain(|_, token| token.client_id != client_id);
        before - self.access_tokens.len()
    }

    /// Makes every access token of an app expire now.
    pub(crate) fn expire(&mut self, client_id: &str, wall_ms: i64) {
        for token in self.access_tokens.values_mut() {
            if token.client_id == client_id {
                token.expires_ms = token.expires_ms.min(wall_ms);
            }
        }
    }

    /// Notes an identifier that may be used once; false if it has been used.
    pub(crate) fn use_once(&mut self, identifier: String, until_ms: i64, wall_ms: i64) -> bool {
        self.used.retain(|_, until| *until > wall_ms);
        self.used.insert(identifier, until_ms).is_none()
    }
}

/// The resources whose scopes an org knows; each comes as `okta.NAME.read` and `okta.NAME.manage`.
const RESOURCES: [&str; 40] = [
    "agentPools",
    "apiTokens",
    "appGrants",
    "apps",
    "authenticators",
    "authorizationServers",
    "behaviors",
    "brands",
    "captchas",
    "certificateAuthorities",
    "clients",
    "deviceAssurance",
    "devices",
    "domains",
    "emailDomains",
    "eventHooks",
    "factors",
    "features",
    "groups",
    "identitySources",
    "idps",
    "inlineHooks",
    "linkedObjects",
    "logs",
    "logStreams",
    "networkZones",
    "oauthIntegrations",
    "orgs",
    "policies",
    "profileMappings",
    "pushProviders",
    "rateLimits",
    "realms",
    "roles",
    "schemas",
    "sessions",
    "templates",
    "threatInsights",
    "trustedOrigins",
    "users",
];

/// Returns whether an org knows the scope.
pub(crate) fn is_known_scope(scope: &str) -> bool {
    let Some((resource, right)) = scope
        .strip_prefix("okta.")
        .and_then(|rest| rest.rsplit_once('.'))
    else {
        return false;
    };
    matches!(right, "read" | "manage") && RESOURCES.contains(&resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_resource_and_a_right() {
        assert!(is_known_scope("okta.logs.read"));
        assert!(is_known_scope("okta.eventHooks.manage"));
        assert!(!is_known_scope("okta.logs"));
        assert!(!is_known_scope("openid"));
        assert!(!is_known_scope("okta.coffee.manage"));
    }
}
