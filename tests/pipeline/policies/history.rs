//! What was set of a policy before, and the way back.

use serde_json::json;

use super::MINE;
use crate::installation::Installation;
use crate::services::Services;

/// Applies two versions of a policy; returns their revisions, the first first.
async fn twice(installation: &Installation, services: &Services) -> [String; 2] {
    let mine = installation.rules_file("mine.yaml", MINE);
    let words = ["apply", "-f", &mine, "--author", "ann", "--note"];
    installation
        .asked(services, &[&words[..], &["one"]].concat())
        .await;
    installation.rules_file("mine.yaml", &MINE.replace("NOTICE", "ALERT"));
    installation
        .asked(services, &[&words[..], &["two"]].concat())
        .await;
    let revisions = installation.revisions(services, "mine").await;
    [1, 0].map(|at| revisions[at]["revision"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_before_is_listed_and_compared() {
    let installation = Installation::new();
    let services = installation.start().await;
    let [first, second] = twice(&installation, &services).await;

    let history = installation.asked(&services, &["history", "mine"]).await;
    let lines: Vec<&str> = history.lines().collect();
    assert!(
        lines[0].starts_with(&second) && lines[0].ends_with("ann  two"),
        "{history}"
    );
    assert!(
        lines[1].starts_with(&first) && lines[1].ends_with("ann  one"),
        "{history}"
    );
    for words in [
        &["diff", "mine"][..],
        &["diff", "mine", "--from", &first, "--to", &second],
    ] {
        let ended = installation.ask(&services, words).await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(
            ended
                .stdout
                .contains("-  priority: NOTICE\n+  priority: ALERT\n"),
            "{}",
            ended.stdout
        );
    }
    let same = installation
        .asked(
            &services,
            &["diff", "mine", "--from", &second, "--to", &second],
        )
        .await;
    assert_eq!(same, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_rolled_back_and_the_way_back_is_a_revision_too() {
    let installation = Installation::new();
    let services = installation.start().await;
    let [first, _] = twice(&installation, &services).await;

    let back = installation
        .asked(&services, &["rollback", "mine", "--to", &first])
        .await;
    assert!(
        back.starts_with(&format!("mine is as it was at {first}, revision ")),
        "{back}"
    );
    assert!(
        back.contains("-  priority: ALERT\n+  priority: NOTICE\n"),
        "{back}"
    );
    let policy = installation.policy(&services, "mine").await;
    assert_eq!(policy["text"], json!(MINE));
    let revisions = installation.revisions(&services, "mine").await;
    assert_eq!(revisions.len(), 3);
    assert_eq!(revisions[0]["note"], json!(format!("back to {first}")));
    let now = policy["revision"].as_str().unwrap();
    for to in [now, &first] {
        let again = ["rollback", "mine", "--to", to];
        let again = installation.asked(&services, &again).await;
        assert_eq!(again, "mine unchanged\n");
    }
    let ended = installation
        .ask(&services, &["rollback", "mine", "--to", "0000"])
        .await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    assert!(ended.stderr.contains("no revision"), "{}", ended.stderr);
}
