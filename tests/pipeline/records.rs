//! What the product shows: the records of its topics and the rows of its feed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::installation::Installation;

/// A record as `tail --format json` prints it.
#[derive(Debug, Deserialize)]
pub(crate) struct Record<T> {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    #[serde(default)]
    pub(crate) headers: serde_json::Map<String, serde_json::Value>,
    pub(crate) value: T,
}

/// What tests look at in a record of `okta.events`.
#[derive(Debug, Deserialize)]
pub(crate) struct OktaEvent {
    pub(crate) org: String,
    pub(crate) uuid: String,
    pub(crate) origin: String,
    pub(crate) raw: String,
}

/// What tests look at in a runtime event.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Detection {
    pub(crate) id: String,
    pub(crate) org: String,
    pub(crate) rule: Rule,
    pub(crate) ruleset_version: String,
    pub(crate) output: String,
    pub(crate) event: Event,
}

/// The rule that matched.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Rule {
    pub(crate) name: String,
}

/// The event that was judged.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Event {
    pub(crate) uuid: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

#[derive(Debug, Deserialize)]
struct Page {
    events: Vec<Detection>,
    next_cursor: Option<String>,
}

/// The words of the command that prints what a topic holds, a line of JSON a record.
pub(crate) const fn printing(topic: &str) -> [&str; 7] {
    [
        "tail",
        topic,
        "--from",
        "start",
        "--until-end",
        "--format",
        "json",
    ]
}

impl Installation {
    /// Returns all records of a topic.
    pub(crate) async fn records<T: DeserializeOwned>(&self, topic: &str) -> Vec<Record<T>> {
        let printed = self.succeed(&printing(topic)).await;
        let parse = |line: &str| serde_json::from_str(line).unwrap();
        printed.lines().map(parse).collect()
    }

    /// Returns the events on `okta.events`.
    pub(crate) async fn events(&self) -> Vec<Record<OktaEvent>> {
        self.records("okta.events").await
    }

    /// Returns the detections on `okta.runtime-events`.
    pub(crate) async fn detections(&self) -> Vec<Record<Detection>> {
        self.records("okta.runtime-events").await
    }
}

/// Pages through the feed, newest first.
pub(crate) async fn feed(api: SocketAddr) -> Vec<Detection> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let mut request = client
            .get(format!("http://{api}/api/v1/events"))
            .query(&[("limit", "200")]);
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let page: Page = answer.json().await.unwrap();
        rows.extend(page.events);
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return rows,
        }
    }
}

/// Returns the raw JSON of events, those of each org in order.
pub(crate) fn raws_by_org(events: Vec<Record<OktaEvent>>) -> BTreeMap<String, Vec<String>> {
    let mut raws: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for OktaEvent { org, raw, .. } in events.into_iter().map(|record| record.value) {
        raws.entry(org).or_default().push(raw);
    }
    raws
}
