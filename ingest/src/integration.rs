//! The integrations: which orgs there are, and who may deliver for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_schemas::integration_id;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::IntegrationConfig;

/// 128 bits in base64.
const MIN_PATH_KEY: usize = 22;
const MIN_SECRET: usize = 32;
/// The integration that imported events belong to when none is configured.
const IMPORT: &str = "import";
/// What metrics call senders of whom no integration is known.
pub(crate) const STRANGER: &str = "unknown";

type Sha256Digest = [u8; 32];

/// An Okta org whose events we take.
#[derive(Debug, Clone)]
pub struct Integration {
    /// `UUIDv5` of Okta's own org id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The org's domain.
    pub domain: String,
    door: Option<Door>,
}

/// What a delivery must show. Digests have one length, so comparing them tells no lengths.
#[derive(Debug, Clone)]
struct Door {
    header: HeaderName,
    secrets: Vec<Sha256Digest>,
}

impl Integration {
    /// Says whether a request carries a valid secret, in constant time.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(door) = &self.door else { return false };
        let shown = headers
            .get(&door.header)
            .map_or(&[][..], |value| value.as_bytes());
        let shown = Sha256::digest(shown);
        let matching = door.secrets.iter().fold(Choice::from(0), |found, secret| {
            found | secret.ct_eq(shown.as_slice())
        });
        matching.into()
    }

    fn imported(name: &str) -> Self {
        let id = integration_id(name).to_string();
        Self {
            id,
            name: name.to_owned(),
            domain: format!("{name}.invalid"),
            door: None,
        }
    }
}

/// All integrations, found by path key or by name.
#[derive(Debug, Clone, Default)]
pub struct Integrations {
    by_path_key: BTreeMap<Sha256Digest, Arc<Integration>>,
    by_name: BTreeMap<String, Arc<Integration>>,
}

impl Integrations {
    /// Reads `[[integrations]]`.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn from_config(config: &Config) -> Result<Self, ConfigErrors> {
        let entries: Vec<IntegrationConfig> = config.section("integrations")?;
        let mut errors = ConfigErrors::default();
        let mut integrations = Self::default();
        let mut orgs = BTreeSet::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let mut wrong = |field: &str, problem: &str, advice: &str| {
                let key = format!("integrations.{index}.{field}");
                errors.push(config.error(&key, problem).advise(advice));
            };
            check(&entry, &mut wrong);
            if !orgs.insert(entry.org_id.clone()) {
                wrong(
                    "org_id",
                    "another integration is of this org",
                    "one an org is enough",
                );
            }
            integrations.add(entry, &mut wrong);
        }
        if errors.is_empty() {
            Ok(integrations)
        } else {
            Err(errors)
        }
    }

    fn add(&mut self, entry: IntegrationConfig, wrong: &mut impl FnMut(&str, &str, &str)) {
        // One that is wrong goes on with another header, so that the rest is looked at, too.
        let header = HeaderName::try_from(&entry.header).unwrap_or_else(|_| {
            let advice = "Okta's default is Authorization";
            wrong("header", "is no name of an HTTP header", advice);
            AUTHORIZATION
        });
        let secrets = [Some(entry.secret), entry.previous_secret]
            .into_iter()
            .flatten();
        let secrets = secrets
            .map(|secret| Sha256::digest(secret.expose()).into())
            .collect();
        let integration = Arc::new(Integration {
            id: integration_id(&entry.org_id).to_string(),
            name: entry.name.clone(),
            domain: entry.domain,
            door: Some(Door { header, secrets }),
        });
        let path_key = Sha256::digest(entry.path_key.expose()).into();
        if self
            .by_path_key
            .insert(path_key, Arc::clone(&integration))
            .is_some()
        {
            wrong(
                "path_key",
                "another integration has this key",
                "make a fresh one",
            );
        }
        if self.by_name.insert(entry.name, integration).is_some() {
            wrong(
                "name",
                "another integration has this name",
                "give each its own",
            );
        }
    }

    /// Returns the integration whose hook address ends in `key`. The look-up goes by digest, so its
    /// time tells nothing of keys that exist.
    pub(crate) fn by_path_key(&self, key: &str) -> Option<&Arc<Integration>> {
        self.by_path_key
            .get(&Sha256Digest::from(Sha256::digest(key)))
    }

    /// Returns the integration that imported events belong to: the named one, else the only one,
    /// else one named `import`.
    ///
    /// # Errors
    /// The names there are, when `name` is none of them.
    pub(crate) fn for_import(&self, name: Option<&str>) -> Result<Arc<Integration>, Vec<String>> {
        match name {
            Some(name) if name != IMPORT => {
                self.by_name.get(name).cloned().ok_or_else(|| self.names())
            }
            Some(name) => {
                let known = self.by_name.get(name).cloned();
                Ok(known.unwrap_or_else(|| Arc::new(Integration::imported(IMPORT))))
            }
            None => match self.by_name.values().next() {
                Some(only) if self.by_name.len() == 1 => Ok(Arc::clone(only)),
                _ => Ok(Arc::new(Integration::imported(IMPORT))),
            },
        }
    }

    /// Returns their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

fn check(entry: &IntegrationConfig, wrong: &mut impl FnMut(&str, &str, &str)) {
    const FRESH: &str = "`nightlatch integration new` prints a fresh one";
    if entry.name == STRANGER {
        wrong(
            "name",
            "is what metrics call strangers",
            "choose another name",
        );
    }
    let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let path_key = entry.path_key.expose();
    if path_key.len() < MIN_PATH_KEY || !path_key.bytes().all(url_safe) {
        wrong(
            "path_key",
            "needs at least 22 letters, digits, - or _",
            FRESH,
        );
    }
    let previous = entry
        .previous_secret
        .as_ref()
        .map(|secret| ("previous_secret", secret));
    for (field, secret) in [("secret", &entry.secret)].into_iter().chain(previous) {
        let secret = secret.expose();
        if secret.len() < MIN_SECRET {
            wrong(field, "needs at least 32 characters", FRESH);
        }
        // Anything else does not come through an HTTP header as it was set.
        if secret.trim() != secret || !secret.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            wrong(
                field,
                "may hold printable ASCII only, no space at its ends",
                FRESH,
            );
        }
    }
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    if !entry.domain.bytes().all(is_host) {
        wrong(
            "domain",
            "is no host name",
            "write it like acme.okta.com, without https://",
        );
    }
}
