//! Where diagnostics point, in every way of writing YAML, and how they look.

use super::fixture::{compiled, diagnose, source};
use nightlatch_engine::{Diagnostic, PolicyKind, Severity, compile};

/// The text that a diagnostic points at.
fn pointed<'t>(diagnostic: &Diagnostic, text: &'t str) -> String {
    let line: &'t str = text.split('\n').nth(diagnostic.line - 1).unwrap();
    line.chars()
        .skip(diagnostic.column - 1)
        .take(diagnostic.length)
        .collect()
}

fn rule(condition: &str) -> String {
    format!("- rule: é\n  desc: d\n  priority: INFO\n  output: o\n  condition: {condition}\n")
}

#[test]
fn a_place_within_a_condition_is_found_in_every_way_of_writing_it() {
    for condition in [
        "okta.result = x and okta.wrong = y",
        "okta.result = é and\n    okta.wrong = y",
        "\n    okta.result = x\n\n    and okta.wrong = y",
        "'okta.app = ''x'' and okta.wrong = y'",
        "'okta.app = ''x''\n    and okta.wrong = ''y'''",
        "\"okta.app = \\\"\\u00e9\\x41\\\" and okta.wrong = y\"",
        "\"okta.app = \\\"x\\\" and \\\n    okta.wrong = y\"",
        "\"okta.app = x\\n\\tand okta.wrong = y\"",
        "|\n    okta.app = x\n      and okta.wrong = y",
        "|-\n\n    okta.app = x\n\n    and okta.wrong = y\n",
        ">\n    okta.app = x\n    and okta.wrong = y",
        ">-\n    okta.app = x\n\n    and\n      okta.wrong = y",
        "|2\n    okta.app = x and okta.wrong = y",
        "!!str okta.app = x and okta.wrong = y",
        "&anchor 'okta.app = x and okta.wrong = y'",
        "okta.app = x and okta.wrong = y # okta.wrong",
    ] {
        for text in [rule(condition), rule(condition).replace('\n', "\r\n")] {
            let found = compiled(&text).diagnostics;
            let [diagnostic] = found.as_slice() else {
                panic!("{text}: {found:?}")
            };
            assert_eq!(diagnostic.code, "E0103", "{text}");
            assert_eq!(pointed(diagnostic, &text), "okta.wrong", "{text}");
        }
    }
}

#[test]
fn a_place_within_an_output_an_append_and_a_macro_is_found() {
    let text = "
- macro: late
  condition: okta.app = x
- macro: late
  condition: or okta.wrong1 = x
  override: {condition: append}
- rule: r
  desc: d
  priority: INFO
  condition: okta.result = x
  output: >-
    text and
    %okta.wrong2
- rule: r
  condition: >-
    and late
    and okta.wrong3 = x
  override: {condition: append}
- rule: s
  desc: d
  priority: INFO
  condition: late
  output: o
";
    let found = compiled(text).diagnostics;
    let pointed: Vec<String> = found
        .iter()
        .map(|diagnostic| pointed(diagnostic, text))
        .collect();
    assert_eq!(
        pointed,
        ["okta.wrong1", "okta.wrong2", "okta.wrong3"],
        "each once: {found:#?}"
    );
}

#[test]
fn a_syntax_error_points_at_what_does_not_fit() {
    let text = rule("okta.app = x and (okta.app = y");
    let found = compiled(&text).diagnostics;
    assert_eq!(
        (found[0].code, found[0].line, found[0].column),
        ("E0101", 5, 44)
    );
    let text = rule("okta.app like x");
    let found = compiled(&text).diagnostics;
    assert_eq!(
        (found[0].code, found[0].line, found[0].column),
        ("E0101", 5, 23)
    );
}

