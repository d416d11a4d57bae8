//! What is done on the side: days that are too old go, damaged ones are set aside, and figures are
//! found for metrics.

use std::time::Duration;

use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;
use nightlatch_schemas::topics::OKTA_EVENTS;
use tracing::{info, warn};

use super::archive::Keep;
use super::keeper::Activity;
use crate::consume::RunError;
use crate::lag;

/// How often the store is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// All that upkeep works with.
pub(crate) struct Upkeep {
    pub(crate) log: Log,
    pub(crate) activity: Activity,
    pub(crate) max_bytes: u64,
    /// Where people are told what was set aside.
    pub(crate) check: Latch,
    pub(crate) shutdown: Shutdown,
}

impl Upkeep {
    /// Goes on until a stop begins. What fails is tried again the next time.
    pub(crate) async fn run(self) {
        let mut known = 0;
        while !self.shutdown.is_begun() {
            let keep = Keep {
                since: self.activity.oldest(),
                max_bytes: self.max_bytes,
            };
            match self.activity.store.tidy(keep).await {
                Ok(0) => {}
                Ok(days) => info!(days, "retention has deleted activity"),
                Err(error) => warn!(%error, "retention could not delete activity"),
            }
            let damages = self.activity.store.damages();
            if damages.len() > known {
                known = damages.len();
                self.check.note(damages.join("; "));
            }
            if let Err(error) = self.measure().await {
                warn!(%error, "the figures of the activity could not be found");
            }
            tokio::select! {
                () = self.shutdown.begun() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn measure(&self) -> Result<(), RunError> {
        let Activity { store, metrics, .. } = &self.activity;
        metrics.extent(store.extent().await?);
        let lag = lag::find(&self.log, OKTA_EVENTS, store.positions().await?).await?;
        metrics.lag(&lag);
        Ok(())
    }
}
