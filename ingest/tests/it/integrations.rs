//! Integrations that people set by the API.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::bench::Bench;

mod anew;
mod calls;
mod catch_up;
mod checklist;
mod client;
mod custom_domain;
mod dark_day;
mod defects;
mod deliveries;
mod life;
mod log_findings;
mod okta;
mod pages;
mod refused;
mod replicas;
mod rotation;
mod secrets;
mod send_test;
mod shared_limit;
mod silence;
mod states;
mod system_log;
mod upkeep;

use client::Client;

const INTEGRATIONS: &str = "/api/v1/integrations";
/// What must be seen nowhere.
const CANARY: &str = "canary-4f1d9a-of-the-client-secret";

/// An org that is connected with a client secret; that it is there is taken on trust.
fn acme(more: &Value) -> Value {
    let mut new = json!({
        "domain": "https://acme-admin.okta.com/admin/dashboard",
        "org_id": "00oacme",
        "name": "Acme",
        "credentials": {"client_id": "0oa1", "client_secret": CANARY},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        new[name] = value.clone();
    }
    new
}

/// Connects it and returns its path.
async fn connect(api: &Client<'_>, new: &Value) -> String {
    let made = api.ask("POST", INTEGRATIONS, None, new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.headers["location"].to_str().unwrap().to_owned()
}

impl Bench {
    fn client(&self) -> Client<'_> {
        Client(self.api())
    }
}
