//! Macros, lists, and what later items do to earlier ones.

use super::fixture::{compiled, policy};

/// A rule of this condition, to stand among other items.
fn rule(name: &str, condition: &str) -> String {
    let condition = serde_json::Value::from(condition);
    format!("- {{rule: {name}, desc: d, priority: info, output: o, condition: {condition}}}\n")
}

fn condition(text: &str) -> String {
    policy(text).rules()[0].condition_text().to_owned()
}

fn codes(text: &str) -> Vec<&'static str> {
    compiled(text)
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

#[test]
fn macros_are_put_in_as_one_condition_each() {
    let text = "- {macro: m, condition: okta.app = a or okta.app = b}\n".to_owned()
        + &rule("r", "okta.org = x and not m");
    assert_eq!(
        condition(&text),
        "(okta.org = x and not (okta.app = a or okta.app = b))"
    );
}

#[test]
fn a_macro_uses_those_before_it_and_a_rule_uses_all() {
    let forward = "- {macro: a, condition: b}\n- {macro: b, condition: okta.app = x}\n".to_owned()
        + &rule("r", "a");
    let found = compiled(&forward).diagnostics;
    assert_eq!(found[0].code, "E0108");
    assert!(found[0].help.as_ref().unwrap().contains("defined later"));
    let rule_first = rule("r", "a") + "- {macro: a, condition: okta.app = x}\n";
    assert_eq!(condition(&rule_first), "okta.app = x");
    let misspelt =
        "- {macro: known_user, condition: okta.app = x}\n".to_owned() + &rule("r", "known_users");
    let found = compiled(&misspelt).diagnostics;
    assert!(
        found
            .iter()
            .any(|d| d.help.as_deref() == Some("did you mean `known_user`?")),
        "{found:?}"
    );
}

#[test]
fn a_macro_that_uses_itself_is_refused() {
    let text = "- {macro: a, condition: okta.app = x}\n- {macro: a, condition: or a, override: {condition: append}}\n"
        .to_owned() + &rule("r", "a");
    assert_eq!(codes(&text), ["E0109"]);
}

#[test]
fn lists_are_put_in_by_name() {
    let list = "- {list: l, items: [a, 'b c', \"d,e\", '\"f g\"']}\n";
    assert_eq!(
        condition(&(list.to_owned() + &rule("r", "okta.app in (l, z)"))),
        "okta.app in (a, \"b c\", \"d,e\", \"f g\", z)"
    );
    assert_eq!(
        condition(&(list.to_owned() + &rule("r", "okta.app = anyof l"))),
        "okta.app = anyof (a, \"b c\", \"d,e\", \"f g\")"
    );
    assert_eq!(
        condition(&("- {list: l, items: []}\n".to_owned() + &rule("r", "okta.app in (l)"))),
        "okta.app in ()"
    );
    assert_eq!(
        condition(&("- {list: l, items: []}\n".to_owned() + &rule("r", "okta.app in (l, x)"))),
        "okta.app in (x)"
    );
}

#[test]
fn a_lists_name_in_quotes_or_within_a_value_is_text() {
    let text = "- {list: l, items: [a]}\n".to_owned()
        + &rule("r", "okta.app in ('l', l) and okta.org = \"x l y\"");
    assert_eq!(
        condition(&text),
        "(okta.app in (\"l\", a) and okta.org = \"x l y\")"
    );
}

#[test]
fn a_list_where_one_value_stands_must_have_one() {
    let one = "- {list: l, items: [a]}\n".to_owned() + &rule("r", "okta.app = l");
    assert_eq!(condition(&one), "okta.app = a");
    let two = "- {list: l, items: [a, b]}\n".to_owned() + &rule("r", "okta.app = l");
    assert_eq!(codes(&two), ["E0110"]);
}

#[test]
fn a_list_takes_in_those_before_it_and_appending_adds_items() {
    let text = "
- {list: inner, items: [a]}
- {list: outer, items: [inner, b, late]}
- {list: late, items: [c]}
- {list: outer, items: [d], override: {items: append}}
"
    .to_owned()
        + &rule("r", "okta.app in (outer)");
    assert_eq!(
        condition(&text),
        "okta.app in (a, b, c, d)",
        "appended after `late` was there"
    );
    let text = "
- {list: outer, items: [late]}
- {list: late, items: [c]}
"
    .to_owned()
        + &rule("r", "okta.app in (outer, late)");
    assert_eq!(condition(&text), "okta.app in (late, c)");
}

#[test]
fn what_nothing_uses_is_told_and_checked_all_the_same() {
    assert_eq!(
        codes("- {list: l, items: [a]}\n- {macro: m, condition: okta.app = x}\n"),
        ["W0104", "W0103"]
    );
    assert_eq!(
        codes("- {macro: m, condition: okta.nope = x}\n"),
        ["W0103", "E0103"]
    );
    assert_eq!(
        codes("- {macro: m, condition: (}\n"),
        ["E0101", "W0103"].iter().rev().copied().collect::<Vec<_>>()
    );
}

