//! The simulated org of the demo: its integration, and its event hook.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use nightlatch_okta_sim::{Org, Scenario, SimEvent, Traffic, hook_body};
use uuid::Uuid;

use super::summary::Summary;

const DOMAIN: &str = "acme.okta.com";
/// Okta's id of the org.
const ORG_ID: &str = "00oacme0demo0org0697";
const HOOK_ID: &str = "whoacme0demo0hook697";
/// So that an attack shows within seconds, not minutes.
const HURRY: u32 = 8;
/// Between two attacks.
const BETWEEN_ATTACKS: Duration = Duration::from_secs(9);
/// Okta's own limit.
const TIMEOUT: Duration = Duration::from_secs(3);

/// An org that delivers its events to our hook.
#[derive(Debug)]
pub(crate) struct SimulatedOrg {
    traffic: Traffic,
    path_key: String,
    secret: String,
}

impl SimulatedOrg {
    pub(crate) fn new(seed: u64) -> Self {
        let random = || Uuid::new_v4().simple().to_string();
        Self {
            traffic: Traffic::new(Org::new(seed, DOMAIN), seed).hurried(HURRY),
            path_key: random(),
            secret: random() + &random(),
        }
    }

    /// Returns the settings of its integration.
    pub(crate) fn integration(&self) -> Vec<(String, String)> {
        let fields = [
            ("name", "acme"),
            ("org_id", ORG_ID),
            ("domain", DOMAIN),
            ("path_key", &self.path_key),
            ("secret", &self.secret),
        ];
        let set =
            |(field, value): (&str, &str)| (format!("integrations.0.{field}"), value.to_owned());
        fields.into_iter().map(set).collect()
    }

    /// Delivers events at a rate until it is dropped or a delivery is refused for good.
    pub(crate) async fn send(
        mut self,
        hooks: SocketAddr,
        rate: f64,
        summary: Arc<Summary>,
    ) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let url = format!("http://{hooks}/hooks/okta/{}", self.path_key);
        let mut ticks = tokio::time::interval(Duration::from_secs_f64((1.0 / rate).max(0.005)));
        let mut owed = 0.0;
        let mut attacks = Scenario::ALL.iter().copied().cycle();
        let mut next_attack = tokio::time::Instant::now() + Duration::from_secs(2);
        loop {
            let tick = ticks.tick().await;
            if tick >= next_attack
                && let Some(attack) = attacks.next()
            {
                self.traffic.attack(attack, now_ms());
                next_attack = tick + BETWEEN_ATTACKS;
            }
            owed += rate * ticks.period().as_secs_f64();
            let mut events = Vec::new();
            while owed >= 1.0 {
                let event = self.traffic.next(now_ms());
                // As Okta does: hooks carry eligible types only.
                events.extend(event.hook_eligible().then_some(event));
                owed -= 1.0;
            }
            if !events.is_empty() {
                self.deliver(&client, &url, &events, &summary).await?;
            }
        }
    }

    async fn deliver(
        &self,
        client: &reqwest::Client,
        url: &str,
        events: &[SimEvent],
        summary: &Summary,
    ) -> anyhow::Result<()> {
        summary.sent(events.iter().map(|event| event.uuid.as_str()));
        let body = hook_body(DOMAIN, HOOK_ID, events, now_ms());
        let request = client.post(url).header("Authorization", &self.secret);
        let response = request
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await?;
        if !response.status().is_success() {
            bail!("our own hook answered {}", response.status());
        }
        Ok(())
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
