//! The detector as a whole.

use std::collections::BTreeMap;
use std::io;

use axum::Router;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_chassis::metrics::{Metrics, MetricsError};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;

use crate::DetectorConfig;
use crate::api::{self, Api};
use crate::consume::Loop;
use crate::editor::desk::Desk;
use crate::memory::Memory;
use crate::metrics::{DetectorMetrics, RuleMetrics};
use crate::policy::store::{Store, StoreError};
use crate::redrive;
use crate::reload::{Rules, RulesError};

/// The name under which the detector's position is kept.
pub const GROUP: &str = "detector";

/// The detector, ready to run.
#[derive(Debug)]
pub struct Detector {
    api: Api,
    rules: Rules,
    consume: Loop,
}

/// Why the detector could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DetectorError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// A mistake in the program.
    #[error("{0}")]
    Metrics(#[from] MetricsError),
    /// The folder of the last good policies.
    #[error("the data folder: {0}")]
    Folder(#[from] io::Error),
    /// The memory on local disk could not be opened.
    #[error("the detector's memory: {0}")]
    Memory(#[from] rusqlite::Error),
    /// What people have set of policies can't be read.
    #[error("the settings of policies: {0}")]
    Settings(#[from] StoreError),
    /// The rules can't be followed any more.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The log failed for good.
    #[error("the log failed: {0}")]
    Log(String),
}

impl Detector {
    /// Reads what is set of policies, loads the rules and opens the memory.
    pub async fn open(
        config: &Config,
        log: Log,
        metrics: &Metrics,
        readiness: &Readiness,
    ) -> Result<Self, DetectorError> {
        let settings = DetectorConfig::from_config(config)?;
        let data_dir = config.data_dir();
        let max_step = settings.max_step;
        let rule_metrics = RuleMetrics::new(metrics)?;
        let store = Store::open(config, &log, &data_dir, metrics).await?;
        let latch = readiness.check("rules");
        let rules = Rules::load(settings, store.clone(), &data_dir, rule_metrics, latch)?;
        let consume = Loop {
            log,
            rules: rules.in_force(),
            memory: Memory::open(&data_dir)?,
            metrics: DetectorMetrics::new(metrics)?,
            latch: readiness.check("detector"),
            max_step,
            step_size: max_step,
            partitions: BTreeMap::new(),
            gaps: BTreeMap::new(),
        };
        let api = Api {
            table: rules.table(),
            in_force: rules.in_force(),
            desk: Desk::new(),
            store,
        };
        Ok(Self {
            api,
            rules,
            consume,
        })
    }

    /// Returns the addresses to serve. Who may ask is for the caller to guard.
    pub fn routes(&self) -> Router {
        let (redrive, _) = redrive::router().split_for_parts();
        api::routes(self.api.clone()).merge(redrive.with_state(self.consume.log.clone()))
    }

    /// Judges events until the stop begins.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), DetectorError> {
        let watching = async { Ok(self.rules.watch(shutdown.clone()).await?) };
        let consuming = self.consume.run(shutdown.clone());
        tokio::try_join!(watching, consuming).map(drop)
    }
}
