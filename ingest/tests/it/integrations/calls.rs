//! What Prometheus sees of the calls to Okta.

use nightlatch_okta_sim::{Endpoint, Fault, Harm};

use super::okta::{SCOPES, World};

/// The value of a metric for an endpoint; none when it is not told.
fn told(world: &World, metric: &str, labels: &str) -> Option<u64> {
    let page = world.bench.metrics.render().unwrap();
    let series = format!("nightlatch_okta_api_{metric}{{{labels},integration=\"sim\"}} ");
    let value = page.lines().find_map(|line| line.strip_prefix(&series));
    value.map(|value| value.parse().unwrap())
}

fn made(world: &World, endpoint: &str, code: &str) -> Option<u64> {
    let labels = format!("code=\"{code}\",endpoint=\"{endpoint}\"");
    told(world, "requests_total", &labels)
}

#[tokio::test]
async fn prometheus_sees_each_call_to_okta_and_what_is_left() {
    let world = World::new().await;
    let path = world.connect(&SCOPES).await;
    let validate = format!("{path}/validate?wait=0s");
    world.api().post(&validate).await;
    for code in [200, 201] {
        let seen = made(&world, "event_hooks", &code.to_string());
        let answered = world.org.request_count(Endpoint::EventHooks, code);
        assert_eq!(seen.unwrap_or_default(), answered, "{code}");
    }
    assert!(made(&world, "event_hooks", "200") > Some(0));
    let left = told(&world, "rate_limit_remaining", "endpoint=\"event_hooks\"");
    assert!(left > Some(0), "{left:?}");

    let fault = |endpoint, harm| world.org.add_fault(Fault::at(endpoint, harm));
    fault(Endpoint::EventHooks, Harm::Status(500));
    fault(Endpoint::Logs, Harm::Truncated);
    world.api().post(&validate).await;

    assert!(made(&world, "event_hooks", "500") > Some(0));
    assert!(made(&world, "system_log", "none") > Some(0));
}
