//! What the API says of an integration minutes after Okta has verified its hook. No test waits for that
//! long: the settings log is written as if it had been so long ago.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use nightlatch_chassis::Sources;
use nightlatch_chassis::config::{Config, load};
use nightlatch_chassis::http::request::Author;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::Written;
use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, INTEGRATIONS, OKTA_EVENTS};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::Ingest;
use crate::integration::store::{Field, Store};

const ID: &str = "00000000-0000-5000-8000-000000000001";

fn config(folder: &str) -> Config {
    let config = load(&Sources {
        defaults: vec![crate::DEFAULTS],
        flags: vec![("data_dir".to_owned(), folder.to_owned())],
        ..Sources::default()
    });
    config.unwrap()
}

fn log(folder: &std::path::Path) -> Log {
    let topic = |name| TopicSpec {
        name,
        partitions: 1,
        retention: None,
        compacted: name == CURSORS,
    };
    let options = LocalOptions {
        topics: [OKTA_EVENTS, DEAD_LETTERS, INTEGRATIONS, CURSORS]
            .map(topic)
            .to_vec(),
        ..LocalOptions::default()
    };
    let metrics = TopicMetrics::new(&Metrics::new().unwrap()).unwrap();
    Log::local(folder, options, metrics).unwrap()
}

/// Writes an integration whose hook Okta verified then, and of which nothing has come since.
async fn connect(store: &Store, verified: Timestamp) {
    let fresh = |field| json!(store.fresh(ID, field).unwrap());
    let mut secret = fresh(Field::HookSecret);
    secret["verified"] = json!(verified);
    let settings = json!({
        "name": "acme", "org_id": "00o1", "domain": "acme.okta.com",
        "credentials": {"mode": "api_token", "secret": fresh(Field::Credentials)},
        "hook": {"path_key": fresh(Field::PathKey), "secrets": [secret]},
        "start": verified, "created": verified,
    });
    let settings = serde_json::from_value(settings).unwrap();
    let author = Author {
        who: "ann".to_owned(),
        why: String::new(),
    };
    let written = store.write(ID, None, Some(&settings), author).await;
    assert!(matches!(written, Ok(Written::Won { .. })), "{written:?}");
}

/// The status that the API shows so long after the verification.
async fn status_after(span: SignedDuration) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (config, log) = (config(folder.path().to_str().unwrap()), log(folder.path()));
    let metrics = Metrics::new().unwrap();
    let store = Store::open(&config, &log, folder.path(), &metrics).await;
    connect(&store.unwrap(), Timestamp::now() - span).await;
    let ingest = Ingest::open(&config, log, &Metrics::new().unwrap()).await;
    let path = format!("/api/v1/integrations/{ID}");
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = ingest.unwrap().routes().oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let mut document: Value = serde_json::from_slice(&body).unwrap();
    document["status"].take()
}

#[tokio::test]
async fn an_org_of_which_nothing_comes_within_five_minutes_is_told_of_with_what_to_check() {
    let early = status_after(SignedDuration::from_mins(4)).await;
    assert_eq!(early["state"], json!("connected"), "{early}");

    let late = status_after(SignedDuration::from_mins(5)).await;

    assert_eq!(late["state"], json!("warning"), "{late}");
    let said = [&late["reason"], &late["remedy"]].map(|text| text.as_str().unwrap());
    assert_eq!(
        said.join(" "),
        "No event has come within five minutes of the verification. Sign in to the org once; if \
         nothing comes then, check the event types that were chosen, and validate the integration."
    );
    assert!(late["since"].is_string(), "{late}");
}
