//! The settings log of policies: what is set of each, and each version that was ever in force.
//!
//! Its objects are `policy/ID`, what people have set of a policy, and `version/ID/VERSION`, the text
//! that such a version was compiled from: so that what an event was judged by can be shown for as
//! long as the event is kept.

use std::collections::BTreeMap;
use std::path::Path;

use nightlatch_chassis::config::Config;
use nightlatch_chassis::http::request::Author;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{
    Change, KeyError, Keyring, Object, Settings, SettingsError, Version, Written,
};
use nightlatch_chassis::topic::{Log, TopicError};
use nightlatch_engine::Policy;
use nightlatch_schemas::topics::POLICIES;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::settings::{Kind, PolicySettings};
use super::table::{Origin, Table};

/// What the id of an object begins with that holds what is set of a policy.
const POLICY: &str = "policy/";
/// Who writes what no person does.
const OURSELVES: &str = "nightlatch";

/// The settings log of policies. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    settings: Settings,
}

/// Why there are no settings of policies.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The settings log.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// What is set of each policy, with its version; the error is why it can't be read.
pub(crate) type AllSettings = BTreeMap<String, (Version, Result<PolicySettings, String>)>;

/// A version of a policy that was in force once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) policy: String,
    pub(crate) version: String,
    /// `managed`, `managed_ruleset` or `custom`.
    pub(crate) kind: String,
    /// `built_in`, `api`, or the path of a file.
    pub(crate) origin: String,
    pub(crate) files: Vec<VersionFile>,
}

/// A text that a version was compiled from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionFile {
    pub(crate) name: String,
    pub(crate) text: String,
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
        let settings = Settings::open(log, POLICIES, keys, data_dir, metrics).await?;
        Ok(Self { settings })
    }

    /// How many changes it knows; it grows with each.
    pub(crate) fn revision(&self) -> u64 {
        self.settings.revision()
    }

    /// Waits until there are more changes than `seen`.
    pub(crate) async fn changed(&self, seen: u64) -> u64 {
        self.settings.changed(seen).await
    }

    /// Waits until the log can't be followed any more and says why.
    pub(crate) async fn failed(&self) -> TopicError {
        self.settings.failed().await
    }

    /// What is set of each policy.
    pub(crate) fn all(&self) -> AllSettings {
        let objects = self.settings.all_under(POLICY).into_iter();
        let policies = objects.filter_map(|(object, found)| {
            let id = object.strip_prefix(POLICY)?.to_owned();
            Some((id, (found.version, read(&found))))
        });
        policies.collect()
    }

    /// The version of what is set of a policy, as of now.
    pub(crate) async fn revision_now(&self, id: &str) -> Result<Option<Version>, SettingsError> {
        self.settings.catch_up().await?;
        Ok(self.settings.get(&object(id)).map(|found| found.version))
    }

    /// Sets a policy, or forgets what is set of it, if it is still what the writer has seen.
    pub(crate) async fn write(
        &self,
        id: &str,
        expected: Option<Version>,
        settings: Option<&PolicySettings>,
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

    /// Every setting that a policy had, the oldest first.
    pub(crate) async fn history(&self, id: &str) -> Result<Vec<Object>, SettingsError> {
        self.settings.history(&object(id)).await
    }

    /// A version of a policy that was in force once.
    pub(crate) fn version(&self, id: &str, version: &str) -> Option<PolicyVersion> {
        let found = self.settings.get(&version_object(id, version))?;
        serde_json::from_value(found.value).ok()
    }

    /// Notes versions in force that are not known yet, each once for ever.
    pub(crate) async fn note_versions(&self, table: &Table) -> Result<(), SettingsError> {
        let mut failed = Ok(());
        for entry in table.entries.values() {
            // The base of a managed ruleset is ours, whoever made that.
            let origin = match entry.kind {
                Kind::Custom => &entry.origin,
                Kind::Managed | Kind::ManagedRuleset => &Origin::BuiltIn,
            };
            for (policy, origin) in [(&entry.base, origin), (&entry.policy, &entry.origin)] {
                if let Some(policy) = policy {
                    // One that can't be noted does not keep the others from it.
                    failed = failed.and(self.note(policy, origin).await);
                }
            }
        }
        failed
    }

    async fn note(&self, policy: &Policy, origin: &Origin) -> Result<(), SettingsError> {
        let object = version_object(policy.id(), policy.version());
        if self.settings.has(&object) {
            return Ok(());
        }
        let files = policy.files().iter().map(|file| VersionFile {
            name: file.name.clone(),
            text: file.text.clone(),
        });
        let version = PolicyVersion {
            policy: policy.id().to_owned(),
            version: policy.version().to_owned(),
            kind: policy.kind().as_str().to_owned(),
            origin: origin.to_string(),
            files: files.collect(),
        };
        let change = Change {
            object,
            expected: None,
            value: Some(json!(version)),
            who: OURSELVES.to_owned(),
            why: "in force from now on".to_owned(),
        };
        // Whoever was faster has noted the same.
        self.settings.write(change).await.map(drop)
    }
}

/// Reads what is set of a policy.
pub(crate) fn read(object: &Object) -> Result<PolicySettings, String> {
    serde_json::from_value(object.value.clone())
        .map_err(|error| format!("what is set of it can't be read: {error}"))
}

fn object(id: &str) -> String {
    format!("{POLICY}{id}")
}

fn version_object(id: &str, version: &str) -> String {
    format!("version/{id}/{version}")
}
