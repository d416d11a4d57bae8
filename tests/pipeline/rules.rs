//! The commands that work on rules files, from outside.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::installation::{EVERYTHING_TEXT, Installation};
use crate::process::Ended;

/// Rules with everything that a tree can show.
const SIGN_IN: &str = "\
- policy:
    id: sign-in

- list: home
  items: [Norway, Germany]

- macro: at_home
  condition: okta.client.geo.country in (home)

- rule: Sign-in abroad
  desc: d
  condition: >
    okta.evt.type = user.session.start and not at_home
    and (tolower(okta.actor.name) startswith ann or okta.device.name = val(okta.actor.name))
  output: \"%okta.actor.alternateid in %okta.client.geo.country\"
  priority: WARNING

- rule: Burst
  desc: d
  condition: okta.mfa.failure.countlast[300] >= 2
  output: \"%okta.mfa.failure.countlast[300] failures\"
  priority: INFO
  enabled: false

- rule: Never tried
  desc: d
  condition: okta.app = x
  output: o
  priority: INFO
";

/// Tests of them, the second and the fourth of which fail.
const SIGN_IN_TESTS: &str = "\
- test: a sign-in abroad
  rule: Sign-in abroad
  event:
    eventType: user.session.start
    actor: {displayName: Ann}
    client: {geographicalContext: {country: Romania}}
  matches: true
- test: Ben is no Ann
  rule: Sign-in abroad
  event:
    eventType: user.session.start
    actor: {displayName: \"Ben\\a\"}
    client: {geographicalContext: {country: Romania}}
  matches: true
- test: two failures within five minutes
  rule: Burst
  events:
    - event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
    - at: \"+00:04:59\"
      event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
  matches: true
- test: two failures within six minutes
  rule: Burst
  events:
    - event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
    - at: \"+00:05:59\"
      event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
  matches: true
";

const EVENT: &str = r#"{"uuid": "u1", "eventType": "user.session.start",
    "actor": {"alternateId": "ann@example.com", "displayName": "Ann"},
    "client": {"geographicalContext": {"country": "Romania"}}}"#;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a command said, the folder named `FOLDER`.
fn said(installation: &Installation, ended: &Ended) -> String {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    said.replace(text(installation.folder()), "FOLDER")
}

