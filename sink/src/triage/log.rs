//! The settings log of triage: its objects are `action/ID`, each written once, and `view/ID`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{
    Change as Written, Keyring, Object, Settings, SettingsError, Written as Outcome,
};
use nightlatch_chassis::topic::Log;
use nightlatch_schemas::topics::TRIAGE;
use serde_json::json;
use tokio::sync::watch;
use tracing::{error, warn};
use uuid::Uuid;

use super::action::{Action, ActionRecord};
use crate::consume::RunError;
use crate::feed::Live;
use crate::store::{Change, Store, StoreError};

/// What the id of an object begins with that is an action.
const ACTION: &str = "action/";
/// Changes folded at once.
const CHUNK: usize = 64;
/// How long after a failed write to the store the next one is tried.
const RETRY: Duration = Duration::from_secs(1);
/// How long an action may take to show in the store once it counts.
const PATIENCE: Duration = Duration::from_secs(5);

/// The log of triage. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct TriageLog {
    keys: Keyring,
    folder: PathBuf,
    metrics: Metrics,
    check: Latch,
    /// Once it is read to its end.
    settings: Arc<OnceLock<Settings>>,
    /// How many changes the store has.
    folded: Arc<watch::Sender<u64>>,
}

/// The log of triage is yet to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotRead;

impl TriageLog {
    /// Makes one that is yet to be read; `keys` vouch for its records.
    pub(crate) fn new(keys: Keyring, folder: &Path, metrics: &Metrics, check: Latch) -> Self {
        Self {
            keys,
            folder: folder.to_owned(),
            metrics: metrics.clone(),
            check,
            settings: Arc::default(),
            folded: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Returns the settings log that it is.
    pub(crate) fn settings(&self) -> Result<&Settings, NotRead> {
        self.settings.get().ok_or(NotRead)
    }

    /// Reads the log, and folds it into the store for as long as it can be followed.
    pub(crate) async fn follow(&self, log: &Log, store: &Store, live: &Live) -> RunError {
        let (keys, folder) = (self.keys.clone(), self.folder.as_path());
        let opened = Settings::open(log, TRIAGE, keys, folder, &self.metrics).await;
        let settings = match opened {
            Ok(settings) => self.settings.get_or_init(|| settings),
            Err(error) => {
                self.check.not_ready(error.to_string());
                return error.into();
            }
        };
        let error = tokio::select! {
            error = settings.failed() => RunError::from(error),
            error = self.fold(settings, store, live) => RunError::from(error),
        };
        self.check.not_ready(error.to_string());
        error
    }

    async fn fold(&self, settings: &Settings, store: &Store, live: &Live) -> StoreError {
        let mut seen = None;
        loop {
            match self.fold_on(settings, store, &mut seen).await {
                Ok(()) => live.wake(),
                Err(StoreError::Stopped) => return StoreError::Stopped,
                Err(error) => {
                    error!(%error, "triage cannot be written to the feed, trying again");
                    self.check.not_ready(error.to_string());
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// Waits for changes and folds some of them.
    async fn fold_on(
        &self,
        settings: &Settings,
        store: &Store,
        seen: &mut Option<u64>,
    ) -> Result<(), StoreError> {
        let position = match *seen {
            Some(position) => position,
            None => start(settings, store).await?,
        };
        *seen = Some(position);
        self.folded.send_replace(position);
        if position >= settings.revision() {
            self.check.ready();
        }
        settings.changed(position).await;
        let changes = settings.changed_after(position, CHUNK).into_iter();
        let changes = changes.map(|(number, id, object)| change(number, &id, object));
        let changes: Vec<_> = changes.collect();
        let last = changes.last().map_or(position, |change| change.revision);
        store.fold(changes).await?;
        *seen = Some(last);
        self.folded.send_replace(last);
        Ok(())
    }

    /// Writes an action. Returns its id.
    pub(super) async fn act(
        &self,
        settings: &Settings,
        record: &ActionRecord,
        by: String,
    ) -> Result<String, SettingsError> {
        let id = Uuid::new_v4().to_string();
        let change = Written {
            object: format!("{ACTION}{id}"),
            expected: None,
            value: Some(json!(record)),
            who: by,
            why: record.note.clone().unwrap_or_default(),
        };
        match settings.write(change).await? {
            Outcome::Won { .. } => Ok(id),
            Outcome::Lost { .. } => Err(SettingsError::Unwritable("its id was taken".to_owned())),
        }
    }

    /// Waits until the store has all that counts so far; returns false when that takes long.
    pub(super) async fn shows(&self, settings: &Settings) -> bool {
        let revision = settings.revision();
        let mut folded = self.folded.subscribe();
        let shows = folded.wait_for(|folded| *folded >= revision);
        matches!(tokio::time::timeout(PATIENCE, shows).await, Ok(Ok(_)))
    }
}

/// Returns where to go on.
async fn start(settings: &Settings, store: &Store) -> Result<u64, StoreError> {
    let position = store.triage_position().await?;
    if position <= settings.revision() {
        return Ok(position);
    }
    warn!(
        position,
        "the feed has folded another log of triage, folding this one anew"
    );
    store.forget_triage().await?;
    Ok(0)
}

fn change(revision: u64, id: &str, object: Object) -> Change {
    let action = id.strip_prefix(ACTION).and_then(|id| {
        let record: ActionRecord = serde_json::from_value(object.value)
            .inspect_err(|error| warn!(id, %error, "an action can't be read, a newer program's?"))
            .ok()?;
        Some(Action::of_record(id, record, object.who, object.when))
    });
    Change { revision, action }
}
