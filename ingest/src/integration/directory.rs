//! The directory of integrations: those of the configuration file and those of the settings log, as
//! they are now.
//!
//! The table is made anew when the settings log has grown since. Who is not in it, or does not show
//! what they must, is refused only when the table was read to the log's end after they came.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use nightlatch_chassis::settings::{Object, Version};
use parking_lot::RwLock;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout};

use super::settings::{Hook, IntegrationSettings};
use super::store::{Field, Store, read};
use super::table::{Integrations, Sha256Digest, digest};
use super::tenure::Tenure;
use super::{Door, DoorSecret, Integration};
use crate::metrics::IngestMetrics;

/// How long a look at the log's end may take before a caller is told to try again.
const PROOF: Duration = Duration::from_secs(1);
/// The least time between two such looks: strangers must not keep the log busy.
const BETWEEN_PROOFS: Duration = Duration::from_millis(20);

/// The integrations as they are now.
#[derive(Debug)]
pub(crate) struct Directory {
    file: Integrations,
    store: Store,
    metrics: Arc<IngestMetrics>,
    current: RwLock<Arc<Table>>,
    /// When the last look at the log's end began that has led to a whole table.
    proved: Mutex<Option<Instant>>,
}

/// All integrations at a time.
#[derive(Debug)]
pub(crate) struct Table {
    /// Who may deliver.
    pub(crate) integrations: Integrations,
    /// What is known of each, by id.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// How many changes of the settings log it knows.
    revision: Option<u64>,
    /// Whether there are integrations whose door can't be read: who seems a stranger may be theirs.
    is_in_doubt: bool,
}

/// An integration with where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) origin: Origin,
}

/// Where an integration comes from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// `[[integrations]]`.
    File,
    /// The settings log.
    Settings(Box<Set>),
}

/// What is set of an integration, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) version: Version,
    pub(crate) who: String,
    pub(crate) when: Timestamp,
    /// The error is why it can't be read here.
    pub(crate) settings: Result<IntegrationSettings, String>,
    /// Why deliveries can't be told from those of strangers.
    pub(crate) problem: Option<String>,
}

/// What became of a caller at the door.
#[derive(Debug)]
pub(crate) enum Admission {
    Admitted(Arc<Integration>),
    /// No integration has this path key.
    Unknown,
    /// The secret is none that counts.
    Refused(Arc<Integration>),
    /// It may be one or the other, or neither: the table could not be proved current.
    Doubtful,
}

impl Directory {
    /// The integrations of `file` and of `store`.
    pub(crate) fn new(file: Integrations, store: Store, metrics: Arc<IngestMetrics>) -> Self {
        let empty = Table {
            integrations: Integrations::default(),
            entries: BTreeMap::new(),
            revision: None,
            is_in_doubt: false,
        };
        let directory = Self {
            file,
            store,
            metrics,
            current: RwLock::new(Arc::new(empty)),
            proved: Mutex::new(None),
        };
        directory.table();
        directory
    }

    /// The settings log behind it.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The integrations as far as the settings log has been read.
    pub(crate) fn table(&self) -> Arc<Table> {
        let revision = Some(self.store.revision());
        let current = Arc::clone(&self.current.read());
        if current.revision >= revision {
            return current;
        }
        let table = Arc::new(Table::of(&self.file, &self.store, revision));
        self.metrics.announce(&table.integrations.names());
        let mut current = self.current.write();
        if current.revision < table.revision {
            *current = Arc::clone(&table);
        }
        Arc::clone(&current)
    }

    /// The integrations as of now; nothing when that can't be told in time.
    pub(crate) async fn proved(&self) -> Option<Arc<Table>> {
        let came = Instant::now();
        let look = async {
            let mut proved = self.proved.lock().await;
            // Whoever waited meanwhile is served by one look.
            if proved.is_none_or(|began| began < came) {
                if let Some(last) = *proved {
                    sleep_until(last + BETWEEN_PROOFS).await;
                }
                let began = Instant::now();
                self.store.catch_up().await?;
                *proved = Some(began);
            }
            Ok::<_, nightlatch_chassis::settings::SettingsError>(())
        };
        match timeout(PROOF, look).await {
            Ok(Ok(())) => Some(self.table()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the settings log of integrations is out of reach");
                None
            }
            Err(_) => None,
        }
    }

