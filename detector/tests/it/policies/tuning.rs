//! What is set of policies besides their rules.

use axum::http::StatusCode;
use nightlatch_detector::MANAGED;
use serde_json::{Value, json};

use super::client::Client;
use super::custom;
use crate::bench::Bench;
use crate::fixtures::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_policy_can_be_tuned_but_not_rewritten() {
    let mut bench = Bench::new();
    bench.managed = true;
    let running = bench.start();
    let api = Client(&running.routes);
    let before = api.get("/api/v1/policies/okta-mfa").await;
    assert_eq!(
        (before.etag().as_str(), &before.body["kind"]),
        ("\"none\"", &json!("managed"))
    );
    let reset = "user.mfa.factor.reset_all";
    let all = ["okta-mfa/All factors reset", "test/everything"];
    assert_eq!(bench.fired("u1", reset).await, all);
    let rule = json!({"All factors reset": {"enabled": false}});
    let off = api
        .amend("okta-mfa", json!({"tuning": {"rules": rule}}))
        .await;
    assert_eq!(off.status, StatusCode::OK, "{off:?}");
    assert_eq!(bench.fired("u2", reset).await, ["test/everything"]);
    for body in [
        json!({"text": custom("okta-mfa", "mine")}),
        json!({"tuning": {"name": "Mine"}}),
        json!({"tuning": {"severity": 1}}),
        json!({"tuning": {"rules": {"All factors reset": {"severity": 1}}}}),
    ] {
        let refused = api.amend("okta-mfa", body.clone()).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{body}: {refused:?}"
        );
    }
    let scope = json!({"integrations": ["other.okta.com"]});
    api.amend(
        "okta-mfa",
        json!({"tuning": {"rules": null, "scope": scope}}),
    )
    .await;
    assert_eq!(
        bench.fired("u3", reset).await,
        ["test/everything"],
        "of another org"
    );
    let now = api.get("/api/v1/policies/okta-mfa").await.etag();
    let path = "/api/v1/policies/okta-mfa";
    let gone = api.ask("DELETE", path, Some(&now), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        bench.fired("u4", reset).await,
        all,
        "what was set is forgotten"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_ruleset_has_our_rules_under_a_name_and_a_severity_of_its_own() {
    let mut bench = Bench::new();
    bench.managed = true;
    let running = bench.start();
    let api = Client(&running.routes);
    let tuning =
        json!({"name": "Ours", "severity": 1, "rules": {"All factors reset": {"severity": 0}}});
    let made = api
        .create(json!({"id": "ours", "base": "okta-mfa", "tuning": tuning}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(
        (&made.body["kind"], &made.body["update"]),
        (&json!("managed_ruleset"), &json!(false))
    );
    let fired = bench.fired("u1", "user.mfa.factor.reset_all").await;
    assert_eq!(
        fired,
        [
            "okta-mfa/All factors reset",
            "ours/All factors reset",
            "test/everything"
        ]
    );
    let emitted = bench.emitted().await;
    let ours = emitted
        .iter()
        .find(|runtime| runtime.policy.id == "ours")
        .unwrap();
    assert_eq!(
        (ours.policy.name.as_str(), ours.policy.kind.as_str()),
        ("Ours", "managed_ruleset")
    );
    assert_eq!(ours.severity, 0);
    let untouched = api.get("/api/v1/rules/ours/Factor%20suspended").await.body;
    assert_eq!(untouched["severity"], json!(1), "a rule has the ruleset's");
    let update = api.get("/api/v1/policies/ours/update").await.body;
    assert_eq!(
        (&update["diff"], &update["from"]),
        (&json!(""), &update["to"])
    );
    let unknown = api.create(json!({"id": "b", "base": "nobody"})).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    // What an event was judged by is found by its stamp.
    let path = format!("/api/v1/policies/ours/versions/{}", ours.policy.version);
    let version = api.get(&path).await;
    assert_eq!(version.status, StatusCode::OK);
    assert_eq!(version.body["files"].as_array().unwrap().len(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_works_until_it_expires_and_is_listed_then() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    api.create(json!({"text": custom("mine", "all")})).await;
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let exception = json!({
        "name": "ann travels", "rule": "all", "fields": ["okta.actor.alternateid", "okta.evt.type"],
        "comps": ["=", "in"], "values": [["ann@acme.example", ["x", "y"]]],
        "owner": "bob", "reason": "a journey", "expires": expires.to_string(),
    });
    let path = "/api/v1/policies/mine/exceptions";
    let added = api.ask("POST", path, None, exception.clone()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    assert_eq!(bench.fired("u1", "x").await, ["test/everything"]);
    assert_eq!(
        bench.fired("u2", "z").await,
        ["mine/all", "test/everything"]
    );
    let active = api
        .get("/api/v1/policies/mine/exceptions?state=active")
        .await
        .body;
    assert_eq!(active["exceptions"][0]["owner"], json!("bob"));
    until("it expires", || async {
        let rules = running.routes.clone();
        let rule = Client(&rules).get("/api/v1/rules/mine/all").await.body;
        !rule["condition"].as_str().unwrap().contains("ann@acme")
    })
    .await;
    assert_eq!(
        bench.fired("u3", "x").await,
        ["mine/all", "test/everything"]
    );
    let expired = api
        .get("/api/v1/policies/mine/exceptions?state=expired")
        .await
        .body;
    assert_eq!(expired["exceptions"].as_array().unwrap().len(), 1);
    let out = api
        .ask(
            "DELETE",
            &format!("{path}/ann%20travels"),
            None,
            Value::Null,
        )
        .await;
    assert_eq!(
        (out.status, &out.body["exceptions"]),
        (StatusCode::OK, &json!([]))
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_that_nobody_answers_for_or_no_rule_takes_is_refused() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    api.create(json!({"text": custom("mine", "all")})).await;
    let exception = json!({
        "name": "ann travels", "rule": "all", "fields": ["okta.actor.alternateid", "okta.evt.type"],
        "values": [["ann@acme.example", "x"]], "owner": "bob", "reason": "a journey",
    });
    let path = "/api/v1/policies/mine/exceptions";
    let mut wrong = exception.clone();
    wrong["name"] = json!("b");
    wrong["fields"] = json!(["okta.actor.nobody", "okta.evt.type"]);
    let refused = api.ask("POST", path, None, wrong).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    let mut nobody = exception;
    nobody["owner"] = json!(" ");
    assert_eq!(
        api.ask("POST", path, None, nobody).await.status,
        StatusCode::BAD_REQUEST
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_update_of_ours_changes_is_shown_and_own_settings_are_kept() {
    let mut bench = Bench::new();
    bench.managed = true;
    // As an older program has left it: its rules of then, and a ruleset made of them.
    let (_, text) = MANAGED
        .into_iter()
        .find(|(name, _)| *name == "okta-mfa.yaml")
        .unwrap();
    let older = text.replace("rule: All factors reset", "rule: All factors gone");
    let version = json!({
        "policy": "okta-mfa", "version": "0123456789abcdef", "kind": "managed",
        "origin": "built_in", "files": [{"name": "okta-mfa.yaml", "text": older}],
    });
    let rules = json!({"All factors gone": {"severity": 0}, "Factor removed": {"enabled": false}});
    let ruleset = json!({
        "kind": "managed_ruleset", "base": "okta-mfa", "base_seen": "0123456789abcdef",
        "tuning": {"name": "Ours", "severity": 1, "rules": rules},
    });
    bench
        .set("version/okta-mfa/0123456789abcdef", version)
        .await;
    bench.set("policy/ours", ruleset).await;

    let running = bench.start();
    let api = Client(&running.routes);
    let ours = api.get("/api/v1/policies/ours").await;
    assert_eq!(ours.body["update"], json!(true), "{ours:?}");
    assert_eq!(
        (&ours.body["name"], &ours.body["severity"]),
        (&json!("Ours"), &json!(1))
    );
    // What names a rule that is gone has no effect and is told of; the rest counts.
    let problem = ours.body["problems"][0].as_str().unwrap();
    assert!(problem.contains("All factors gone"), "{problem}");
    let removed = api.get("/api/v1/rules/ours/Factor%20removed").await;
    assert_eq!(removed.body["enabled"], json!(false));
    let path = "/api/v1/policies/ours/update";
    let update = api.get(path).await.body;
    let diff = update["diff"].as_str().unwrap();
    assert!(
        diff.contains("-- rule: All factors gone\n+- rule: All factors reset\n"),
        "{diff}"
    );
    let seen = api.ask("POST", path, Some(&ours.etag()), Value::Null).await;
    assert_eq!(
        (seen.status, &seen.body["update"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(api.get(path).await.body["diff"], json!(""));
    let nobody = json!({"All factors lost": {"severity": 0}});
    let refused = api
        .amend("ours", json!({"tuning": {"rules": nobody}}))
        .await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    let rules = json!({"All factors gone": null, "All factors reset": {"severity": 0}});
    let seen = api.amend("ours", json!({"tuning": {"rules": rules}})).await;
    assert_eq!(seen.body["problems"], json!([]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_does_not_take_is_left_out_alone() {
    let mut bench = Bench::new();
    bench.managed = true;
    let exception = |name: &str, field: &str| {
        json!({"name": name, "rule": "Factor removed", "fields": [field], "values": [["x"]],
               "owner": "bob", "reason": "r"})
    };
    let exceptions = [
        exception("good", "okta.actor.alternateid"),
        exception("bad", "okta.actor.nobody"),
    ];
    let tuning = json!({"lists": {"own_programs": ["Own"]}, "exceptions": exceptions});
    let set = json!({"kind": "managed", "tuning": tuning});
    bench.set("policy/okta-mfa", set).await;
    let running = bench.start();
    let api = Client(&running.routes);
    let policy = api.get("/api/v1/policies/okta-mfa").await;
    let problems = policy.body["problems"].to_string();
    assert!(
        problems.contains("bad") && !problems.contains("good"),
        "{problems}"
    );
    let lists = policy.body["lists"].as_array().unwrap();
    let own = lists
        .iter()
        .find(|list| list["name"] == "own_programs")
        .unwrap();
    assert_eq!(own["items"], json!(["Own"]));
    let rule = api
        .get("/api/v1/rules/okta-mfa/Factor%20removed")
        .await
        .body;
    assert!(
        rule["condition"]
            .as_str()
            .unwrap()
            .contains("okta.actor.alternateid = x"),
        "{rule}"
    );
    let off = api
        .amend("okta-mfa", json!({"tuning": {"enabled": false}}))
        .await;
    assert_eq!(
        off.status,
        StatusCode::OK,
        "what was wrong before keeps nobody: {off:?}"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_added_to_what_was_seen_where_that_is_said() {
    let bench = Bench::new();
    let running = bench.start();
    let api = Client(&running.routes);
    let made = api.create(json!({"text": custom("mine", "all")})).await;
    let now = api.amend("mine", json!({"tuning": {"runbook": "x"}})).await;
    let exception = json!({"name": "a", "rule": "all", "fields": ["okta.app"], "values": [["x"]],
                           "owner": "bob", "reason": "r"});
    let path = "/api/v1/policies/mine/exceptions";
    let stale = api
        .ask("POST", path, Some(&made.etag()), exception.clone())
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{stale:?}");
    let added = api.ask("POST", path, Some(&now.etag()), exception).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let path = format!("{path}/a");
    let stale = api
        .ask("DELETE", &path, Some(&now.etag()), Value::Null)
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{stale:?}");
    let out = api
        .ask("DELETE", &path, Some(&added.etag()), Value::Null)
        .await;
    assert_eq!(out.body["exceptions"], json!([]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_not_taken_for_nothing() {
    let mut bench = Bench::new();
    bench.managed = true;
    let newer = json!({"kind": "managed", "tuning": {"scope": {"of_a_newer_program": []}}});
    bench.set("policy/okta-mfa", newer).await;
    let running = bench.start();
    let api = Client(&running.routes);
    let shown = api.get("/api/v1/policies/okta-mfa").await;
    assert!(
        shown.body["problems"].to_string().contains("can't be read"),
        "{shown:?}"
    );
    let part = api
        .amend("okta-mfa", json!({"tuning": {"enabled": false}}))
        .await;
    assert_eq!(part.status, StatusCode::CONFLICT, "{part:?}");
    let path = "/api/v1/policies/okta-mfa";
    let none = api.ask("DELETE", path, Some("\"none\""), Value::Null).await;
    assert_eq!(none.status, StatusCode::PRECONDITION_FAILED, "{none:?}");
    let whole = json!({"tuning": {"enabled": false}});
    let whole = api.ask("PUT", path, Some(&shown.etag()), whole).await;
    assert_eq!(
        (whole.status, &whole.body["enabled"]),
        (StatusCode::OK, &json!(false))
    );
    running.stop().await;
}
