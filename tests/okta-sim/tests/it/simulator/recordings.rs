//! What Okta answered to others, replayed: the simulated org must answer alike.
//!
//! The recordings are not part of this project; `NIGHTLATCH_TRAFFIC` names their file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nightlatch_okta_sim::{Endpoint, Fault, Harm, KeyCredential, Options, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, Prover, assertion, start};
use super::receiver::Receiver;

/// Members that Okta has added since some of the recordings were made.
const NEWER: [&str; 2] = ["description", "filter"];
/// Headers that every answer of Okta has.
const HEADERS: [&str; 7] = [
    "cache-control",
    "content-type",
    "expires",
    "pragma",
    "x-okta-request-id",
    "x-rate-limit-limit",
    "dpop-nonce",
];

/// One org that a sequence of recordings is replayed against.
struct Replay {
    org: Simulator,
    caller: Caller,
    receiver: Receiver,
    /// Ids of the recording, and those that they have here.
    ids: BTreeMap<String, String>,
    app: KeyCredential,
    prover: Prover,
    nonce: Option<String>,
}

impl Replay {
    async fn start() -> Self {
        let (org, caller) = start(Options::default()).await;
        let receiver = Receiver::start(&org).await;
        let scopes = ["okta.users.read", "okta.apps.read", "okta.groups.read"];
        Self {
            app: org.create_service_app(&scopes, true).unwrap(),
            caller: caller.as_administrator(&org),
            org,
            receiver,
            ids: BTreeMap::new(),
            prover: Prover::new(),
            nonce: None,
        }
    }

    /// Sends what was sent, as far as it was recorded.
    async fn send(&mut self, record: &Value) -> Answer {
        let path = record["path"].as_str().unwrap();
        if path == "/oauth2/v1/token" {
            return self.ask_for_token(record).await;
        }
        if record["status"] == 429 {
            let fault = Fault::at(Endpoint::EventHooks, Harm::TooManyRequests);
            self.org.add_fault(fault.times(1));
            return self.caller.get("/api/v1/eventHooks").await;
        }
        let mut path = path.to_owned();
        for (theirs, ours) in &self.ids {
            path = path.replace(theirs, ours);
        }
        let method: Method = record["method"].as_str().unwrap().parse().unwrap();
        let body = self.body(record, &method, &path);
        let answer = self.caller.send(method, &path, body.as_ref()).await;
        if let (Some(theirs), ours) = (record["response"]["id"].as_str(), answer.text("/id"))
            && !ours.is_empty()
        {
            self.ids.insert(theirs.to_owned(), ours.to_owned());
        }
        answer
    }

    /// Where the request's body was not recorded, the answer tells what it was.
    fn body(&self, record: &Value, method: &Method, path: &str) -> Option<Value> {
        if !record["request"].is_null() {
            let mut body = record["request"].clone();
            if let Some(uri) = body.pointer_mut("/channel/config/uri") {
                *uri = self.reachable(uri);
            }
            return Some(body);
        }
        let is_hook = path.starts_with("/api/v1/eventHooks") && !path.contains("/lifecycle/");
        if !is_hook || !matches!(*method, Method::POST | Method::PUT) {
            return None;
        }
        let answer = &record["response"];
        let mut channel = answer["channel"].clone();
        channel["config"]["uri"] = self.reachable(&channel["config"]["uri"]);
        Some(json!({"name": answer["name"], "events": answer["events"], "channel": channel}))
    }

    /// The recorded receivers stand behind ours, each under a path of its own.
    fn reachable(&self, uri: &Value) -> Value {
        let name = uri.as_str().unwrap().replace([':', '/'], "-");
        json!(format!("{}/{name}", self.receiver.url))
    }

