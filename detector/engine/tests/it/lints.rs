//! What is told of rules that can be judged, and what is not: a lint that cries wolf is none.

use std::fmt::Write;

use nightlatch_engine::{Diagnostic, PolicyKind, Severity, compile, read_tests, untested};

use super::fixture::{codes, compiled, diagnose, managed, policy, source};

/// A rule of this name and condition.
fn named(name: &str, condition: &str) -> String {
    format!("- {{rule: {name}, desc: d, priority: INFO, output: o, condition: '{condition}'}}\n")
}

/// The codes of a text of rules.
fn told(text: &str) -> Vec<&'static str> {
    let found = compiled(text).diagnostics;
    found.iter().map(|found| found.code).collect()
}

fn help(found: &[Diagnostic]) -> &str {
    found[0].help.as_deref().unwrap_or_default()
}

#[test]
fn not_equal_on_a_field_that_may_be_absent_is_told_with_the_way_to_write_it() {
    for (condition, better) in [
        ("okta.risk.level != HIGH", "`not okta.risk.level = HIGH`"),
        (
            "okta.app = mail and okta.risk.level != HIGH",
            "`not okta.risk.level = HIGH`",
        ),
        (
            "okta.target.user.name != \"Ann Example\"",
            "`not okta.target.user.name = \"Ann Example\"`",
        ),
        (
            "json.value[/outcome/result] != allof (a, b)",
            "`not json.value[/outcome/result] in (a, b)`",
        ),
        (
            "tolower(okta.device.name) != ann",
            "`not tolower(okta.device.name) = ann`",
        ),
        (
            "okta.device.id != val(okta.actor.id)",
            "`not okta.device.id = val(okta.actor.id)`",
        ),
    ] {
        let found = diagnose(condition);
        assert_eq!(found.len(), 1, "{condition}: {found:?}");
        assert_eq!(found[0].code, "W0108", "{condition}");
        assert!(help(&found).contains(better), "{condition}: {found:?}");
    }
}

#[test]
fn not_equal_is_not_told_of_where_it_says_what_it_means() {
    for condition in [
        "okta.actor.name != ann",
        "okta.app = mail and okta.client.geo.country != Romania",
        "not okta.risk.level = HIGH",
        "okta.risk.level exists and okta.risk.level != HIGH",
        "okta.app = mail and (okta.risk.level exists and (okta.app = x or okta.risk.level != HIGH))",
        "okta.risk.level in (LOW, HIGH) and okta.app = mail and okta.risk.level != HIGH",
        "okta.risk.level != \"\"",
        "not (okta.app = mail and okta.risk.level != HIGH)",
        "okta.published.hour != 3",
    ] {
        assert!(!codes(condition).contains(&"W0108"), "{condition}");
    }
}

#[test]
fn a_condition_that_no_event_satisfies_is_told() {
    for condition in [
        "okta.result = FAILURE and okta.result = SUCCESS",
        "okta.result = FAILURE and (okta.app = mail and okta.result in (SUCCESS, DENY))",
        "okta.result = FAILURE and not okta.result = FAILURE",
        "okta.result = FAILURE and okta.result != FAILURE",
        "(okta.result = A or okta.result = B) and (okta.result = C or okta.result = D)",
        "not (okta.result != A or okta.result != B)",
        "okta.mfa.failure.countlast[300] >= 3 and okta.evt.type = user.session.start",
        "okta.security.asnumber = 3 and okta.security.asnumber = 4",
        "okta.risk.level exists and not okta.risk.level exists",
        "okta.login.failed = true and okta.login.failed = false",
    ] {
        let found = diagnose(condition);
        assert!(
            found.iter().any(|d| d.code == "W0109"),
            "{condition}: {found:?}"
        );
        assert!(
            found[0].message.contains("never matches"),
            "{condition}: {found:?}"
        );
    }
    let found = diagnose("okta.app = mail or okta.result = A and okta.result = B");
    assert_eq!(found[0].code, "W0109");
    assert!(!found[0].message.contains("never matches"), "{found:?}");
}

