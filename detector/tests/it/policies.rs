//! Policies that people make and tune by the API, and what judges then.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::fixtures::event;

mod client;
mod tuning;

use client::Client;

const POLICIES: &str = "/api/v1/policies";

/// A custom policy with a rule that matches everything.
pub(super) fn custom(id: &str, rule: &str) -> String {
    format!(
        "- policy: {{id: {id}, name: Of {id}}}\n- list: known\n  items: []\n- rule: {rule}\n  desc: d\n  \
         condition: okta.evt.type exists and not okta.actor.alternateid in (known)\n  output: o\n  \
         priority: NOTICE\n"
    )
}

impl Bench {
    /// Sends one more event of a type and returns the rules that fired, each with its policy.
    pub(super) async fn fired(&self, uuid: &str, event_type: &str) -> Vec<String> {
        self.send([event(uuid, event_type)]).await;
        let emitted = self.settled().await.into_iter();
        let of_it = emitted.filter(|runtime| {
            let cause = runtime.event.as_ref();
            cause.is_some_and(|cause| cause.uuid == uuid)
        });
        let mut fired: Vec<String> = of_it
            .map(|runtime| format!("{}/{}", runtime.policy.id, runtime.rule.name))
            .collect();
        fired.sort();
        fired
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_policy_judges_as_soon_as_it_is_made_and_no_more_when_it_is_deleted() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let made = api
        .create(json!({"text": custom("mine", "all"), "note": "try"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.headers["location"], "/api/v1/policies/mine");
    assert_eq!(
        (&made.body["kind"], &made.body["origin"]),
        (&json!("custom"), &json!("api"))
    );
    assert_eq!(
        bench.fired("u1", "x").await,
        ["mine/all", "test/everything"]
    );
    let again = api.create(json!({"text": custom("mine", "other")})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let off = api
        .amend("mine", json!({"tuning": {"enabled": false}}))
        .await;
    assert_eq!(
        (off.status, &off.body["enabled"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(bench.fired("u2", "x").await, ["test/everything"]);
    let on = api
        .amend("mine", json!({"tuning": {"enabled": null}}))
        .await;
    assert_eq!(
        bench.fired("u3", "x").await,
        ["mine/all", "test/everything"]
    );
    let gone = api
        .ask(
            "DELETE",
            "/api/v1/policies/mine",
            Some(&on.etag()),
            Value::Null,
        )
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.fired("u4", "x").await, ["test/everything"]);
    assert_eq!(
        api.get("/api/v1/policies/mine").await.status,
        StatusCode::NOT_FOUND
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_seen_the_last_change_is_told_and_changes_nothing() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let path = "/api/v1/policies/mine";
    let made = api
        .create(json!({"text": custom("mine", "all"), "note": "try"}))
        .await;
    let off = api
        .amend("mine", json!({"tuning": {"enabled": false}}))
        .await;
    let stale = api
        .ask("DELETE", path, Some(&made.etag()), Value::Null)
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(stale.body["current"], json!(off.etag()));
    let blind = api.ask("DELETE", path, None, Value::Null).await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(api.get(path).await.etag(), off.etag());
    let kept = api.get("/api/v1/policies/mine/revisions").await.body;
    let kept = kept["revisions"].as_array().unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(
        (&kept[1]["who"], &kept[1]["note"]),
        (&json!("ann"), &json!("try"))
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_rule_is_refused_with_all_that_is_wrong_and_nothing_changes() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let made = api.create(json!({"text": custom("mine", "all")})).await;
    let broken = custom("mine", "all").replace("okta.evt.type", "okta.evt.typo");
    let broken = broken + "- rule: two\n  condition: okta.app =\n";
    let refused = api.amend("mine", json!({"text": broken})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let diagnostics = refused.body["diagnostics"].as_array().unwrap();
    assert!(diagnostics.len() > 1, "{refused:?}");
    assert_eq!(
        (&diagnostics[0]["code"], &diagnostics[0]["line"]),
        (&json!("E0103"), &json!(6))
    );
    assert!(
        diagnostics[0]["help"]
            .as_str()
            .unwrap()
            .contains("okta.evt.type")
    );
    let stays = api.get("/api/v1/policies/mine").await;
    assert_eq!((stays.etag(), &stays.body), (made.etag(), &made.body));
    for (body, status) in [
        (
            json!({"text": custom("other", "all")}),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({"tuning": {"lists": {"nobody": []}}}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"tuning": {"rules": {"nobody": {"enabled": true}}}}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"tuning": {"rules": {"all": {"enabeld": true}}}}),
            StatusCode::BAD_REQUEST,
        ),
        (json!({"tuning": {"severity": 8}}), StatusCode::BAD_REQUEST),
        (
            json!({"tuning": {"severity": "high"}}),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({"tests": "- {test: t, rule: nobody, event: {}, matches: true}"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (json!([]), StatusCode::BAD_REQUEST),
    ] {
        let refused = api.amend("mine", body.clone()).await;
        assert_eq!(refused.status, status, "{body}: {refused:?}");
        assert!(!refused.body["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(api.get("/api/v1/policies/mine").await.etag(), made.etag());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_before_is_compared_and_set_again() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let first = api.create(json!({"text": custom("mine", "one")})).await;
    let second = api
        .amend(
            "mine",
            json!({"text": custom("mine", "two"), "note": "two"}),
        )
        .await;
    let diff = api.get("/api/v1/policies/mine/diff").await.body;
    let text = diff["diff"].as_str().unwrap();
    assert!(text.contains("-- rule: one\n+- rule: two\n"), "{text}");
    let to = first.etag().trim_matches('"').to_owned();
    let path = "/api/v1/policies/mine/rollback";
    let back = api
        .ask("POST", path, Some(&second.etag()), json!({"to": to}))
        .await;
    assert_eq!(back.status, StatusCode::OK, "{back:?}");
    assert_eq!(back.body["text"], first.body["text"]);
    assert_eq!(back.body["version"], first.body["version"]);
    let path_of_it = "/api/v1/policies/mine";
    let gone = api
        .ask("DELETE", path_of_it, Some(&back.etag()), Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let back = api
        .ask("POST", path, Some("\"none\""), json!({"to": to}))
        .await;
    assert_eq!(back.status, StatusCode::OK, "deleted, and back: {back:?}");
    let unknown = api
        .ask("POST", path, Some(&back.etag()), json!({"to": "0000"}))
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let kept = api.get("/api/v1/policies/mine/revisions").await.body;
    assert_eq!(kept["revisions"].as_array().unwrap().len(), 5);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_a_file_is_shown_and_left_alone() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let shown = api.get("/api/v1/policies/test").await;
    assert_eq!(shown.body["read_only"], json!(true));
    assert!(
        shown.body["origin"]
            .as_str()
            .unwrap()
            .ends_with("test.yaml")
    );
    let refused = api
        .amend("test", json!({"tuning": {"enabled": false}}))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        api.create(json!({"text": custom("test", "r")}))
            .await
            .status,
        StatusCode::CONFLICT
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_that_starts_anew_has_the_same_policies() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    api.create(json!({"text": custom("mine", "all")})).await;
    api.amend(
        "mine",
        json!({"tuning": {"lists": {"known": ["ann@acme.example"]}}}),
    )
    .await;
    let before = api.get(POLICIES).await.body;
    assert_eq!(bench.fired("u1", "x").await, ["test/everything"]);
    running.stop().await;
    let bench = bench.reopen();
    let running = bench.start();
    assert_eq!(Client(&running.routes).get(POLICIES).await.body, before);
    assert_eq!(bench.fired("u2", "x").await, ["test/everything"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_what_it_needs_and_where_it_comes_from() {
    let mut bench = Bench::new();
    bench.managed = true;
    let router = bench.routes().await;
    let api = Client(&router);
    let rules = api.get("/api/v1/rules").await.body;
    assert!(rules["rules"].as_array().unwrap().len() > 100);
    let rule = api
        .get("/api/v1/rules/okta-mfa/All%20factors%20reset")
        .await
        .body;
    assert_eq!(rule["catalogue"], json!(["mfa-factor-reset-all"]));
    assert_eq!(
        rule["needs"]["event_types"],
        json!(["user.mfa.factor.reset_all"])
    );
    assert_eq!(
        (&rule["needs"]["hook"], &rule["needs"]["system_log"]),
        (&json!(true), &json!([]))
    );
    assert!(
        rule["attack"]
            .as_array()
            .unwrap()
            .contains(&json!("T1556.006"))
    );
    assert!(rule["tests"].as_array().unwrap().len() > 1);
    assert!(!rule["references"].as_array().unwrap().is_empty());
    let of_type = api
        .get("/api/v1/rules?policy=okta-mfa&event_type=user.mfa.factor.reset_all")
        .await;
    assert!(of_type.body["rules"].as_array().unwrap().len() < 5);
    for path in [
        "/api/v1/rules/okta-mfa/nobody",
        "/api/v1/rules/nobody/x",
        "/api/v1/rules?policy=x",
    ] {
        assert_eq!(api.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_to_what_was_seen_and_to_nothing_older() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    api.create(json!({"text": custom("mine", "all")})).await;
    // It knows the policy as it is now, and learns of no change.
    let behind = bench.replica().await;
    let scope = json!({"tuning": {"scope": {"actors": ["ann"]}}});
    let scoped = api.amend("mine", scope).await;
    let patch = json!({"tuning": {"runbook": "x"}});
    let path = "/api/v1/policies/mine";
    let answer = Client(&behind)
        .ask("PATCH", path, Some(&scoped.etag()), patch.clone())
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert_eq!(api.get(path).await.body, scoped.body);
    let both = api.ask("PATCH", path, Some(&scoped.etag()), patch).await;
    assert_eq!(both.body["scope"]["actors"], json!(["ann"]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_can_not_be_used_any_more_is_shown_and_can_be_mended_or_deleted() {
    let bench = Bench::new();
    let broken = json!({"kind": "custom", "text": "- rule: nothing\n", "tuning": {}});
    bench.set("policy/mine", broken.clone()).await;
    bench.set("policy/other", broken).await;
    let running = bench.start();
    let api = Client(&running.routes);
    let shown = api.get("/api/v1/policies/mine").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(!shown.body["problems"].as_array().unwrap().is_empty());
    let mended = api
        .amend("mine", json!({"text": custom("mine", "all")}))
        .await;
    assert_eq!(
        (mended.status, &mended.body["problems"]),
        (StatusCode::OK, &json!([]))
    );
    assert_eq!(
        bench.fired("u1", "x").await,
        ["mine/all", "test/everything"]
    );
    let path = "/api/v1/policies/other";
    let etag = api.get(path).await.etag();
    let gone = api.ask("DELETE", path, Some(&etag), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    for (body, member) in [
        (json!({"text": "- {list: l, items: []}"}), "/text"),
        (json!({"id": "..", "base": "x"}), "/base"),
        (json!({"id": "", "text": custom("mine", "all")}), "/id"),
    ] {
        let refused = api.create(body.clone()).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{body}: {refused:?}"
        );
        let told = refused.body["member"].as_str().unwrap_or_default();
        assert_eq!(told, member, "{refused:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn an_unknown_parameter_is_a_problem_that_names_those_there_are() {
    let router = Bench::new().routes().await;
    let api = Client(&router);
    for path in [
        "/api/v1/rules?polcy=x",
        "/api/v1/policies/test/diff?form=x",
        "/api/v1/policies/test/exceptions?sate=x",
    ] {
        let refused = api.get(path).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(refused.headers["content-type"], "application/problem+json");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("expected"), "{detail}");
    }
}