#[test]
fn all_that_is_wrong_is_told_in_the_order_of_the_file() {
    let text = "
- rule: a
  desc: d
  priority: LOUD
  condition: okta.one = x or okta.two = y and nomacro and okta.evt.type > 3 and okta.security.asnumber contains 1
  output: '%okta.three %okta.four'
  extra: 1
- rule: b
  priority: INFO
  condition: '('
  output: o
- nothing: here
";
    let found = compiled(text).diagnostics;
    let codes: Vec<(usize, &str)> = found.iter().map(|d| (d.line, d.code)).collect();
    assert_eq!(
        codes,
        [
            (4, "E0006"),
            (5, "E0103"),
            (5, "E0103"),
            (5, "E0108"),
            (5, "E0105"),
            (6, "E0201"),
            (6, "E0201"),
            (7, "W0002"),
            (8, "E0005"),
            (10, "E0101"),
            (12, "W0001"),
        ],
        "{found:#?}"
    );
}

#[test]
fn a_diagnostic_is_drawn_with_its_line_and_a_caret() {
    let text = rule("okta.actor.alternateId = x");
    let file = source("my-rules.yaml", &text);
    let found = compile(&file, PolicyKind::Custom).diagnostics;
    assert_eq!(
        found[0].render(&text, false),
        "\
error[E0103]: unknown field `okta.actor.alternateId`
 --> my-rules.yaml:5:14
  |
5 |   condition: okta.actor.alternateId = x
  |              ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `okta.actor.alternateid`?"
    );
    assert!(found[0].render(&text, true).contains("\u{1b}["));
    assert_eq!(
        found[0].to_string(),
        "my-rules.yaml:5:14: E0103 unknown field `okta.actor.alternateId` (did you mean `okta.actor.alternateid`?)"
    );
}

#[test]
fn a_diagnostic_is_written_as_json() {
    let found = compiled("x").diagnostics;
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(
        serde_json::to_value(&found[0]).unwrap(),
        serde_json::json!({
            "code": "E0002", "severity": "error", "file": "rules.yaml", "line": 1, "column": 1, "length": 1,
            "message": "expected a list of items, found a single value",
            "help": "a rules file is a list: each rule, macro and list begins with `- `",
        })
    );
}

#[test]
fn broken_yaml_is_told_with_its_place() {
    let found = compiled("- rule: a\n  desc: [x\n- rule: b\n").diagnostics;
    assert_eq!((found[0].code, found.len()), ("E0001", 1));
    assert!(found[0].line >= 2, "{found:?}");
}

#[test]
fn an_empty_file_is_a_policy_without_rules() {
    for text in ["", "# nothing\n", "---\n...\n", "- ~\n"] {
        let compiled = compiled(text);
        assert_eq!(compiled.diagnostics, [], "{text:?}");
        assert_eq!(compiled.policy.unwrap().rules().len(), 0);
    }
}

#[test]
fn an_event_type_that_okta_does_not_have_is_told_of() {
    for (condition, help) in [
        (
            "okta.evt.type = user.lifecycle.suspended",
            Some("did you mean `user.lifecycle.suspend`?"),
        ),
        (
            "okta.evt.type in (user.session.start, policy.rule.modify)",
            None,
        ),
        (
            "okta.evt.type != system.agent.ad.agent_instance_added",
            None,
        ),
        (
            "okta.evt.type == 'user.mfa.factor.update '",
            Some("did you mean `user.mfa.factor.update`?"),
        ),
    ] {
        let found = diagnose(condition);
        let [finding] = found.as_slice() else {
            panic!("{condition}: {found:?}")
        };
        assert_eq!(finding.code, "W0107", "{condition}");
        if help.is_some() {
            assert_eq!(finding.help.as_deref(), help, "{condition}");
        }
    }
    for condition in [
        "okta.evt.type in (user.session.start, user.lifecycle.suspend)",
        "okta.evt.type startswith user.mfa.",
        "okta.message = user.lifecycle.suspended",
    ] {
        assert_eq!(diagnose(condition), [], "{condition}");
    }
}
