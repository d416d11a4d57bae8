//! What Prometheus sees of how integrations are.

use serde_json::Value;

use super::okta::{World, until};
use super::system_log::Working;

/// The state that is told of the org, as long as exactly one is.
fn told(world: &World) -> Option<String> {
    let page = world.bench.metrics.render().unwrap();
    let series = "nightlatch_integration_state{integration=\"sim\",state=\"";
    let mut present = page.lines().filter_map(|line| {
        let state = line.strip_prefix(series)?.strip_suffix("\"} 1")?;
        Some(state.to_owned())
    });
    let state = present.next();
    assert_eq!(present.next(), None, "{page}");
    state
}

#[tokio::test]
async fn prometheus_sees_the_state_of_an_integration_until_it_is_gone() {
    let world = World::new().await;
    let api = world.api();
    let path = world.connected().await;
    let working = Working::begin(&world.bench);
    let is = async |state: &str| told(&world).as_deref() == Some(state);

    until("it is connected", || is("connected")).await;
    api.post(&format!("{path}/pause")).await;
    until("it is paused", || is("paused")).await;
    let etag = api.get(&path).await.etag();
    api.ask("DELETE", &path, Some(&etag), &Value::Null).await;
    until("it is gone", async || {
        let page = world.bench.metrics.render().unwrap();
        let mut lines = page.lines();
        !lines.any(|line| {
            let is_gauge = line.starts_with("nightlatch_integration_state{")
                || line.starts_with("nightlatch_okta_api_rate_limit_remaining{");
            is_gauge && line.contains("integration=\"sim\"")
        })
    })
    .await;
    working.end().await;
}
