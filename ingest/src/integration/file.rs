//! The integrations of the configuration file.

use std::collections::BTreeSet;

use axum::http::HeaderName;
use axum::http::header::AUTHORIZATION;
use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_schemas::integration_id;

use super::table::{Integrations, digest};
use super::tenure::Tenure;
use super::{Door, DoorSecret, Integration, STRANGER};
use crate::IntegrationConfig;

/// 128 bits in base64.
const MIN_PATH_KEY: usize = 22;
const MIN_SECRET: usize = 32;

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
            .map(|secret| DoorSecret::lasting(digest(secret.expose())))
            .collect();
        let id = integration_id(&entry.org_id).to_string();
        let integration = Integration {
            tenure: Tenure::of(&id, None),
            id,
            name: entry.name,
            domain: entry.domain,
            is_paused: false,
            door: Some(Door { header, secrets }),
        };
        let taken = self.insert(integration, Some(digest(entry.path_key.expose())));
        if taken.path_key {
            let advice = "make a fresh one";
            wrong("path_key", "another integration has this key", advice);
        }
        if taken.name {
            let advice = "give each its own";
            wrong("name", "another integration has this name", advice);
        }
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
