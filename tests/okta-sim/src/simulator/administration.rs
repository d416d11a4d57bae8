//! What an administrator does in the org: apps, keys, secrets, API tokens, hooks.

use std::collections::BTreeSet;

use openssl::error::ErrorStack;
use serde_json::Value;

use super::apps::{ApiToken, App, AppKind, Secret};
use super::clock::wall_ms;
use super::event_hooks::{EventHook, HookState};
use super::running::Simulator;
use super::{api_services, jose};

/// What an API service integration is given when it is installed.
#[derive(Clone)]
pub struct IntegrationCredential {
    /// The client id (`0oa…`).
    pub client_id: String,
    /// The client secret, which Okta shows once.
    pub client_secret: String,
}

/// A further secret of an app.
#[derive(Clone)]
pub struct SecretCredential {
    /// The secret's id (`ocs…`).
    pub id: String,
    /// The secret, which Okta shows once.
    pub secret: String,
}

/// What a client that signs its requests is given.
#[derive(Clone)]
pub struct KeyCredential {
    /// The client id (`0oa…`).
    pub client_id: String,
    /// The id of the key.
    pub kid: String,
    /// The private key in PEM (PKCS #8).
    pub private_key_pem: String,
}

/// What an administrator is given who makes an API token.
#[derive(Clone)]
pub struct ApiTokenCredential {
    /// The token's id (`00T…`).
    pub id: String,
    /// The token, which Okta shows once.
    pub token: String,
}

