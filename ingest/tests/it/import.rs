//! Exports and saved hook bodies through the API.

use axum::http::StatusCode;
use nightlatch_chassis::topic::Fault;

use crate::bench::{Bench, envelope};

const EVENTS: [&str; 3] = [
    r#"{ "uuid":"a", "x":"}],{" }"#,
    r#"{"uuid":"b"}"#,
    r#"{"uuid":"c","n":[1,2,{"deep":null}]}"#,
];

#[tokio::test]
async fn every_form_of_an_export_gives_the_same_events() {
    for text in [
        EVENTS.join("\n"),
        EVENTS.join("\r\n") + "\r\n",
        format!("[{}]", EVENTS.join(" ,\n")),
        envelope(&EVENTS),
        format!(
            "{}\n{}\n[{}]",
            EVENTS[0],
            envelope(&EVENTS[1..2]),
            EVENTS[2]
        ),
        format!("\u{feff}{}", EVENTS.join("")),
    ] {
        let bench = Bench::new().await;
        let answer = bench.import("", text.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{text}: {}", answer.body);
        assert_eq!(answer.json()["events"], 3, "{text}");
        assert_eq!(answer.json()["dead_letters"], 0, "{text}");
        assert_eq!(bench.raws().await, EVENTS, "{text}");
        assert!(
            bench
                .events()
                .await
                .iter()
                .all(|event| event.origin == "import")
        );
    }
}

#[tokio::test]
async fn lines_that_are_no_events_are_dead_letters_and_the_others_pass() {
    let bench = Bench::new().await;
    let text = format!(
        "{}\nnot json\n{{\"cut\": \n{}\n42\n{}",
        EVENTS[0], EVENTS[1], EVENTS[2]
    );
    let answer = bench.import("?integration=acme", text).await;
    assert_eq!(answer.json()["events"], 3, "{}", answer.body);
    assert_eq!(answer.json()["dead_letters"], 3);
    assert_eq!(bench.raws().await, EVENTS);
    assert_eq!(bench.dead_letters().await.len(), 3);
}

#[tokio::test]
async fn an_unknown_integration_names_those_there_are() {
    let bench = Bench::new().await;
    let answer = bench.import("?integration=other", "{}").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.detail().contains("acme"));
    let answer = bench.import("?integration=import", "{}").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(bench.events().await[0].org, "import.invalid");
}

#[tokio::test]
async fn an_import_says_where_its_events_are() {
    let bench = Bench::new().await;
    bench.deliver(envelope(&["{}"])).await;
    let text = "{}\n".repeat(1200);
    let answer = bench.import("", text).await;
    assert_eq!(answer.json()["events"], 1200);
    assert_eq!(answer.json()["places"], serde_json::json!([[0, 1, 1200]]));
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_a_problem_that_names_it() {
    let bench = Bench::new().await;
    let answer = bench.import("?integratoin=acme", "{}").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.detail().contains("integratoin"),
        "{}",
        answer.detail()
    );
}

#[tokio::test]
async fn an_import_that_can_not_be_stored_says_how_far_it_came() {
    let bench = Bench::new().await;
    bench.faults.inject(Fault::FailAppend);
    let answer = bench.import("", "{}\n").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let detail = answer.detail();
    assert!(detail.contains("0 events are in") && detail.contains("repeats are harmless"));
}

#[tokio::test]
async fn a_saved_hook_body_of_very_many_scraps_is_one_dead_letter() {
    let bench = Bench::new().await;
    let body = format!("{{\"data\":{{\"events\":[1{}]}}}}", ",1".repeat(20_000));
    let answer = bench.import("", body).await;
    assert_eq!(answer.json()["dead_letters"], 1, "{}", answer.body);
}
