//! What `policies apply` makes of files.

use serde_json::json;

use super::{MFA, MINE, MINE_TESTS};
use crate::installation::Installation;

#[tokio::test(flavor = "multi_thread")]
async fn files_are_applied_once_and_a_second_time_changes_nothing() {
    let installation = Installation::new();
    let services = installation.start().await;
    let mine = installation.rules_file("mine.yaml", MINE);
    installation.rules_file("mine.test.yaml", MINE_TESTS);
    installation.rules_file("mfa.yaml", MFA);
    let folder = mine.trim_end_matches("/mine.yaml");
    let words = ["apply", "-f", folder, "--author", "ann", "--note", "first"];

    let would = installation
        .asked(&services, &["apply", "-f", folder, "--dry-run"])
        .await;
    assert!(
        would.starts_with("mine would be created\nokta-mfa would be changed\n"),
        "{would}"
    );
    let first = installation.asked(&services, &words).await;

    assert!(first.starts_with("mine created, revision "), "{first}");
    assert!(first.contains("okta-mfa changed, revision "), "{first}");
    assert!(first.contains("+    \"All factors reset\": {\n"), "{first}");
    let again = installation.asked(&services, &words).await;
    assert_eq!(again, "mine unchanged\nokta-mfa unchanged\n");
    let same = installation.asked(&services, &["diff", "-f", folder]).await;
    assert_eq!(same, "");
    let policy = installation.policy(&services, "mine").await;
    assert_eq!(
        (&policy["text"], &policy["tests"]),
        (&json!(MINE), &json!(MINE_TESTS))
    );
    for id in ["mine", "okta-mfa"] {
        let revisions = installation.revisions(&services, id).await;
        assert_eq!(revisions.len(), 1, "{revisions:?}");
        assert_eq!(
            (&revisions[0]["who"], &revisions[0]["note"]),
            (&json!("ann"), &json!("first"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_as_a_diff_before_and_when_it_is_made() {
    let installation = Installation::new();
    let services = installation.start().await;
    let mine = installation.rules_file("mine.yaml", MINE);
    let words = ["apply", "-f", &mine];
    installation.asked(&services, &words).await;
    installation.rules_file("mine.yaml", &MINE.replace("NOTICE", "ALERT"));
    installation.rules_file("mine.test.yaml", MINE_TESTS);

    let differs = installation.ask(&services, &["diff", "-f", &mine]).await;
    let changed = installation.asked(&services, &words).await;

    assert_eq!(differs.status.code(), Some(1), "{}", differs.stderr);
    let (line, diff) = changed.split_once('\n').unwrap();
    assert!(line.starts_with("mine changed, revision "), "{changed}");
    assert_eq!(diff, differs.stdout);
    assert!(
        diff.contains("-  priority: NOTICE\n+  priority: ALERT\n"),
        "{diff}"
    );
    assert!(diff.contains("+- {test: a stranger"), "{diff}");
    assert_eq!(
        installation.asked(&services, &words).await,
        "mine unchanged\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_tunes_a_managed_policy_and_takes_back_what_it_no_longer_says() {
    let installation = Installation::new();
    let services = installation.start().await;
    let path = installation.rules_file("mfa.yaml", MFA);
    installation.asked(&services, &["apply", "-f", &path]).await;

    let shown = installation.asked(&services, &["show", "okta-mfa"]).await;
    assert!(shown.contains("  off  All factors reset\n"), "{shown}");
    assert!(
        shown.contains("ann travels  active until 2099-01-01T00:00:00Z"),
        "{shown}"
    );
    // What it has been set to is a document that changes nothing.
    let said = installation
        .asked(&services, &["show", "okta-mfa", "--settings"])
        .await;
    let json = installation.rules_file("mfa.json", &said);
    let same = installation.asked(&services, &["apply", "-f", &json]).await;
    assert_eq!(same, "okta-mfa unchanged\n");

    installation.rules_file("mfa.yaml", "id: okta-mfa\n");
    let back = installation.asked(&services, &["apply", "-f", &path]).await;
    assert!(back.contains("-    \"All factors reset\": {\n"), "{back}");
    let policy = installation.policy(&services, "okta-mfa").await;
    assert_eq!(policy["tuning"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_makes_a_managed_ruleset_and_tunes_a_custom_policy_beside_its_rules() {
    let installation = Installation::new();
    let services = installation.start().await;
    let ours = "id: ours\nbase: okta-mfa\ntuning: {name: Ours, severity: 1}\n---\nid: mine\ntuning: {lists: {known: [bob]}}\n";
    let ours = installation.rules_file("ours.yaml", ours);
    let mine = installation.rules_file("mine.yaml", MINE);
    let words = ["apply", "-f", &ours, "-f", &mine];

    let made = installation.asked(&services, &words).await;

    assert!(
        made.contains("mine created") && made.contains("ours created"),
        "{made}"
    );
    assert_eq!(
        installation.asked(&services, &words).await,
        "mine unchanged\nours unchanged\n"
    );
    let ours = installation.policy(&services, "ours").await;
    assert_eq!(
        (&ours["kind"], &ours["name"]),
        (&json!("managed_ruleset"), &json!("Ours"))
    );
    let mine = installation.policy(&services, "mine").await;
    assert_eq!(mine["tuning"], json!({"lists": {"known": ["bob"]}}));
    // The rules alone leave alone what is set besides them.
    let path = installation.rules_file("mine.yaml", &MINE.replace("desc: d", "desc: e"));
    installation.asked(&services, &["apply", "-f", &path]).await;
    let mine = installation.policy(&services, "mine").await;
    assert_eq!(mine["tuning"], json!({"lists": {"known": ["bob"]}}));
}
