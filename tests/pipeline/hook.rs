//! The hook as Okta uses it: verified, delivered to, while its secret is changed too.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use nightlatch_okta_sim::{odd_events, odd_events_on_many_lines};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::deadline::SOON;
use crate::installation::{Installation, PATH_KEY, PREVIOUS_SECRET, SECRET, orgs};
use crate::load::client;
use crate::records::raws_by_org;
use crate::services::Services;

const CHALLENGE: &str = "x-okta-verification-challenge";

/// Services and what it takes to speak to their hooks, by turns.
struct Hook {
    services: Services,
    client: Client,
}

impl Hook {
    async fn of(installation: &Installation) -> Self {
        Self {
            services: installation.start().await,
            client: client(SOON),
        }
    }

    fn url(&self, key: &str) -> String {
        format!("http://{}/hooks/okta/{key}", self.services.hooks())
    }

    async fn deliver(&self, secret: &str, encoding: Option<&str>, body: Vec<u8>) -> StatusCode {
        self.deliver_to(PATH_KEY, secret, encoding, body).await
    }

    async fn deliver_to(
        &self,
        key: &str,
        secret: &str,
        encoding: Option<&str>,
        body: Vec<u8>,
    ) -> StatusCode {
        let mut request = self
            .client
            .post(self.url(key))
            .header("Authorization", secret);
        if let Some(encoding) = encoding {
            request = request.header("Content-Encoding", encoding);
        }
        request.body(body).send().await.unwrap().status()
    }

    async fn verify(&self, key: &str, secret: Option<&str>) -> (StatusCode, Value) {
        let mut request = self
            .client
            .get(self.url(key))
            .header(CHALLENGE, "a challenge \"1\"");
        if let Some(secret) = secret {
            request = request.header("Authorization", secret);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

fn body(events: &[String]) -> String {
    format!(
        "{{\"data\": {{ \"events\": [ {} ] }} }}",
        events.join(" , ")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn okta_verifies_the_hook_with_either_secret_and_nobody_else_does() {
    let hook = Hook::of(&Installation::new()).await;

    let ingests = hook.services.all_hooks();
    for secret in [SECRET, PREVIOUS_SECRET] {
        for _ in &ingests {
            let (status, answer) = hook.verify(PATH_KEY, Some(secret)).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(answer, json!({"verification": "a challenge \"1\""}));
        }
    }
    for secret in [None, Some("wrong"), Some("")] {
        for _ in &ingests {
            let (status, problem) = hook.verify(PATH_KEY, secret).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{secret:?}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(
                detail.contains("secret header is missing or wrong"),
                "{detail}"
            );
            assert!(!problem.to_string().contains("a challenge"), "{problem}");
        }
    }
    let (status, problem) = hook.verify("another-key-0123456789", Some(SECRET)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("no integration has this address")
    );

    let without = hook
        .client
        .get(hook.url(PATH_KEY))
        .header("Authorization", SECRET);
    let without = without.send().await.unwrap();
    assert_eq!(without.status(), StatusCode::BAD_REQUEST);
    let problem: Value = without.json().await.unwrap();
    assert!(
        problem["detail"].as_str().unwrap().contains(CHALLENGE),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hook_takes_is_kept_byte_for_byte() {
    let installation = Installation::new();
    let hook = Hook::of(&installation).await;
    let events = [odd_events(21, 100), odd_events_on_many_lines(22, 100)].concat();
    let mut secrets = [SECRET, PREVIOUS_SECRET].iter().cycle();

    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (delivery, org) in events.chunks(5).zip(orgs().iter().cycle()) {
        let of_org = sent.entry(org.domain.clone()).or_default();
        of_org.extend_from_slice(delivery);
        let (secret, delivery) = (secrets.next().unwrap(), body(delivery).into_bytes());
        let status = hook.deliver_to(&org.path_key, secret, None, delivery).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }

    let kept = installation.events().await;
    assert!(kept.iter().all(|kept| kept.value.origin == "hook"));
    assert_eq!(raws_by_org(kept), sent);
    hook.services.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_delivery_is_taken_as_if_it_were_plain() {
    let installation = Installation::new();
    let hook = Hook::of(&installation).await;
    let events = odd_events(23, 4);
    let bodies = [body(&events[..2]), body(&events[2..])];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bodies[0].as_bytes()).unwrap();
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(bodies[1].as_bytes()).unwrap();

    let gzip = hook
        .deliver(SECRET, Some("gzip"), gzip.finish().unwrap())
        .await;
    let deflate = hook
        .deliver(SECRET, Some("deflate"), deflate.finish().unwrap())
        .await;

    assert_eq!([gzip, deflate], [StatusCode::NO_CONTENT; 2]);
    let kept: Vec<_> = installation
        .events()
        .await
        .into_iter()
        .map(|kept| kept.value.raw)
        .collect();
    assert_eq!(kept, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_without_events_is_taken_and_changes_nothing() {
    let installation = Installation::new();
    let hook = Hook::of(&installation).await;

    let status = hook.deliver(SECRET, None, body(&[]).into_bytes()).await;

    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(installation.events().await.is_empty());
}