#[test]
fn a_condition_that_some_event_satisfies_is_let_alone() {
    for condition in [
        "okta.result = FAILURE and okta.result in (FAILURE, SUCCESS)",
        "okta.result = FAILURE or okta.result = SUCCESS",
        "okta.result != FAILURE and okta.result != SUCCESS",
        "okta.result = A and okta.app = B",
        "json.value[/actor/id] = a and json.value[/actor/type] = b",
        "okta.target.id intersects (a) and okta.target.id intersects (b)",
        "okta.client.net = 10.0.0.0/8 and okta.client.net = 10.1.0.0/16",
        "okta.security.asnumber = 3 and okta.security.asnumber = 03",
        "okta.mfa.deny.countlast[300] >= 3 and okta.evt.type = user.authentication.auth_via_mfa",
        "not okta.risk.level = HIGH and not okta.risk.level exists",
        "okta.result startswith F and okta.result = FAILURE",
    ] {
        assert_eq!(diagnose(condition), [], "{condition}");
    }
}

#[test]
fn a_list_that_is_yours_to_fill_makes_no_rule_impossible() {
    let text = "- list: admins\n  items: []\n".to_owned()
        + &named("a", "okta.actor.alternateid in (admins)")
        + &named("b", "okta.app = mail and not okta.actor.name in (admins)");
    assert_eq!(compiled(&text).diagnostics, []);
    assert_eq!(codes("okta.app in ()"), ["W0106"]);
    assert_eq!(codes("okta.app = mail and not okta.app in ()"), ["W0106"]);
}

#[test]
fn a_condition_that_every_event_satisfies_is_told() {
    for condition in [
        "okta.result = A or not okta.result = A",
        "okta.result = A or okta.result != A",
        "okta.result != A or okta.result != B",
        "not (okta.result = A and okta.result = B)",
    ] {
        assert!(
            codes(condition)
                .iter()
                .any(|code| matches!(*code, "W0109" | "W0110")),
            "{condition}"
        );
    }
    assert_eq!(codes("okta.result = A or okta.result != A"), ["W0110"]);
    assert!(!codes("okta.risk.level = A or okta.risk.level != A").contains(&"W0110"));
}

#[test]
fn a_comparison_with_one_answer_is_told() {
    for (condition, cure) in [
        ("okta.actor.name exists", "`okta.actor.name != \"\"`"),
        ("tolower(okta.app) = Mail", "`mail`"),
        ("toupper(okta.app) in (MAIL, mail2)", "`MAIL2`"),
        ("okta.result != anyof (A, B)", "`!= allof`"),
        ("okta.risk.level = <NA>", "`not okta.risk.level exists`"),
        ("okta.actor.name = \"<NA>\"", "`okta.actor.name = \"\"`"),
        (
            "okta.client.ip in (203.0.113.7, 10.0.0.0/8)",
            "`okta.client.net`",
        ),
        ("okta.app = “mail”", "write them as \""),
    ] {
        let found = diagnose(condition);
        assert_eq!(found[0].code, "W0106", "{condition}: {found:?}");
        assert!(help(&found).contains(cure), "{condition}: {found:?}");
    }
    for condition in [
        "okta.risk.level exists",
        "tolower(okta.app) = mail",
        "tolower(okta.app) regex [A-Z]+",
        "okta.result != anyof (A)",
        "okta.client.ip = 203.0.113.7",
        "okta.useragent.raw contains “",
    ] {
        assert!(
            !codes(condition).contains(&"W0106") || condition.contains('“'),
            "{condition}"
        );
    }
}

#[test]
fn two_rules_with_one_condition_are_told_however_it_is_spelt() {
    let first = named(
        "a",
        "okta.app = mail and (okta.result in (A, B) or okta.app == x)",
    );
    let found = compiled(
        &(first.clone()
            + &named(
                "b",
                "(okta.app = x or okta.result in (B, A)) and okta.app in (mail)",
            )),
    )
    .diagnostics;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].code, found[0].line), ("W0111", 2));
    assert!(found[0].message.contains("`a`"), "{found:?}");
    for other in [
        "okta.app = mail and (okta.result in (A, C) or okta.app = x)",
        "not (okta.app = mail and (okta.result in (A, B) or okta.app = x))",
        "okta.app = mail or (okta.result in (A, B) and okta.app = y)",
    ] {
        assert_eq!(
            told(&(first.clone() + &named("b", other))),
            Vec::<&str>::new(),
            "{other}"
        );
    }
    let off = first.replace("desc: d", "desc: d, enabled: false");
    assert_eq!(
        told(&(off + &named("b", "okta.app = mail and okta.result in (A, B)"))),
        Vec::<&str>::new()
    );
}

