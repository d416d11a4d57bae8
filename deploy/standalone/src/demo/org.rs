//! The simulated org of the demo: what it is like, and what happens in it.

use std::sync::Arc;
use std::time::Duration;

use nightlatch_okta_sim::{
    Authority, DeliveryOptions, IntegrationCredential, Options, Scenario, Simulator,
};

use crate::arguments::DemoOptions;

/// What an administrator grants.
const SCOPES: [&str; 3] = [
    "okta.eventHooks.manage",
    "okta.eventHooks.read",
    "okta.logs.read",
];
/// So that an attack shows within seconds, not minutes.
const HURRY: u32 = 8;
/// Between two attacks.
const BETWEEN_ATTACKS: Duration = Duration::from_secs(9);
/// Okta's hooks take a minute: too long to look on.
const WARM_UP: Duration = Duration::from_secs(1);

/// An org that runs, at rest until it is told to live.
#[derive(Debug)]
pub(crate) struct SimulatedOrg {
    simulator: Simulator,
    address: String,
    rate: f64,
}

impl SimulatedOrg {
    /// Starts it; the authority vouches for it.
    pub(crate) async fn start(
        options: &DemoOptions,
        authority: Arc<Authority>,
    ) -> anyhow::Result<Self> {
        let delivery = DeliveryOptions {
            warm_up: WARM_UP,
            // Nobody is to wait for the next day, whatever the rate.
            daily_quota: u64::from(u32::MAX),
            // Our listener is on this machine, too.
            plain_receivers: true,
            ..DeliveryOptions::default()
        };
        let org = Options {
            seed: options.seed,
            hurry: HURRY,
            delivery,
            ..Options::default()
        };
        let simulator = Simulator::start_under(org, authority).await?;
        Ok(Self {
            address: simulator.address().to_string(),
            simulator,
            rate: options.rate,
        })
    }

    /// Where it is reached, as a person would enter it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Does what an administrator does to let us in.
    pub(crate) fn install_integration(&self) -> IntegrationCredential {
        self.simulator.install_integration(&SCOPES)
    }

    /// Lets people go about their work from now on.
    pub(crate) fn live(&self) {
        self.simulator.set_pace(self.rate);
    }

    /// Starts one attack after another, until it is dropped.
    pub(crate) async fn is_attacked(&self) {
        let mut turns = tokio::time::interval(BETWEEN_ATTACKS);
        for attack in Scenario::ALL.into_iter().cycle() {
            turns.tick().await;
            self.simulator.attack(attack);
        }
    }

    /// Lets the work rest, and waits until what has happened is delivered, but no longer than that.
    pub(crate) async fn rest(&self, longest: Duration) {
        self.simulator.set_pace(0.0);
        // What is not delivered by then is not waited for.
        drop(tokio::time::timeout(longest, self.simulator.settle()).await);
    }

    /// How many events its System Log has.
    pub(crate) fn event_count(&self) -> usize {
        self.simulator.event_count()
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        self.simulator.stop().await;
    }
}
