//! How an org lets us in: four modes, and what each of them allows.

use std::collections::BTreeSet;
use std::fmt;

use nightlatch_chassis::Secret;

/// What proves to Okta who we are.
///
/// An integration from Okta's catalogue ("API Service Integration") has a secret; an application of the
/// org's own ("API Services") wants a private key, mostly with `DPoP`; an API token does without either
/// and may whatever the administrator may who made it.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A client id and its secret.
    ClientSecret {
        /// The client id, such as `0oa…`.
        client_id: String,
        /// The secret.
        secret: Secret,
    },
    /// A client id and a private key, whose public half the org knows.
    PrivateKey(ClientKey),
    /// The same, and every token is bound to a further key of our own (RFC 9449).
    PrivateKeyDpop(ClientKey),
    /// An API token (`SSWS`) of an administrator.
    ApiToken(Secret),
}

/// A client that signs.
#[derive(Debug, Clone)]
pub struct ClientKey {
    /// The client id, such as `0oa…`.
    pub client_id: String,
    /// The private key, as PEM or as JWK.
    pub key: Secret,
    /// The key's id at Okta. A JWK may name it itself; needed when the client has several keys.
    pub key_id: Option<String>,
}

/// A kind of [`Credentials`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named like the kinds")]
pub enum Mode {
    ClientSecret,
    PrivateKey,
    PrivateKeyDpop,
    ApiToken,
}

impl Credentials {
    /// Returns which of the four modes this is.
    pub const fn mode(&self) -> Mode {
        match self {
            Self::ClientSecret { .. } => Mode::ClientSecret,
            Self::PrivateKey(_) => Mode::PrivateKey,
            Self::PrivateKeyDpop(_) => Mode::PrivateKeyDpop,
            Self::ApiToken(_) => Mode::ApiToken,
        }
    }

    /// Returns the client id; an API token has none.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::ClientSecret { client_id, .. } => Some(client_id),
            Self::PrivateKey(client) | Self::PrivateKeyDpop(client) => Some(&client.client_id),
            Self::ApiToken(_) => None,
        }
    }
}

/// A right that a token can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// To create event hooks and to change them.
    ManageEventHooks,
    /// To look at event hooks.
    ReadEventHooks,
    /// To read the System Log.
    ReadLogs,
}

/// The scopes that we ask for.
pub const SCOPES: [Scope; 3] = [
    Scope::ManageEventHooks,
    Scope::ReadEventHooks,
    Scope::ReadLogs,
];

impl Scope {
    /// Returns its name at Okta.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ManageEventHooks => "okta.eventHooks.manage",
            Self::ReadEventHooks => "okta.eventHooks.read",
            Self::ReadLogs => "okta.logs.read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What Okta grants. It may silently be less than was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// The scopes of a token.
    Scopes(BTreeSet<String>),
    /// An API token has no scopes, it may what its administrator may.
    RoleOfAdministrator,
}

impl Granted {
    /// Whether a scope is granted, as far as can be told without using it.
    pub fn has(&self, scope: Scope) -> bool {
        match self {
            Self::Scopes(scopes) => scopes.contains(scope.name()),
            Self::RoleOfAdministrator => true,
        }
    }

    /// Returns those of [`SCOPES`] that are not granted.
    pub fn missing(&self) -> Vec<Scope> {
        let is_missing = |scope: &Scope| !self.has(*scope);
        SCOPES.into_iter().filter(is_missing).collect()
    }
}