#[test]
fn a_rule_within_an_earlier_one_is_a_note() {
    let general = named("general", "okta.evt.type = user.session.start");
    let special = named(
        "special",
        "okta.app = mail and okta.evt.type = user.session.start",
    );
    let found = compiled(&(general.clone() + &special)).diagnostics;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].code, found[0].severity),
        ("N0102", Severity::Note)
    );
    assert_eq!(
        told(&(special + &general)),
        Vec::<&str>::new(),
        "the special one stands first"
    );
}

#[test]
fn an_appended_condition_that_groups_otherwise_than_it_looks_is_told() {
    let appended = |before: &str, after: &str| {
        let text = named("a", before)
            + &format!("- rule: a\n  condition: '{after}'\n  override: {{condition: append}}\n");
        told(&text)
    };
    let (a, b) = (
        "okta.app = a or okta.app = b",
        "okta.app = a and okta.result = b",
    );
    assert_eq!(appended(a, "and okta.result = c"), ["W0112"]);
    assert_eq!(appended(b, "or okta.result = c"), ["W0112"]);
    assert_eq!(
        appended("okta.app = a", "and okta.result = b or okta.result = c"),
        ["W0112"]
    );
    for (before, after) in [
        (a, "or okta.result = c"),
        (b, "and okta.actor.name = c"),
        ("(okta.app = a or okta.app = b)", "and okta.result = c"),
        ("(okta.app = a and okta.result = b)", "or okta.result = c"),
        ("okta.app = a", "and okta.result = c"),
        ("okta.app = a", "or okta.result = c"),
        ("okta.app = a", "and (okta.result = b or okta.result = c)"),
    ] {
        assert_eq!(
            appended(before, after),
            Vec::<&str>::new(),
            "{before} {after}"
        );
    }
}

#[test]
fn a_path_that_no_event_has_is_told() {
    for (condition, meant) in [
        ("json.value[/outcom/result] = x", "`/outcome/result`"),
        ("json.value[outcome/reslt] = x", "`/outcome/result`"),
        ("jevt.value[/Actor/id] = x", "`/actor/id`"),
        ("okta.debug[requesturi] = x", "`requestUri`"),
        (
            "okta.evt.type = user.session.start and okta.debug[threatSuspectd] = true",
            "`threatSuspected`",
        ),
        (
            "json.value[/debugContext/debugData/dt_hash] = x",
            "`dtHash`",
        ),
    ] {
        let found = diagnose(condition);
        assert_eq!(found.len(), 1, "{condition}: {found:?}");
        assert_eq!(found[0].code, "W0113", "{condition}");
        assert!(help(&found).contains(meant), "{condition}: {found:?}");
    }
    for condition in [
        "json.value[/outcome/result] = x",
        "json.value[/target/0/changeDetails/to] = x",
        "json.value[/securityContext/somethingNew] = x",
        "json.value[/debugContext/debugData/logOnlySecurityData/risk/level] = HIGH",
        "okta.debug[factor] = x",
        "okta.debug[somethingNew] = x",
    ] {
        assert_eq!(diagnose(condition), [], "{condition}");
    }
}

#[test]
fn a_rule_about_what_hooks_do_not_carry_gets_a_note() {
    let found = diagnose("okta.evt.type = user.session.access_admin_app and okta.result = SUCCESS");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].code, found[0].severity),
        ("N0101", Severity::Note)
    );
    for condition in [
        "okta.evt.type = user.session.start",
        "okta.evt.type in (user.session.start, user.session.access_admin_app)",
        "okta.evt.type != user.session.access_admin_app",
        "okta.evt.type startswith user.session.",
    ] {
        assert_eq!(diagnose(condition), [], "{condition}");
    }
}

#[test]
fn a_name_that_is_no_list_is_told_where_a_list_is_wanted() {
    let with = |condition: &str| {
        let text = "- list: apps\n  items: [a]\n- macro: mails\n  condition: okta.app = mail\n"
            .to_owned()
            + &named("r", &format!("okta.app in (apps) or mails or {condition}"));
        compiled(&text).diagnostics
    };
    for (condition, help) in [
        ("okta.app in aps", "did you mean `apps`?"),
        (
            "okta.app in mails",
            "`mails` is a macro, which is a condition by itself",
        ),
        ("okta.app in zzz", "write `(zzz)` if the text is meant"),
    ] {
        let found = with(condition);
        assert_eq!(found.len(), 1, "{condition}: {found:?}");
        assert_eq!(
            (found[0].code, found[0].help.as_deref()),
            ("W0114", Some(help))
        );
    }
    assert_eq!(with("okta.app in apps or okta.app in (zzz)"), []);
}