    /// Says who delivers: by the path key of the address and by the secret.
    pub(crate) async fn admit(&self, key: &str, headers: &HeaderMap) -> Admission {
        if let Some(integration) = self.table().integrations.by_path_key(key)
            && integration.admits(headers)
        {
            return Admission::Admitted(Arc::clone(integration));
        }
        let Some(table) = self.proved().await else {
            return Admission::Doubtful;
        };
        match table.integrations.by_path_key(key) {
            Some(integration) if integration.admits(headers) => {
                Admission::Admitted(Arc::clone(integration))
            }
            Some(integration) => Admission::Refused(Arc::clone(integration)),
            None if table.is_in_doubt => Admission::Doubtful,
            None => Admission::Unknown,
        }
    }
}

impl Table {
    fn of(file: &Integrations, store: &Store, revision: Option<u64>) -> Self {
        let mut table = Self {
            integrations: file.clone(),
            entries: BTreeMap::new(),
            revision,
            is_in_doubt: false,
        };
        for (id, object) in store.all() {
            table.add(store, id, &object);
        }
        for integration in file.all() {
            let entry = Entry {
                id: integration.id.clone(),
                name: integration.name.clone(),
                domain: integration.domain.clone(),
                origin: Origin::File,
            };
            // What the file says of an org goes before what is set.
            table.entries.insert(entry.id.clone(), entry);
        }
        table
    }

    fn add(&mut self, store: &Store, id: String, object: &Object) {
        let front = Front::of(store, &id, object);
        let problem = front.as_ref().err().cloned();
        let settings = read(object);
        let named = settings.as_ref().ok();
        let entry = Entry {
            id: id.clone(),
            name: named.map_or_else(|| id.clone(), |set| set.name.clone()),
            domain: named.map(|set| set.domain.clone()).unwrap_or_default(),
            origin: Origin::Settings(Box::new(Set {
                version: object.version,
                who: object.who.clone(),
                when: object.when,
                settings,
                problem,
            })),
        };
        let entry_id = entry.id.clone();
        self.entries.insert(id, entry);
        match front {
            Ok((integration, path_key)) => {
                self.integrations.insert(integration, Some(path_key));
            }
            Err(problem) => {
                tracing::error!(integration = entry_id, problem, "deliveries are in doubt");
                self.is_in_doubt = true;
            }
        }
    }
}

impl Entry {
    /// What is set of it; nothing of one of the file.
    pub(crate) fn set(&self) -> Option<&Set> {
        match &self.origin {
            Origin::File => None,
            Origin::Settings(set) => Some(set),
        }
    }

    /// Under which name is counted what came in.
    pub(crate) fn tenure(&self) -> Tenure {
        Tenure::of(&self.id, self.settings().map(|set| set.created))
    }

    /// What is set of it, as far as it can be read.
    pub(crate) fn settings(&self) -> Option<&IntegrationSettings> {
        self.set().and_then(|set| set.settings.as_ref().ok())
    }
}

/// What deliveries need to know of what is set: it is read by itself, so that they pass whatever else
/// a newer version of this program has written.
#[derive(Debug, Deserialize)]
struct Front {
    name: String,
    domain: String,
    #[serde(default)]
    paused: Option<Timestamp>,
    #[serde(default)]
    created: Option<Timestamp>,
    hook: Hook,
}

impl Front {
    fn of(store: &Store, id: &str, object: &Object) -> Result<(Integration, Sha256Digest), String> {
        let front = Self::deserialize(&object.value)
            .map_err(|error| format!("its hook can't be read: {error}"))?;
        let Hook {
            path_key,
            header,
            secrets,
            ..
        } = &front.hook;
        let header = HeaderName::try_from(header)
            .map_err(|_| "its header is no name of an HTTP header".to_owned())?;
        let open = |field, sealed| {
            let secret = store.unseal(id, field, sealed);
            let secret = secret.map_err(|error| format!("its hook can't be read: {error}"))?;
            Ok::<_, String>(digest(secret.expose()))
        };
        let mut opened = Vec::with_capacity(secrets.len());
        for secret in secrets {
            opened.push(DoorSecret {
                digest: open(Field::HookSecret, &secret.secret)?,
                until: secret.until,
            });
        }
        let path_key = open(Field::PathKey, path_key)?;
        let integration = Integration {
            id: id.to_owned(),
            name: front.name,
            domain: front.domain,
            is_paused: front.paused.is_some(),
            tenure: Tenure::of(id, front.created),
            door: Some(Door {
                header,
                secrets: opened,
            }),
        };
        Ok((integration, path_key))
    }
}

#[cfg(test)]
mod tests;