macro_rules! debug_without_secrets {
    ($($name:ident: $field:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field(stringify!($field), &self.$field)
                    .finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_secrets!(SecretCredential: id, IntegrationCredential: client_id, KeyCredential: client_id, ApiTokenCredential: id);

impl Simulator {
    /// Installs an API service integration (client id and secret) with these scopes.
    pub fn install_integration(&self, scopes: &[&str]) -> IntegrationCredential {
        let mut app = self.new_app(AppKind::Integration, scopes);
        let secret = self.tenant.letters(64);
        app.secrets.push(Secret {
            id: self.tenant.new_id("ocs"),
            text: secret.clone(),
            active: true,
            created_ms: app.created_ms,
            updated_ms: app.created_ms,
        });
        let client_id = app.id.clone();
        self.tenant
            .apps
            .lock()
            .clients
            .insert(client_id.clone(), app);
        IntegrationCredential {
            client_id,
            client_secret: secret,
        }
    }

    /// Gives an app one more secret; `None` if it has two already, or there is no such app.
    pub fn add_secret(&self, client_id: &str) -> Option<SecretCredential> {
        let secret = api_services::add_secret(&self.tenant, client_id).ok()?;
        Some(SecretCredential {
            id: secret.id,
            secret: secret.text,
        })
    }

    /// Returns the ids of an app's secrets and whether each is active.
    pub fn secrets(&self, client_id: &str) -> Vec<(String, bool)> {
        let apps = self.tenant.apps.lock();
        let secrets = apps.clients.get(client_id).map(|app| &app.secrets);
        let secrets = secrets.into_iter().flatten();
        secrets
            .map(|secret| (secret.id.clone(), secret.active))
            .collect()
    }

    /// Activates a secret, or deactivates it; false if there is none of this id.
    pub fn set_secret_active(&self, client_id: &str, secret_id: &str, active: bool) -> bool {
        api_services::set_secret_active(&self.tenant, client_id, secret_id, active).is_ok()
    }

    /// Deletes a secret, active or not.
    pub fn delete_secret(&self, client_id: &str, secret_id: &str) {
        self.with_app(client_id, |app| {
            app.secrets.retain(|secret| secret.id != secret_id);
        });
    }

    /// Makes a custom app "API Services" with a key of its own and these scopes; whether it must
    /// prove possession of a key (DPoP), as Okta has it by default, is to be said.
    pub fn create_service_app(
        &self,
        scopes: &[&str],
        requires_dpop: bool,
    ) -> Result<KeyCredential, ErrorStack> {
        let app = App {
            requires_dpop,
            ..self.new_app(AppKind::ApiServices, scopes)
        };
        let client_id = app.id.clone();
        self.tenant
            .apps
            .lock()
            .clients
            .insert(client_id.clone(), app);
        self.add_key(&client_id)
    }

    /// Makes a further key for an app.
    pub fn add_key(&self, client_id: &str) -> Result<KeyCredential, ErrorStack> {
        let kid = self.tenant.letters(43);
        let key = jose::new_rsa_key()?;
        self.add_public_key(client_id, jose::rsa_jwk(&key, &kid)?);
        let pem = key.private_key_to_pem_pkcs8()?;
        Ok(KeyCredential {
            client_id: client_id.to_owned(),
            kid,
            private_key_pem: String::from_utf8_lossy(&pem).into_owned(),
        })
    }

    /// Gives an app a public key that was made elsewhere, as a JSON web key (RSA or EC).
    pub fn add_public_key(&self, client_id: &str, jwk: Value) {
        self.with_app(client_id, |app| app.keys.push(jwk));
    }

    /// Takes a key away from an app.
    pub fn remove_key(&self, client_id: &str, kid: &str) {
        self.with_app(client_id, |app| app.keys.retain(|key| key["kid"] != kid));
    }

    /// Makes an API token (`SSWS`) of the administrator.
    pub fn create_api_token(&self) -> ApiTokenCredential {
        let token = format!("00{}", self.tenant.letters(40));
        let id = self.tenant.new_id("00T");
        let known = ApiToken {
            id: id.clone(),
            user_id: self.tenant.administrator().id.clone(),
            is_super_admin: true,
        };
        let mut apps = self.tenant.apps.lock();
        apps.api_tokens.insert(token.clone(), known);
        ApiTokenCredential { id, token }
    }

    /// Sets whether the user of an API token is a super administrator.
    pub fn set_api_token_rights(&self, id: &str, is_super_admin: bool) {
        let mut apps = self.tenant.apps.lock();
        for token in apps.api_tokens.values_mut().filter(|token| token.id == id) {
            token.is_super_admin = is_super_admin;
        }
    }

    /// Revokes an API token by its id.
    pub fn revoke_api_token(&self, id: &str) {
        let mut apps = self.tenant.apps.lock();
        apps.api_tokens.retain(|_, token| token.id != id);
    }

    /// Sets the scopes that an app has been granted; tokens in use keep theirs.
    pub fn grant_scopes(&self, client_id: &str, scopes: &[&str]) {
        let granted: BTreeSet<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.with_app(client_id, |app| app.granted = granted);
    }

    /// Sets whether a custom app has an administrator's role, which it needs.
    pub fn set_admin_role(&self, client_id: &str, has_role: bool) {
        self.with_app(client_id, |app| app.has_admin_role = has_role);
    }

    /// Sets whether an app must prove possession of a key.
    pub fn require_dpop(&self, client_id: &str, required: bool) {
        self.with_app(client_id, |app| app.requires_dpop = required);
    }

    /// Forgets the nonces of DPoP, so that clients must fetch a new one.
    pub fn forget_nonces(&self) {
        self.tenant.nonces.forget();
    }

    /// Makes every access token of an app invalid and returns how many there were.
    pub fn revoke_access_tokens(&self, client_id: &str) -> usize {
        self.tenant.apps.lock().revoke(client_id)
    }

    /// Makes every access token of an app expire now.
    pub fn expire_access_tokens(&self, client_id: &str) {
        self.tenant.apps.lock().expire(client_id, wall_ms());
    }

    /// Deletes an app: its tokens fail from now on.
    pub fn delete_app(&self, client_id: &str) {
        let mut apps = self.tenant.apps.lock();
        apps.clients.remove(client_id);
        apps.revoke(client_id);
    }

    /// Returns the org's hooks.
    pub fn hooks(&self) -> Vec<HookState> {
        let hooks = self.tenant.hooks.lock();
        hooks.hooks.values().map(EventHook::state).collect()
    }

    /// Makes a hook UNVERIFIED, as Okta does when its channel changes.
    pub fn reset_hook(&self, id: &str) {
        if let Some(hook) = self.tenant.hooks.lock().hooks.get_mut(id) {
            hook.is_verified = false;
        }
    }

    fn new_app(&self, kind: AppKind, scopes: &[&str]) -> App {
        let tenant = &self.tenant;
        App {
            id: tenant.new_id("0oa"),
            kind,
            catalogue_type: "nightlatchapiservice".to_owned(),
            name: "Nightlatch".to_owned(),
            secrets: Vec::new(),
            keys: Vec::new(),
            granted: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            requires_dpop: false,
            has_admin_role: true,
            created_ms: tenant.clock.now_ms(),
            created_by: tenant.administrator().id.clone(),
        }
    }

    fn with_app(&self, client_id: &str, change: impl FnOnce(&mut App)) {
        if let Some(app) = self.tenant.apps.lock().clients.get_mut(client_id) {
            change(app);
        }
    }
}
