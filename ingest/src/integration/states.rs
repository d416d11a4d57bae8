//! Tells Prometheus how the integrations are that this replica looks after, and nothing of those that it no longer
//! does.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::metrics::{GaugeVec, Metrics, MetricsError};
use nightlatch_chassis::shutdown::Shutdown;

use super::desk::Desk;
use super::status::{Seen, State, Status};

/// How often it is told.
const LOOK: Duration = Duration::from_secs(5);

/// The metric of the states.
#[derive(Debug, Clone)]
pub(crate) struct States(GaugeVec);

impl States {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        let help = "How an integration is (connected, pending, warning, error, paused): 1 for the state it is in, \
                    says the replica that looks after it.";
        let states = metrics.gauge_vec("integration_state", help, &["integration", "state"])?;
        Ok(Self(states))
    }

    /// Tells it until the stop begins.
    pub(crate) async fn run(&self, desk: &Desk, shutdown: Shutdown) {
        let mut told = BTreeSet::new();
        loop {
            let table = desk.directory.table();
            let ours = table.entries.values().filter(|entry| desk.owns(&entry.id));
            let mut now = BTreeSet::new();
            for entry in ours {
                let types = desk.activity.of(&entry.tenure());
                let seen = Seen::of(desk, entry, &types);
                let status = Status::of(entry, &seen, Timestamp::now());
                self.tell(&entry.name, status.state);
                now.insert(entry.name.clone());
            }
            for name in told.difference(&now) {
                self.leave(name);
                desk.connections.leave(name);
            }
            told = now;
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn tell(&self, integration: &str, present: State) {
        for state in State::ALL {
            let gauge = self.0.with_label_values(&[integration, state.word()]);
            gauge.set(f64::from(u8::from(state == present)));
        }
    }

    /// Says no more of one that is gone, or another replica's now.
    fn leave(&self, integration: &str) {
        for state in State::ALL {
            drop(self.0.remove_label_values(&[integration, state.word()]));
        }
    }
}