#[test]
fn a_macro_is_unused_also_when_only_unused_macros_name_it() {
    let text = "- macro: inner\n  condition: okta.app = a\n\
                - macro: outer\n  condition: inner\n\
                - macro: last\n  condition: okta.app = b\n\
                - macro: outer\n  condition: or last\n  override: {condition: append}\n";
    assert_eq!(told(text), ["W0103", "W0103", "W0103"]);
    assert_eq!(
        told(&(text.to_owned() + &named("r", "outer"))),
        Vec::<&str>::new()
    );
}

#[test]
fn a_plain_text_as_a_regular_expression_gets_the_comparison_that_says_the_same() {
    for (regex, better) in [
        ("mail", "`= mail`"),
        ("^mail$", "`= mail`"),
        (".*mail.*", "`contains mail`"),
        ("mail.*", "`startswith mail`"),
        (".*mail", "`endswith mail`"),
        ("^.*mail", "`endswith mail`"),
        ("(mail|web mail)", "`in (mail, \"web mail\")`"),
        ("mail|web", "`in (mail, web)`"),
        ("user[.]mail", ""),
        (".*(a|b).*", "`contains anyof (a, b)`"),
        ("a.*|b", ""),
        ("mail\\\\.example\\\\..*", "`startswith mail.example.`"),
    ] {
        let found = diagnose(&format!("okta.app regex \"{regex}\""));
        if better.is_empty() {
            assert_eq!(found, [], "{regex}");
        } else {
            assert_eq!(found[0].code, "W0102", "{regex}: {found:?}");
            assert!(help(&found).contains(better), "{regex}: {found:?}");
        }
    }
}

#[test]
fn a_rule_without_a_test_of_each_kind_is_named() {
    let rules = named("both", "okta.app = a")
        + &named("one", "okta.app = b")
        + &named("none", "okta.app = c");
    let test = |rule: &str, matches: bool| {
        format!("- {{test: t, rule: {rule}, event: {{eventType: x}}, matches: {matches}}}\n")
    };
    let tests = test("both", true) + &test("both", false) + &test("one", true);
    let policy = policy(&rules);
    let tests = read_tests(Some(&policy), &source("t.yaml", &tests)).tests;
    let found: Vec<String> = untested(&policy, &tests)
        .iter()
        .map(|missing| missing.diagnostic().to_string())
        .collect();
    assert_eq!(
        found,
        [
            "rules.yaml:2:10: W0301 every test expects a match of the rule `one` (write one with \
             `matches: false`, of an event that is nearly one to match)",
            "rules.yaml:3:10: W0301 no test asks for the rule `none` (write one with `matches: true` \
             and one with `matches: false`)",
        ]
    );
}

#[test]
fn the_managed_rules_give_no_warning_and_miss_no_test() {
    for (rules, tests) in managed() {
        let compiled = compile(&rules, PolicyKind::Managed);
        let warnings = compiled
            .diagnostics
            .iter()
            .filter(|d| d.severity != Severity::Note);
        assert_eq!(warnings.count(), 0, "{:#?}", compiled.diagnostics);
        let policy = compiled.policy.unwrap();
        let tests = read_tests(Some(&policy), &tests).tests;
        let missing = untested(&policy, &tests);
        let missing: Vec<&str> = missing.iter().map(|missing| missing.rule.name()).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{}", rules.name);
    }
}

#[test]
fn a_file_of_many_rules_is_gone_through_once() {
    // Were each compared with each, this would not end within the patience of anybody.
    let mut text = String::new();
    for number in 0..9_000 {
        let (a, b) = (number % 95, number / 95);
        let condition =
            format!("okta.result = SUCCESS and okta.app = a{a} and okta.actor.name = b{b}");
        writeln!(
            text,
            "{}",
            named(&format!("r{number}"), &condition).trim_end()
        )
        .unwrap();
    }
    assert_eq!(told(&text), Vec::<&str>::new());
}
