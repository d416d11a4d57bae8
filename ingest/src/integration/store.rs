//! The settings log of integrations. Its objects are `integration/ID`; their secrets are sealed.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use nightlatch_chassis::Secret;
use nightlatch_chassis::config::Config;
use nightlatch_chassis::http::request::Author;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{
    Change, KeyError, Keyring, Object, Seal, SealError, Settings, SettingsError, Version, Written,
};
use nightlatch_chassis::topic::{Log, TopicError};
use nightlatch_schemas::topics::INTEGRATIONS;
use serde_json::json;

use super::settings::{IntegrationSettings, Sealed};

/// What the id of an object begins with that holds what is set of an integration.
const INTEGRATION: &str = "integration/";
/// Random bytes of a path key and of a secret: 256 bits.
const RANDOM_BYTES: usize = 32;

/// The settings log of integrations. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    settings: Settings,
    keys: Keyring,
}

/// Why there are no settings of integrations.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The settings log.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// What a sealed secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// What Okta knows us by.
    Credentials,
    /// The last segment of the hook's address.
    PathKey,
    /// What the hook's header carries.
    HookSecret,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::PathKey => "hook/path_key",
            Self::HookSecret => "hook/secret",
        }
    }
}

impl Store {
    /// Opens the settings log and reads it whole.
    pub(crate) async fn open(
        config: &Config,
        log: &Log,
        data_dir: &Path,
        metrics: &Metrics,
    ) -> Result<Self, StoreError> {
        let keys = Keyring::open(config)?;
        let settings = Settings::open(log, INTEGRATIONS, keys.clone(), data_dir, metrics).await?;
        Ok(Self { settings, keys })
    }

    /// How many changes it knows; it grows with each.
    pub(crate) fn revision(&self) -> u64 {
        self.settings.revision()
    }

    /// Waits until all that the log holds now is known.
    pub(crate) async fn catch_up(&self) -> Result<(), SettingsError> {
        self.settings.catch_up().await
    }

    /// Waits until the log can't be followed any more and says why.
    pub(crate) async fn failed(&self) -> TopicError {
        self.settings.failed().await
    }

    /// What is set of each integration, by its id.
    pub(crate) fn all(&self) -> BTreeMap<String, Object> {
        let objects = self.settings.all_under(INTEGRATION).into_iter();
        let integrations = objects.filter_map(|(object, found)| {
            let id = object.strip_prefix(INTEGRATION)?.to_owned();
            Some((id, found))
        });
        integrations.collect()
    }

    /// Sets an integration, or forgets it, if it is still what the writer has seen.
    pub(crate) async fn write(
        &self,
        id: &str,
        expected: Option<Version>,
        settings: Option<&IntegrationSettings>,
        author: Author,
    ) -> Result<Written, SettingsError> {
        let change = Change {
            object: object(id),
            expected,
            value: settings.map(|settings| json!(settings)),
            who: author.who,
            why: author.why,
        };
        self.settings.write(change).await
    }

    /// Seals a secret of an integration, for one field of it.
    pub(crate) fn seal(
        &self,
        id: &str,
        field: Field,
        secret: &Secret,
    ) -> Result<Sealed, SealError> {
        let set = Timestamp::now();
        let (object, version) = (object(id), set.to_string());
        let seal = Seal {
            object: &object,
            field: field.name(),
            version: &version,
        };
        let sealed = seal.close(&self.keys, secret)?;
        Ok(Sealed { sealed, set })
    }

    /// Opens a sealed secret of an integration.
    pub(crate) fn unseal(
        &self,
        id: &str,
        field: Field,
        sealed: &Sealed,
    ) -> Result<Secret, SealError> {
        let (object, version) = (object(id), sealed.set.to_string());
        let seal = Seal {
            object: &object,
            field: field.name(),
            version: &version,
        };
        seal.open(&self.keys, &sealed.sealed)
    }

    /// Marks a text as ours, for an integration: an empty secret that opens for this text alone.
    pub(crate) fn mark(&self, id: &str, text: &str) -> Result<String, SealError> {
        let object = object(id);
        let nothing = Secret::new(String::new());
        mark_of(&object, text).close(&self.keys, &nothing)
    }

    /// Whether it is a mark of ours on this text, for this integration.
    pub(crate) fn has_marked(&self, id: &str, text: &str, mark: &str) -> bool {
        let object = object(id);
        let opened = mark_of(&object, text).open(&self.keys, mark);
        opened.is_ok_and(|secret| secret.is_empty())
    }

    /// Seals a fresh random secret.
    pub(crate) fn fresh(&self, id: &str, field: Field) -> Result<Sealed, SealError> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(SealError::Random)?;
        let secret = Secret::new(URL_SAFE_NO_PAD.encode(bytes));
        self.seal(id, field, &secret)
    }
}

/// Reads what is set of an integration.
pub(crate) fn read(object: &Object) -> Result<IntegrationSettings, String> {
    serde_json::from_value(object.value.clone())
        .map_err(|error| format!("what is set of it can't be read: {error}"))
}

fn mark_of<'a>(object: &'a str, text: &'a str) -> Seal<'a> {
    Seal {
        object,
        field: "test event",
        version: text,
    }
}

fn object(id: &str) -> String {
    format!("{INTEGRATION}{id}")
}
