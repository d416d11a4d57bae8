//! `POST /api/v1/rules/explain`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{RULES, answer, file, post, refusal, rule};
use crate::bench::Bench;

const PATH: &str = "/api/v1/rules/explain";

fn sign_in(country: &str) -> Value {
    json!({
        "uuid": "u1",
        "published": "2026-05-28T20:26:40.000Z",
        "eventType": "user.session.start",
        "actor": {"id": "00u1", "alternateId": "ann@acme.example"},
        "client": {"geographicalContext": {"country": country}},
    })
}

fn failure(second: u32) -> Value {
    json!({
        "published": format!("2026-05-28T20:26:{second:02}Z"),
        "eventType": "user.authentication.auth_via_mfa",
        "actor": {"id": "00u1"},
        "outcome": {"result": "FAILURE"},
    })
}

fn of_rules(more: &Value) -> Value {
    let mut request = json!({"files": [file("rules.yaml", RULES)]});
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn a_rule_is_explained_part_by_part_with_the_values_that_it_saw() {
    let request = of_rules(&json!({"rule": "Sign-in abroad", "event": sign_in("Romania")}));
    let found = answer(PATH, &request).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
}

#[tokio::test]
async fn events_are_judged_in_order_and_counters_count() {
    let events = json!([failure(0), failure(10), sign_in("Norway")]);
    let found = answer(PATH, &of_rules(&json!({"rule": "Burst", "events": events}))).await;
    let verdicts: Vec<_> = found["explanations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|explained| (explained["event"].clone(), explained["matches"].clone()))
        .collect();
    let expected = [(1, false), (2, true), (3, false)];
    let expected = expected.map(|(event, matches)| (json!(event), json!(matches)));
    assert_eq!(verdicts, expected);
    assert_eq!(found["explanations"][1]["output"], "2 failures");
    assert_eq!(found["explanations"][1]["enabled"], false);
}

#[tokio::test]
async fn all_rules_are_explained_when_none_is_named() {
    let found = answer(
        PATH,
        &of_rules(&json!({"event": sign_in("Norway"), "rule": null})),
    )
    .await;
    let rules: Vec<_> = found["explanations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|explained| explained["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["Sign-in abroad", "Burst"]);
}

#[tokio::test]
async fn the_org_is_the_one_that_the_request_names() {
    let rules = rule("r", "okta.org = acme.okta.com");
    for (org, matches) in [("acme.okta.com", true), ("other.okta.com", false)] {
        let request = json!({"files": [file("r.yaml", &rules)], "event": {}, "org": org});
        let found = answer(PATH, &request).await;
        assert_eq!(found["explanations"][0]["matches"], matches, "{found}");
    }
}

#[tokio::test]
async fn a_policy_in_force_is_asked_by_its_id() {
    let request = json!({"policy": "test", "rule": "everything", "event": sign_in("Norway")});
    let found = answer(PATH, &request).await;
    assert_eq!(found["diagnostics"], json!([]));
    let explained = &found["explanations"][0];
    assert_eq!(explained["policy"], "test");
    assert_eq!(explained["matches"], true);
    assert_eq!(
        explained["output"],
        "user.session.start by ann@acme.example"
    );
    let request = json!({"policy": "tset", "event": {}});
    let problem = refusal(PATH, &request).await;
    assert_eq!(
        problem["type"],
        "urn:problem-type:nightlatch:unknown-policy"
    );
    assert_eq!(problem["parameter"], "policy");
}

#[tokio::test]
async fn rules_come_one_way_or_the_other() {
    let both = of_rules(&json!({"policy": "test", "event": {}}));
    for request in [both, json!({"event": {}})] {
        let problem = refusal(PATH, &request).await;
        assert_eq!(problem["parameter"], "files", "{problem}");
    }
}

#[tokio::test]
async fn no_policy_can_be_asked_while_none_is_in_force() {
    let bench = Bench::new();
    bench.write_rules("- rule: broken\n");
    let request = json!({"policy": "test", "event": {}}).to_string();
    let (status, _, problem) = post(&bench.routes().await, PATH, request).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
}

#[tokio::test]
async fn rules_that_are_wrong_explain_nothing_and_say_why() {
    let rules = RULES.replace("okta.evt.type", "okta.evt.typo");
    let request = json!({"files": [file("r.yaml", &rules)], "event": sign_in("Norway")});
    let found = answer(PATH, &request).await;
    assert_eq!(found["explanations"], json!([]));
    assert_eq!(found["diagnostics"][0]["code"], "E0103");
}

#[tokio::test]
async fn a_rule_that_is_not_there_is_refused_with_the_one_that_was_meant() {
    let request = of_rules(&json!({"rule": "sign-in abrod", "event": {}}));
    let problem = refusal(PATH, &request).await;
    assert_eq!(problem["type"], "urn:problem-type:nightlatch:unknown-rule");
    assert_eq!(problem["accepted"], "Sign-in abroad");
}

#[tokio::test]
async fn what_is_no_event_is_refused_by_its_place() {
    let deep = (0..65).fold(json!(1), |inner, _| json!({"a": inner}));
    let large = json!({"displayMessage": "x".repeat(512 * 1024)});
    for (event, why) in [
        (json!(7), "not a JSON object"),
        (json!([]), "not a JSON object"),
        (deep, "nested deeper than 64"),
        (large, "is larger than 524288 bytes"),
    ] {
        let request = of_rules(&json!({"events": [{}, event]}));
        let problem = refusal(PATH, &request).await;
        assert_eq!(problem["event"], 2);
        assert_eq!(problem["detail"], format!("event 2: {why}"));
    }
}

#[tokio::test]
async fn a_request_has_events_one_way_or_the_other() {
    let too_many: Vec<_> = (0..1001).map(|_| json!({})).collect();
    for more in [
        json!({}),
        json!({"event": {}, "events": [{}]}),
        json!({"events": []}),
        json!({"events": too_many}),
    ] {
        let problem = refusal(PATH, &of_rules(&more)).await;
        let said = problem["detail"].as_str().unwrap();
        assert!(said.contains("event"), "{problem}");
    }
}

#[tokio::test]
async fn an_answer_that_would_be_too_large_is_refused() {
    let rules = (0..500).map(|at| rule(&format!("r{at}"), "okta.app exists"));
    let rules = rules.collect::<Vec<_>>().concat();
    let events = vec![json!({}); 1000];
    let request = json!({"files": [file("r.yaml", &rules)], "events": events});
    let problem = refusal(PATH, &request).await;
    assert_eq!(
        problem["type"],
        "urn:problem-type:nightlatch:too-much-asked"
    );
}
