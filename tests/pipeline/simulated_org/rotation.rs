//! The secret of a hook is rotated while deliveries come: none is refused, and the old secret opens no
//! longer than is said.

use std::time::Duration;

use jiff::Timestamp;
use nightlatch_okta_sim::Simulator;
use reqwest::StatusCode;
use serde_json::Value;

use super::gateway::Gateway;
use super::wizard::Api;
use super::{facing, options};
use crate::deadline::{SOON, until};
use crate::fleet::Service;
use crate::installation::Installation;
use crate::load::client;

/// Events in a second.
const RATE: f64 = 100.0;
/// The old secret must be refused so soon after its end.
const AT_ONCE: Duration = Duration::from_secs(1);
const HEADER: &str = "authorization";
const NOTHING: &str = r#"{"data":{"events":[]}}"#;

/// Delivers nothing, as the org would, to every ingest; returns what they answer, each once.
async fn knock(hooks: &[std::net::SocketAddr], path: &str, secret: &str) -> Vec<StatusCode> {
    let client = client(SOON);
    let mut answers = Vec::new();
    for hook in hooks {
        let delivery = client.post(format!("http://{hook}{path}"));
        let delivery = delivery.header(HEADER, secret).body(NOTHING);
        answers.push(delivery.send().await.unwrap().status());
    }
    answers.dedup();
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_delivery_is_refused_during_a_rotation_and_the_old_secret_ends_when_it_is_said_to() {
    let org = Simulator::start(options(11)).await.unwrap();
    let gateway = Gateway::listening().await;
    let installation = facing(Installation::new(), &org, &gateway);
    let services = installation.start().await;
    let hooks = services.all_hooks();
    gateway.lead_to(hooks.clone());
    let api = Api::at(services.running(Service::Ingest)[0].api);
    let id = api.connect(&org, &Timestamp::now().to_string()).await;
    let path = format!("/api/v1/integrations/{id}");
    let (secrets, paths) = gateway.heard(HEADER);
    let (old, hook) = (secrets[0].clone(), paths[0].clone());
    org.set_pace(RATE);
    until("deliveries come", async || {
        (org.delivery_counts().accepted > 5).then_some(())
    })
    .await;

    let rotated = api.post(&format!("{path}/hook-secret"), &Value::Null).await;

    assert_eq!(rotated.body.get("problems"), None, "{}", rotated.text);
    let secrets = rotated.body["hook"]["secrets"].as_array().unwrap();
    let end: Timestamp = secrets[1]["until"].as_str().unwrap().parse().unwrap();
    // What was on its way has its time.
    assert_eq!(knock(&hooks, &hook, &old).await, [StatusCode::NO_CONTENT]);
    until("the old secret is refused", async || {
        let answers = knock(&hooks, &hook, &old).await;
        (answers == [StatusCode::UNAUTHORIZED]).then_some(())
    })
    .await;
    let late = Timestamp::now().duration_since(end);
    assert!(Timestamp::now() >= end, "it is refused before its end");
    assert!(
        Duration::try_from(late).unwrap() <= AT_ONCE,
        "{late:?} late"
    );
    org.set_pace(0.0);
    org.settle().await;
    let (secrets, _) = gateway.heard(HEADER);
    let new = secrets.last().unwrap();
    assert_ne!(*new, old);
    assert_eq!(knock(&hooks, &hook, new).await, [StatusCode::NO_CONTENT]);
    let counts = org.delivery_counts();
    assert!(counts.accepted > 50 && counts.failed == 0, "{counts:?}");
}