#[test]
fn a_rule_can_be_appended_to_and_replaced_key_by_key() {
    let text = rule("r", "okta.app = a")
        + "
- rule: r
  condition: or okta.app = b
  desc: more
  tags: [T1110]
  references: [https://example.com/a]
  priority: ERROR
  enabled: false
  override: {condition: append, desc: append, tags: append, references: append, priority: replace, enabled: replace}
";
    let policy = policy(&text);
    let rule = &policy.rules()[0];
    assert_eq!(rule.condition_text(), "(okta.app = a or okta.app = b)");
    assert_eq!(rule.description(), "d more");
    assert_eq!(rule.tags(), ["T1110"]);
    assert_eq!(rule.references(), ["https://example.com/a"]);
    assert_eq!(
        (rule.priority().to_string().as_str(), rule.severity()),
        ("Error", 3)
    );
    assert!(!rule.enabled());
}

#[test]
fn a_rule_defined_again_keeps_its_place() {
    let text = rule("a", "okta.app = 1") + &rule("b", "okta.app = 2") + &rule("a", "okta.app = 3");
    let policy = policy(&text);
    let shown: Vec<_> = policy
        .rules()
        .iter()
        .map(|rule| (rule.name(), rule.condition_text()))
        .collect();
    assert_eq!(shown, [("a", "okta.app = 3"), ("b", "okta.app = 2")]);
}

#[test]
fn overriding_without_meaning_is_refused() {
    let first = rule("r", "okta.app = a");
    for (item, code) in [
        (
            "- {rule: r, priority: info, override: {priority: append}}",
            "E0007",
        ),
        (
            "- {rule: r, condition: or x, append: true, override: {condition: append}}",
            "E0007",
        ),
        (
            "- {rule: r, desc: x, override: {condition: append}}",
            "E0007",
        ),
        (
            "- {rule: r, condition: or x, desc: y, override: {condition: append}}",
            "E0007",
        ),
        (
            "- {rule: r, condition: or x, override: {condition: prepend}}",
            "E0007",
        ),
        (
            "- {rule: other, condition: or x, override: {condition: append}}",
            "E0008",
        ),
        ("- {rule: other, enabled: false}", "E0008"),
        ("- {macro: m, condition: or x, append: true}", "E0008"),
        (
            "- {list: l, items: [x], override: {items: append}}",
            "E0008",
        ),
        (
            "- {rule: r, source: syscall, condition: or x, override: {condition: append}}",
            "E0012",
        ),
        ("- {rule: r}", "E0005"),
    ] {
        let found = codes(&format!("{first}{item}\n"));
        assert!(found.contains(&code), "{item}: {found:?}");
    }
}

#[test]
fn the_old_ways_work_and_are_told() {
    let text = rule("r", "okta.app = a")
        + "- {rule: r, condition: or okta.app = b, append: true}\n- {rule: r, enabled: false}\n";
    assert_eq!(codes(&text), ["W0003", "W0003"]);
    let policy = policy(&text);
    assert_eq!(
        policy.rules()[0].condition_text(),
        "(okta.app = a or okta.app = b)"
    );
    assert!(!policy.rules()[0].enabled());
}

#[test]
fn a_rule_about_something_else_is_left_out() {
    let text = "- {rule: r, desc: d, priority: info, output: '%fd.name', condition: evt.type = open, source: syscall}\n";
    let compiled = compiled(text);
    assert_eq!(compiled.diagnostics.len(), 1);
    assert_eq!(compiled.diagnostics[0].code, "W0004");
    assert_eq!(compiled.policy.unwrap().rules().len(), 0);
}

#[test]
fn a_rule_may_ask_to_be_left_out_when_it_names_an_unknown_field() {
    let text = "- {rule: r, desc: d, priority: info, output: '%okta.nope', condition: okta.new = x, skip-if-unknown-filter: true}\n";
    let compiled = compiled(text);
    assert_eq!(
        compiled
            .diagnostics
            .iter()
            .map(|d| d.code)
            .collect::<Vec<_>>(),
        ["W0008"]
    );
    assert_eq!(compiled.policy.unwrap().rules().len(), 0);
}

#[test]
fn versions_that_are_asked_for_are_checked() {
    for (item, code) in [
        ("- required_engine_version: 11", None),
        ("- required_engine_version: 0.31.0", None),
        ("- required_engine_version: 99", Some("E0009")),
        ("- required_engine_version: 1.0.0", Some("E0009")),
        ("- required_engine_version: new", Some("E0009")),
        (
            "- required_plugin_versions: [{name: okta, version: 0.11.0}, {name: json, version: 0.7.0}]",
            None,
        ),
        (
            "- required_plugin_versions: [{name: okta, version: 0.99.0}]",
            Some("E0009"),
        ),
        (
            "- required_plugin_versions: [{name: okta, version: x}]",
            Some("E0009"),
        ),
        (
            "- required_plugin_versions: [{name: okta, version: 0.1.0}, {name: okta, version: 0.1.0}]",
            Some("E0009"),
        ),
        (
            "- required_plugin_versions: [{name: other, version: 0.1.0}]",
            Some("W0004"),
        ),
        (
            "- required_plugin_versions: [{name: other, version: 0.1.0, alternatives: [{name: okta, version: 0.1.0}]}]",
            None,
        ),
    ] {
        assert_eq!(codes(item), code.into_iter().collect::<Vec<_>>(), "{item}");
    }
}

#[test]
fn documents_of_one_file_are_one_policy() {
    let text = format!(
        "---\n{}---\n{}",
        "- {macro: m, condition: okta.app = x}\n",
        rule("r", "m")
    );
    assert_eq!(condition(&text), "okta.app = x");
}
