//! `POST /api/v1/rules/test`.

use serde_json::json;

use super::{RULES, answer, file};

const PATH: &str = "/api/v1/rules/test";

const TESTS: &str = "\
- test: a sign-in abroad
  rule: Sign-in abroad
  event: {eventType: user.session.start, client: {geographicalContext: {country: Romania}}}
  matches: true
- test: a sign-in at home
  rule: Sign-in abroad
  event: {eventType: user.session.start, client: {geographicalContext: {country: Norway}}}
  matches: true
- test: two failures within five minutes
  rule: Burst
  events:
    - event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
    - at: \"+00:04:59\"
      event: {eventType: user.authentication.auth_via_mfa, actor: {id: a}, outcome: {result: FAILURE}}
  matches: true
";

#[tokio::test]
async fn tests_are_run_and_one_that_fails_says_why() {
    let request = json!({"files": [file("r.yaml", RULES)], "tests": file("r.test.yaml", TESTS)});
    let found = answer(PATH, &request).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
}

#[tokio::test]
async fn all_is_well_when_every_test_passes() {
    let passing = TESTS.replace("Norway", "Sweden");
    let request = json!({"files": [file("r.yaml", RULES)], "tests": file("r.test.yaml", &passing)});
    let found = answer(PATH, &request).await;
    assert_eq!(found["ok"], true, "{found}");
    assert_eq!(found["cases"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn nothing_is_run_on_rules_that_are_wrong() {
    let rules = RULES.replace("okta.evt.type", "okta.evt.typo");
    let request = json!({"files": [file("r.yaml", &rules)], "tests": file("r.test.yaml", TESTS)});
    let found = answer(PATH, &request).await;
    assert_eq!(found["ok"], false);
    assert_eq!(found["cases"], json!([]));
    assert_eq!(found["untested"], json!([]));
    assert_eq!(found["diagnostics"][0]["code"], "E0103");
}

#[tokio::test]
async fn a_test_that_cannot_be_read_keeps_no_other_from_being_run() {
    let tests =
        format!("{TESTS}- test: t\n  rule: Sing-in abroad\n  event: {{}}\n  matches: false\n");
    let request = json!({"files": [file("r.yaml", RULES)], "tests": file("r.test.yaml", &tests)});
    let found = answer(PATH, &request).await;
    assert_eq!(found["ok"], false);
    assert_eq!(found["cases"].as_array().unwrap().len(), 3);
    let help = &found["diagnostics"][0]["help"];
    assert_eq!(help, "did you mean `Sign-in abroad`?");
}
