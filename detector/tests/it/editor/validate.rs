//! `POST /api/v1/rules/validate`.

use serde_json::{Value, json};

use super::{RULES, answer, file, refusal, rule};

const PATH: &str = "/api/v1/rules/validate";

#[tokio::test]
async fn a_policy_is_told_of_with_what_its_rules_come_to() {
    let found = answer(PATH, &json!({"files": [file("rules.yaml", RULES)]})).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
}

#[tokio::test]
async fn rules_that_are_wrong_are_an_answer_that_says_where() {
    let text = rule("r", "okta.evt.typo = x");
    let found = answer(PATH, &json!({"files": [file("rules.yaml", &text)]})).await;
    assert_eq!(found["ok"], false);
    assert_eq!(found["policy"], Value::Null);
    insta::assert_snapshot!(serde_json::to_string_pretty(&found["diagnostics"]).unwrap());
}

#[tokio::test]
async fn files_of_one_policy_are_read_together_and_each_diagnostic_names_its_own() {
    let macros = "- macro: of_ann\n  condition: okta.actor.alternateid = ann\n";
    let files = json!([
        file("macros.yaml", macros),
        file("rules.yaml", &rule("r", "of_ann")),
        file("more.yaml", &rule("s", "of_ben")),
    ]);
    let found = answer(PATH, &json!({"files": files})).await;
    let errors: Vec<_> = found["diagnostics"].as_array().unwrap().iter().collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["file"], "more.yaml");
    assert_eq!(errors[0]["line"], 3);
    let files = json!([files[0], files[1]]);
    let found = answer(PATH, &json!({"files": files})).await;
    assert_eq!(found["policy"]["id"], "macros");
    let condition = &found["policy"]["rules"][0]["condition"];
    assert_eq!(condition, "okta.actor.alternateid = ann");
}

#[tokio::test]
async fn tests_are_checked_beside_the_rules_and_those_that_lack_are_told_of() {
    let text = rule("r", "okta.evt.type exists");
    let tests = "- test: t\n  rule: r\n  event: {}\n  matches: true\n- test: u\n  rule: q\n";
    let request = json!({"files": [file("r.yaml", &text)], "tests": file("r.test.yaml", tests)});
    let found = answer(PATH, &request).await;
    assert_eq!(found["ok"], false);
    assert!(found["policy"].is_object());
    let files: Vec<_> = found["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|diagnostic| {
            (
                diagnostic["file"].as_str().unwrap(),
                &diagnostic["severity"],
            )
        })
        .collect();
    let expected = json!("error");
    assert!(files.contains(&("r.test.yaml", &expected)), "{files:?}");
    assert!(files.iter().any(|(file, _)| *file == "r.yaml"), "{files:?}");
}

#[tokio::test]
async fn a_rule_says_which_ways_its_events_come() {
    let named = |hooked: bool| {
        let mut types = nightlatch_engine::event_types();
        types.find(|known| known.is_hooked == hooked).unwrap().name
    };
    let (hooked, logged) = (named(true), named(false));
    for (condition, hook, system_log) in [
        (format!("okta.evt.type = {hooked}"), true, false),
        (format!("okta.evt.type = {logged}"), false, true),
        (format!("okta.evt.type in ({hooked}, {logged})"), true, true),
        ("okta.actor.alternateid = ann".to_owned(), true, false),
    ] {
        let files = json!([file("r.yaml", &rule("r", &condition))]);
        let found = answer(PATH, &json!({"files": files})).await;
        let needs = &found["policy"]["rules"][0]["needs"];
        let logged = needs["system_log"].as_array().unwrap();
        let told = (&needs["hook"], !logged.is_empty());
        assert_eq!(told, (&json!(hook), system_log), "{condition}");
    }
}

#[tokio::test]
async fn the_kind_is_that_of_a_customer_unless_it_is_said() {
    for (kind, expected) in [
        (json!({}), "custom"),
        (json!({"kind": "managed"}), "managed"),
    ] {
        let mut request = json!({"files": [file("rules.yaml", RULES)]});
        request
            .as_object_mut()
            .unwrap()
            .extend(kind.as_object().unwrap().clone());
        assert_eq!(answer(PATH, &request).await["policy"]["kind"], expected);
    }
}

#[tokio::test]
async fn files_that_could_not_be_told_apart_are_refused() {
    let one = file("a.yaml", RULES);
    let many: Vec<_> = (0..101).map(|at| file(&at.to_string(), "")).collect();
    for files in [json!([]), json!([one, one]), json!(many)] {
        let problem = refusal(PATH, &json!({"files": files})).await;
        assert_eq!(problem["parameter"], "files", "{problem}");
    }
    for name in ["", &"n".repeat(251)] {
        let problem = refusal(PATH, &json!({"files": [file(name, RULES)]})).await;
        assert_eq!(problem["parameter"], "name", "{problem}");
    }
}