#[tokio::test(flavor = "multi_thread")]
async fn check_succeeds_with_warnings_alone_and_fails_with_errors_that_it_shows() {
    let installation = Installation::new();
    let unused = format!("{EVERYTHING_TEXT}- macro: unused\n  condition: okta.evt.type exists\n");
    let line = EVERYTHING_TEXT.lines().count() + 1;
    let warned = installation.file("warned.yaml", unused);
    let broken = EVERYTHING_TEXT.replace("okta.evt.type exists or", "okta.evt.tpe exists or");
    let broken = installation.file("broken.yaml", broken);
    let (warned, broken) = (text(&warned), text(&broken));

    let ended = installation.run(&["rules", "check", warned]).await;
    let said = ended.stdout + &ended.stderr;
    assert!(ended.status.success(), "{said}");
    assert!(said.contains(&format!("{warned}:{line}:10")), "{said}");
    assert!(said.contains("no rule uses the macro `unused`"), "{said}");
    assert!(said.ends_with("1 rule, 0 errors, 3 warnings\n"), "{said}");

    let denied = ["rules", "check", "--deny-warnings", warned];
    assert_eq!(installation.run(&denied).await.status.code(), Some(1));

    let ended = installation.run(&["rules", "check", warned, broken]).await;
    let said = ended.stdout + &ended.stderr;
    assert_eq!(ended.status.code(), Some(1), "{said}");
    for words in [
        format!("{broken}:8:14"),
        "did you mean `okta.evt.type`".to_owned(),
    ] {
        assert!(said.contains(&words), "{words} in {said}");
    }

    let ended = installation.run(&["rules", "check", "/nowhere.yaml"]).await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("/nowhere.yaml"), "{}", ended.stderr);
    assert_eq!(
        installation.run(&["rules", "check"]).await.status.code(),
        Some(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_goes_through_folders_with_their_tests_and_prints_an_object_a_diagnostic() {
    let installation = Installation::new();
    let folder = installation.policies();
    let rule =
        "- {rule: Every event, desc: d, priority: INFO, output: o, condition: okta.app = x}\n";
    fs::write(folder.join("b.yml"), rule).unwrap();
    fs::write(
        folder.join("a.yaml"),
        SIGN_IN.replace("okta.app", "okta.ap"),
    )
    .unwrap();
    let tests = "- {test: t, rule: Every evnt, event: {}, matches: true}\n";
    fs::write(folder.join("b.test.yml"), tests).unwrap();
    fs::write(folder.join(".hidden.yaml"), "nonsense").unwrap();

    let words = ["rules", "check", "--format", "json", text(&folder)];
    let ended = installation.run(&words).await;

    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let objects = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let places: Vec<Value> = objects
        .map(|found: Value| {
            let file = found["file"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned();
            json!([
                file,
                found["line"],
                found["severity"],
                found["code"],
                found["help"]
            ])
        })
        .collect();
    assert_eq!(
        json!(places),
        json!([
            ["a.yaml", 27, "error", "E0103", "did you mean `okta.app`?"],
            [
                "b.test.yml",
                1,
                "error",
                "E0301",
                "did you mean `Every event`?"
            ],
            [
                "b.yml",
                1,
                "warning",
                "W0301",
                "write one with `matches: true` and one with `matches: false`"
            ],
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_rules_is_a_problem() {
    let installation = Installation::new();
    let empty = installation.folder().join("empty");
    fs::create_dir(&empty).unwrap();
    let ended = installation.run(&["rules", "check", text(&empty)]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.contains("the folder has no *.yaml"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn test_shows_why_a_test_failed_and_which_rules_have_none() {
    let installation = Installation::new();
    installation.file("rules.test.yaml", SIGN_IN_TESTS);
    let rules = installation.file("rules.yaml", SIGN_IN);

    let ended = installation.run(&["rules", "test", text(&rules)]).await;

    assert_eq!(ended.status.code(), Some(1));
    insta::assert_snapshot!(said(&installation, &ended), @r#"
    FAILED FOLDER/rules.test.yaml:8: Ben is no Ann
      Sign-in abroad: the rule should match, and does not
        no  all of
          yes okta.evt.type = user.session.start  is "user.session.start"
          yes not
            no  at_home
              no  okta.client.geo.country in (home)  is "Romania"
          no  one of
            no  tolower(okta.actor.name) startswith ann  is "ben\u0007" (okta.actor.name is "Ben\u0007")
            no  okta.device.name = val(okta.actor.name)  is absent; val(okta.actor.name) is "Ben\u0007"
    FAILED FOLDER/rules.test.yaml:22: two failures within six minutes
      Burst: the rule should match, and does not
        no  okta.mfa.failure.countlast[300] >= 2  is 1
    3 tests lacking:
      FOLDER/rules.yaml:10: every test expects a match of the rule `Sign-in abroad`
      FOLDER/rules.yaml:18: every test expects a match of the rule `Burst`
      FOLDER/rules.yaml:25: no test asks for the rule `Never tried`
    4 tests of 3 rules: 2 passed, 2 failed, 0 problems
    "#);

    let coloured = ["rules", "--color", "always", "test", text(&rules)];
    let ended = installation.run(&coloured).await;
    assert!(
        ended
            .stdout
            .contains("\u{1b}[1m\u{1b}[91m✗\u{1b}[0m all of"),
        "{:?}",
        ended.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn test_writes_a_junit_report() {
    let installation = Installation::new();
    installation.file(
        "rules.test.yaml",
        SIGN_IN_TESTS.replace("a sign-in", "a <sign-in> & more"),
    );
    let rules = installation.file("rules.yaml", SIGN_IN);
    let broken = installation.file("broken.yaml", "- rule: r\n");
    let report = installation.folder().join("report.xml");

    let words = [
        "rules",
        "test",
        "--format",
        "junit",
        "--output",
        text(&report),
    ];
    let ended = installation
        .run(&[&words, &[text(&rules), text(&broken)][..]].concat())
        .await;

    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended
            .stdout
            .ends_with("4 tests of 3 rules: 2 passed, 2 failed, 1 problem\n"),
        "{}",
        ended.stdout
    );
    let written = fs::read_to_string(&report).unwrap();
    let written = written.replace(text(installation.folder()), "FOLDER");
    // How long a test took is the one thing that differs.
    let timeless: Vec<String> = written
        .split("time=\"")
        .enumerate()
        .map(|(at, part)| match part.split_once('"') {
            Some((time, rest)) if at > 0 => {
                time.parse::<f64>().unwrap();
                format!("TIME\"{rest}")
            }
            _ => part.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(timeless.join("time=\""));

    let printed = installation
        .run(&["rules", "test", "--format", "junit", text(&rules)])
        .await;
    assert!(
        printed.stdout.starts_with("<?xml version="),
        "{}",
        printed.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn test_passes_what_passes_and_takes_no_tests_for_a_failure() {
    let installation = Installation::new();
    let passing: String = SIGN_IN_TESTS.split("- test: Ben").take(1).collect();
    let tests = installation.file("rules.test.yaml", passing);
    installation.file("rules.yaml", SIGN_IN);
    let ended = installation.run(&["rules", "test", text(&tests)]).await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("1 test of 3 rules: 1 passed, 0 failed"),
        "{}",
        ended.stdout
    );

    let lonely = installation.file("lonely.yaml", SIGN_IN);
    let ended = installation
        .run(&["rules", "test", text(&tests), text(&lonely)])
        .await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("lonely.yaml: there are no tests"),
        "{}",
        ended.stdout
    );

    installation.file(
        "lonely.test.yaml",
        "- {test: t, rule: Burst, matches: true}\n",
    );
    let ended = installation.run(&["rules", "test", text(&lonely)]).await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    assert!(ended.stdout.contains("E0301"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tests_beside_the_managed_policies_pass() {
    let installation = Installation::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../detector/rules");
    let said = installation.succeed(&["rules", "test", folder]).await;
    assert!(said.contains(" 0 failed, 0 problems"), "{said}");
    installation
        .succeed(&["rules", "check", "--deny-warnings", folder])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_shows_the_tree_of_a_rule_for_each_event() {
    let installation = Installation::new();
    let rules = installation.file("rules.yaml", SIGN_IN);
    let home = EVENT.replace("Romania", "Norway");
    let body = json!({"eventType": "com.okta.event_hook", "data": {"events": [
        serde_json::from_str::<Value>(&home).unwrap()
    ]}});
    let events = installation.file("events.json", format!("[{EVENT}]\n{body}"));

    let words = [
        "rules",
        "explain",
        "Sign-in abroad",
        text(&events),
        "--rules",
        text(&rules),
    ];
    let ended = installation.run(&words).await;

    assert!(ended.status.success(), "{}", ended.stderr);
    insta::assert_snapshot!(said(&installation, &ended), @r#"
    Sign-in abroad matches event 1, user.session.start
      FOLDER/rules.yaml:10:9, policy sign-in
      yes all of
        yes okta.evt.type = user.session.start  is "user.session.start"
        yes not
          no  at_home
            no  okta.client.geo.country in (home)  is "Romania"
        yes one of
          yes tolower(okta.actor.name) startswith ann  is "ann" (okta.actor.name is "Ann")
          no  okta.device.name = val(okta.actor.name)  is absent; val(okta.actor.name) is "Ann"
      says: ann@example.com in Romania
    Sign-in abroad does not match event 2, user.session.start
      FOLDER/rules.yaml:10:9, policy sign-in
      no  all of
        yes okta.evt.type = user.session.start  is "user.session.start"
        no  not
          yes at_home
            yes okta.client.geo.country in (home)  is "Norway"
        yes one of
          yes tolower(okta.actor.name) startswith ann  is "ann" (okta.actor.name is "Ann")
          no  okta.device.name = val(okta.actor.name)  is absent; val(okta.actor.name) is "Ann"
      would say: ann@example.com in Norway
    "#);

    let ended = installation
        .run(&[&words[..], &["--format", "json"]].concat())
        .await;
    let objects: Vec<Value> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["matches"], true);
    assert_eq!(objects[1]["event"], 2);
    assert_eq!(
        objects[0]["condition"]["parts"][0]["left"]["value"],
        "user.session.start"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_counts_the_events_before_and_reads_standard_input() {
    let installation = Installation::new();
    let rules = installation.file("rules.yaml", SIGN_IN);
    let failure = |uuid: &str, minute: u32| {
        json!({"uuid": uuid, "published": format!("2026-01-05T12:0{minute}:00Z"), "actor": {"id": "a"},
               "eventType": "user.authentication.auth_via_mfa", "outcome": {"result": "FAILURE"}})
    };
    let events = format!("{}\n{}\n", failure("a", 0), failure("b", 4));
    let words = [
        "rules",
        "explain",
        "Burst",
        "-",
        "--format",
        "json",
        "--rules",
        text(&rules),
    ];
    let ended = installation.run_with_input(&words, &events).await;
    let verdicts: Vec<Value> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["matches"].clone())
        .collect();
    assert_eq!(json!(verdicts), json!([false, true]), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_looks_in_the_policies_in_force_and_says_what_is_wrong_with_a_request() {
    let installation = Installation::new().with_policy("own.yaml", SIGN_IN);
    let event = installation.file("event.json", EVENT);
    let event = text(&event);
    for rule in ["Sign-in abroad", "Account locked"] {
        let said = installation
            .succeed(&["rules", "explain", rule, event])
            .await;
        assert!(said.contains(rule), "{said}");
    }
    let refused = async |rule: &str, event: &str| {
        let ended = installation.run(&["rules", "explain", rule, event]).await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
        ended.stderr
    };
    let said = refused("sign-in abrod", event).await;
    assert!(said.contains("did you mean `Sign-in abroad`?"), "{said}");
    let said = refused("Sign-in abroad", "/nowhere.json").await;
    assert!(said.contains("/nowhere.json"), "{said}");
    let broken = installation.file("broken.json", "{\"eventType\": ");
    let said = refused("Sign-in abroad", text(&broken)).await;
    assert!(said.contains("event 1: not JSON"), "{said}");
    let empty = installation.file("empty.json", "\n");
    let said = refused("Sign-in abroad", text(&empty)).await;
    assert!(said.contains("there is no event"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_code_prints_the_page_of_a_code() {
    let installation = Installation::new();
    let page = installation
        .succeed(&["rules", "explain-code", "e0103"])
        .await;
    assert!(page.starts_with("# E0103: "), "{page}");
    let list = installation.succeed(&["rules", "explain-code"]).await;
    assert!(list.lines().count() > 30, "{list}");
    let ended = installation.run(&["rules", "explain-code", "E9999"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.contains("there is no code E9999"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_found_by_a_word() {
    let installation = Installation::new();
    let said = installation
        .succeed(&["rules", "fields", "Countlast"])
        .await;
    insta::assert_snapshot!(said, @"
    okta.mfa.failure.countlast[seconds]  number    On a failed multi-factor check: how many the actor had in the last N seconds, this one included.
                                                   from this event and those before of the same actor.id; such as 3
    okta.mfa.deny.countlast[seconds]     number    On a denied push: how many the actor denied in the last N seconds, this one included.
                                                   from this event and those before of the same actor.id; such as 3
    ");
    let all = installation
        .succeed(&["rules", "fields", "--format", "json"])
        .await;
    assert!(all.lines().count() > 90, "{all}");
    let city: Value = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|field| field["name"] == "okta.client.geo.city")
        .unwrap();
    assert_eq!(city["from"], "client.geographicalContext.city");
    let ended = installation.run(&["rules", "fields", "nonesuch"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("`nonesuch`"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn fmt_lays_files_out_and_leaves_alone_what_it_cannot() {
    let installation = Installation::new();
    let untidy =
        "- priority: INFO   # why\n  rule: r\n  desc: d\n  output: o\n  condition: okta.app=x\n";
    let tidy =
        "- rule: r\n  desc: d\n  condition: okta.app = x\n  output: o\n  priority: INFO # why\n";
    let file = installation.file("rules.yaml", untidy);
    let path = text(&file);
    let read = || fs::read_to_string(&file).unwrap();

    let ended = installation.run(&["rules", "fmt", "--check", path]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(
        said(&installation, &ended),
        "FOLDER/rules.yaml: not laid out\n"
    );
    assert_eq!(read(), untidy);

    let ended = installation.run(&["rules", "fmt", path]).await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!(said(&installation, &ended), "FOLDER/rules.yaml: laid out\n");
    assert_eq!(read(), tidy);
    for words in [
        &["rules", "fmt", path][..],
        &["rules", "fmt", "--check", path],
    ] {
        assert_eq!(installation.succeed(words).await, "");
    }

    let ended = installation
        .run_with_input(&["rules", "fmt", "-"], untidy)
        .await;
    assert_eq!(
        (ended.stdout.as_str(), ended.status.code()),
        (tidy, Some(0)),
        "{}",
        ended.stderr
    );

    let unusual = untidy.replace("desc: d", "desc: &d d");
    fs::write(&file, &unusual).unwrap();
    let ended = installation.run(&["rules", "fmt", path]).await;
    assert_eq!(ended.status.code(), Some(1));
    insta::assert_snapshot!(said(&installation, &ended), @"error: FOLDER/rules.yaml: left alone: FOLDER/rules.yaml:3:9: a value with an anchor cannot be laid out without risk");
    assert_eq!(read(), unusual);

    fs::write(&file, untidy.replace("okta.app", "okta.ap")).unwrap();
    let ended = installation.run(&["rules", "fmt", path]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.contains("did you mean `okta.app`?"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("left alone, it has 1 error"),
        "{}",
        ended.stderr
    );
}
