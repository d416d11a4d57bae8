//! Connecting an org by the API, step by step as the pages do.

use std::net::SocketAddr;

use nightlatch_okta_sim::Simulator;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::SCOPES;
use crate::deadline::SOON;
use crate::load::client;

const INTEGRATIONS: &str = "/api/v1/integrations";
/// What people call it.
pub(super) const NAME: &str = "simulated";

/// A client of the API of a replica.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    address: SocketAddr,
}

/// What it was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) etag: Option<String>,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Api {
    pub(super) fn at(address: SocketAddr) -> Self {
        let client = client(SOON);
        Self { client, address }
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: &Value,
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.client.request(method, url);
        if let Some(etag) = etag {
            request = request.header("If-Match", etag);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let etag = answer.headers().get("etag");
        let etag = etag.map(|etag| etag.to_str().unwrap().to_owned());
        let status = answer.status();
        let text = answer.text().await.unwrap();
        Answer {
            status,
            etag,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, &Value::Null).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, None, body).await
    }

    /// Creates an integration of the org with these credentials, and returns its path.
    /// The org's System Log is read from `start` on.
    pub(super) async fn create(&self, org: &Simulator, credentials: Value, start: &str) -> String {
        let start_of_wizard = json!({"org": org.address().to_string()});
        let begun = self
            .post(&format!("{INTEGRATIONS}/start"), &start_of_wizard)
            .await;
        assert_eq!(begun.body["connected"], json!(false), "{}", begun.text);
        let new = json!({
            "domain": begun.body["domain"], "name": NAME, "credentials": credentials,
            "start": start, "event_types": "recommended",
        });
        let made = self.post(INTEGRATIONS, &new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        format!("{INTEGRATIONS}/{}", made.body["id"].as_str().unwrap())
    }

    /// Goes through the checklist, which creates the event hook and has it verified.
    pub(super) async fn validate(&self, path: &str) {
        let validate = format!("{path}/validate?wait=0s");
        let checklist = self.post(&validate, &Value::Null).await;
        let is_passed = checklist.text.contains("{\"passed\":true}");
        assert!(is_passed, "{}", checklist.text);
    }

    /// Connects the org from the beginning to the end of the wizard, and returns the integration's id.
    pub(super) async fn connect(&self, org: &Simulator, start: &str) -> String {
        let client = org.install_integration(&SCOPES);
        let credentials =
            json!({"client_id": client.client_id, "client_secret": client.client_secret});
        let path = self.create(org, credentials, start).await;
        self.validate(&path).await;
        let complete = format!("{path}/complete");
        let completed = self.post(&complete, &Value::Null).await;
        let when = &completed.body["completed"];
        assert!(when.is_string(), "{}", completed.text);
        path.rsplit('/').next().unwrap().to_owned()
    }
}