    async fn ask_for_token(&mut self, record: &Value) -> Answer {
        let url = format!("{}/oauth2/v1/token", self.caller.url);
        let text = assertion(&self.app, &self.caller.url, |_| {});
        let field = |name: &str| record["request"][name].as_str().unwrap();
        let fields = [
            ("grant_type", field("grant_type")),
            ("scope", field("scope")),
            ("client_assertion_type", field("client_assertion_type")),
            ("client_assertion", text.as_str()),
        ];
        let has_proof = !record["request_headers"]["DPoP"].is_null();
        let is_granted = record["status"] == 200;
        if is_granted && self.nonce.is_none() {
            // Some recordings begin after the dance.
            let proof = self.prover.proof("POST", &url, |_| {});
            let mut plain = self.caller.clone();
            plain.authorization = None;
            let answer = plain.token(&fields, &[("DPoP", &proof)]).await;
            self.nonce = Some(answer.header("dpop-nonce").to_owned());
            return Box::pin(self.ask_for_token(record)).await;
        }
        let nonce = self.nonce.as_ref().filter(|_| is_granted);
        let proof = self.prover.proof("POST", &url, |claims| {
            if let Some(nonce) = nonce {
                claims["nonce"] = json!(nonce);
            }
        });
        let mut plain = self.caller.clone();
        plain.authorization = None;
        let headers: Vec<_> = has_proof
            .then_some(("DPoP", proof.as_str()))
            .into_iter()
            .collect();
        let answer = plain.token(&fields, &headers).await;
        let told = answer.header("dpop-nonce");
        if !told.is_empty() {
            self.nonce = Some(told.to_owned());
        }
        answer
    }
}

/// Lists in what an answer differs from the recorded one.
fn differences(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                let at = format!("{at}/{name}");
                match (theirs.get(name), ours.get(name)) {
                    (Some(theirs), Some(ours)) => differences(theirs, ours, &at, found),
                    (Some(_), None) => found.push(format!("{at} is missing")),
                    (None, _) if NEWER.contains(&name.as_str()) => {}
                    (None, _) => found.push(format!("{at} is too much")),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.len() != ours.len() {
                found.push(format!(
                    "{at} has {} for {} items",
                    ours.len(),
                    theirs.len()
                ));
            }
            for (theirs, ours) in theirs.iter().zip(ours) {
                differences(theirs, ours, &format!("{at}/-"), found);
            }
        }
        (Value::String(theirs), Value::String(ours)) => {
            let name = at.rsplit('/').next().unwrap();
            let must_be_equal = matches!(
                name,
                "status"
                    | "verificationStatus"
                    | "type"
                    | "version"
                    | "method"
                    | "key"
                    | "errorCode"
                    | "errorLink"
                    | "error"
                    | "error_description"
                    | "token_type"
                    | "scope"
            );
            if must_be_equal && theirs != ours {
                found.push(format!("{at} is {ours:?}, not {theirs:?}"));
            }
        }
        _ => {
            if std::mem::discriminant(theirs) != std::mem::discriminant(ours) {
                found.push(format!("{at} is {ours}, not {theirs}"));
            }
        }
    }
}

fn has_headers(record: &Value, answer: &Answer, found: &mut Vec<String>) {
    let theirs = record["headers"].as_object().unwrap();
    for name in theirs.keys().map(|name| name.to_ascii_lowercase()) {
        if HEADERS.contains(&name.as_str()) && !answer.headers.contains_key(&name) {
            found.push(format!("the header {name} is missing"));
        }
    }
}

fn is_simulated(record: &Value) -> bool {
    let path = record["path"].as_str().unwrap();
    let roots = [
        "/api/v1/eventHooks",
        "/integrations/api/v1/api-services",
        "/oauth2/v1/token",
    ];
    record["status"] == 429 || roots.iter().any(|root| path.starts_with(root))
}

#[tokio::test]
#[ignore = "needs NIGHTLATCH_TRAFFIC, the file of recordings"]
async fn the_org_answers_as_okta_did() {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let path = std::env::var("NIGHTLATCH_TRAFFIC").unwrap();
    let mut sequences: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if is_simulated(&record) {
            let source = record["source"].as_str().unwrap().to_owned();
            sequences.entry(source).or_default().push(record);
        }
    }
    let (mut replayed, mut differ) = (0, Vec::new());
    for records in sequences.values() {
        let mut replay = Replay::start().await;
        for record in records {
            let answer = replay.send(record).await;
            let mut found = Vec::new();
            if record["status"] != answer.status {
                found.push(format!("{} instead of {}", answer.status, record["status"]));
            }
            differences(&record["response"], &answer.body, "", &mut found);
            has_headers(record, &answer, &mut found);
            let what = format!("{} {}", record["method"], record["path"]);
            differ.extend(found.into_iter().map(|text| format!("{what}: {text}")));
            replayed += 1;
        }
    }
    assert!(replayed >= 150, "{replayed} of the recordings");
    assert!(differ.is_empty(), "{differ:#?}");
}
