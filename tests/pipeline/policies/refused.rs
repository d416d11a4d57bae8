//! What `policies apply` refuses, and how it says so.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use nightlatch_chassis::http::{ServeLimits, serve};
use nightlatch_chassis::shutdown::Shutdown;
use serde_json::json;
use tokio::net::TcpListener;

use super::{MFA, MINE};
use crate::installation::Installation;

/// Files, each with words of what is said of it.
const CANNOT_BE: [(&str, &str, &str); 8] = [
    (
        "a.yaml",
        "- rule: r\n  desc: d\n  condition: okta.app = x\n  output: o\n  priority: INFO\n",
        "policy: {id: …}",
    ),
    (
        "b.yaml",
        "id: okta-mfa\ntuning: {rules: {All factors reset: {enabeld: false}}}\n",
        "enabeld",
    ),
    (
        "c.yaml",
        "id: okta-mfa\nid: okta-mfa\n",
        "this key stands here twice",
    ),
    (
        "d.yaml",
        "id: nobody\ntuning: {enabled: false}\n",
        "no such policy",
    ),
    (
        "e.yaml",
        "id: okta-mfa\nbase: okta-sign-in\n",
        "has no base",
    ),
    (
        "f.yaml",
        "- policy: {id: okta-mfa}\n- {rule: r, desc: d, condition: okta.app = x, output: o, priority: INFO}\n",
        "whose rules are ours",
    ),
    (
        "g.yaml",
        "just words\n",
        "neither a rules file nor a settings document",
    ),
    (
        "h.yaml",
        "id: okta-mfa\ntuning: {lists: {nobody: []}}\n",
        "no list \"nobody\"",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_shown_with_its_place_and_nothing_is_applied() {
    let installation = Installation::new();
    let services = installation.start().await;
    let good = installation.rules_file("mine.yaml", MINE);
    let broken = MINE
        .replace("mine", "other")
        .replace("okta.evt.type", "okta.evt.typo");
    let broken = installation.rules_file("other.yaml", &broken);

    let ended = installation
        .ask(&services, &["apply", "-f", &good, "-f", &broken])
        .await;

    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    let checked = installation.run(&["rules", "check", &broken]).await.stdout;
    let summary = "0 rules, 1 error, 0 warnings\n";
    assert_eq!(checked, format!("{}{summary}", ended.stdout));
    assert!(ended.stdout.contains("^^^^^^^^^^^^^"), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("nothing was applied"),
        "{}",
        ended.stderr
    );
    let list = installation.asked(&services, &["list"]).await;
    assert!(
        !list.contains("\nmine ") && !list.contains("\nother "),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_the_reason() {
    let installation = Installation::new();
    let services = installation.start().await;
    for (name, text, words) in CANNOT_BE {
        let path = installation.rules_file(name, text);
        let ended = installation.ask(&services, &["apply", "-f", &path]).await;
        let said = ended.stdout + &ended.stderr;
        assert_eq!(ended.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
    }
    // What is wrong in a text that the detector made of the tuning is told in words.
    let path = installation.rules_file("i.yaml", &MFA.replace("alternateid]", "nobody]"));
    let ended = installation.ask(&services, &["apply", "-f", &path]).await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("error: okta-mfa: E0"),
        "{}",
        ended.stderr
    );
    let revisions = installation.revisions(&services, "okta-mfa").await;
    assert!(revisions.is_empty(), "{revisions:?}");
}

/// A detector of another version knows the rules otherwise than this command does.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_detector_alone_finds_wrong_is_drawn_at_its_place() {
    let diagnostic = json!({
        "code": "E0103", "severity": "error", "file": "mine.yaml", "line": 6, "column": 14, "length": 13,
        "message": "unknown field `okta.evt.type`", "help": null,
    });
    let problem = json!({"detail": "broken", "diagnostics": [diagnostic]}).to_string();
    let refuse = async || (StatusCode::UNPROCESSABLE_ENTITY, problem);
    let detector = get(async || json!({"policies": []}).to_string()).post(refuse);
    let router = Router::new().route("/api/v1/policies", detector);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = Shutdown::new();
    let serving = serve(listener, router, ServeLimits::default(), shutdown.clone());
    let serving = tokio::spawn(serving);
    let installation = Installation::new();
    let mine = installation.rules_file("mine.yaml", MINE);

    let ended = installation
        .run(&["policies", "--api", &api, "apply", "-f", &mine])
        .await;
    shutdown.begin();
    serving.await.unwrap().unwrap();

    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let drawn = ended.stdout.replace(&mine, "mine.yaml");
    insta::assert_snapshot!(drawn, @"
    error[E0103]: unknown field `okta.evt.type`
     --> mine.yaml:6:14
      |
    6 |   condition: okta.evt.type exists and not okta.actor.alternateid in (known)
      |              ^^^^^^^^^^^^^
    ");
}
