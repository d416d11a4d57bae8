//! What `policies` shows of policies, and the way back.

use super::{MFA, MINE, MINE_TESTS};
use crate::installation::{EVERYTHING_TEXT, Installation};

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_a_line_for_each_policy_with_what_is_wrong_below() {
    let installation = Installation::new()
        .with_policy("everything.yaml", EVERYTHING_TEXT)
        .with_policy("broken.yaml", "- rule: r\n");
    let services = installation.start().await;
    let mine = installation.rules_file("mine.yaml", MINE);
    installation.asked(&services, &["apply", "-f", &mine]).await;

    let list = installation.asked(&services, &["list"]).await;

    let columns = |id: &str| -> Vec<String> {
        let mut lines = list.lines();
        let line = lines.find(|line| line.starts_with(&format!("{id} ")));
        let words = line.unwrap().split_whitespace();
        words.map(str::to_owned).collect()
    };
    assert_eq!(columns("mine")[1..5], ["custom", "on", "Medium", "1/1"]);
    assert_eq!(columns("mine")[6], "api");
    assert_eq!(columns("okta-mfa")[1..4], ["managed", "on", "Medium"]);
    assert_eq!(columns("okta-mfa")[5..], ["none", "built_in"]);
    assert!(
        columns("everything")[6].ends_with("/everything.yaml"),
        "{list}"
    );
    assert!(!list.contains('\u{1b}'), "{list:?}");
    let coloured = installation
        .asked(&services, &["list", "--color", "always"])
        .await;
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    let objects = installation
        .asked(&services, &["list", "--format", "json"])
        .await;
    assert_eq!(
        objects.lines().count(),
        list.lines().filter(|line| !line.starts_with(' ')).count() - 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_shown_whole_and_a_rule_of_it_too() {
    let installation = Installation::new();
    let services = installation.start().await;
    let mine = installation.rules_file("mine.yaml", MINE);
    installation.rules_file("mine.test.yaml", MINE_TESTS);
    installation.asked(&services, &["apply", "-f", &mine]).await;

    let text = installation
        .asked(&services, &["show", "mine", "--text"])
        .await;
    assert_eq!(text, MINE);
    let policy = installation.policy(&services, "mine").await;
    let shown = installation.asked(&services, &["show", "mine"]).await;
    let shown = shown.replace(policy["revision"].as_str().unwrap(), "REVISION");
    let shown = shown.replace(policy["version"].as_str().unwrap(), "VERSION");
    insta::assert_snapshot!(shown, @"
    Of mine  mine
      custom, on, Medium (5), 1 of 1 rule on
      origin      api
      revision    REVISION
      version     VERSION
    lists
      known  1  ann@acme.example
    rules
      Medium  on  All
    ");
    let rule = installation
        .asked(&services, &["show", "mine", "--rule", "All"])
        .await;
    let rule = rule.replace(
        policy["rule_list"][0]["version"].as_str().unwrap(),
        "VERSION",
    );
    insta::assert_snapshot!(rule, @"
    All  mine
      on, Medium (5), version VERSION
    description
      d
    condition
      (okta.evt.type exists and not okta.actor.alternateid in (ann@acme.example))
    output
      o
    needs
      events of any type
    tests
      match     a stranger
      no match  ann
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_ours_is_shown_with_where_it_comes_from_and_what_is_not_there_is_named() {
    let installation = Installation::new();
    let services = installation.start().await;
    let reset = ["show", "okta-mfa", "--rule", "All factors reset"];
    let reset = installation.asked(&services, &reset).await;
    for words in [
        "needs\n  user.mfa.factor.reset_all\n",
        "T1556.006",
        "references\n  https://",
    ] {
        assert!(reset.contains(words), "{words} in {reset}");
    }

    for words in [
        &["show", "nobody"][..],
        &["show", "okta-mfa", "--rule", "nobody"],
        &["history", "nobody"],
    ] {
        let ended = installation.ask(&services, words).await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
        assert!(ended.stderr.contains("\"nobody\""), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_detector_answers_is_said_with_what_to_do() {
    let installation = Installation::new();
    let mfa = installation.rules_file("mfa.yaml", MFA);
    for words in [
        &["list"][..],
        &["show", "okta-mfa"],
        &["apply", "-f", &mfa],
        &["history", "okta-mfa"],
    ] {
        let ended = installation.run(&[&["policies"], words].concat()).await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
        for said in [
            "no process runs on the data folder",
            "start `nightlatch`",
            "--api",
        ] {
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
        }
    }
    // Nothing listens at the first port.
    let ended = installation
        .run(&["policies", "--api", "http://127.0.0.1:1", "list"])
        .await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("does a detector run there?"),
        "{}",
        ended.stderr
    );
}
