//! What is too much is an ordinary error.

use std::time::{Duration, Instant};

use nightlatch_engine::Diagnostic;

use super::fixture::{codes, compiled, holds};

fn codes_of(text: &str) -> Vec<&'static str> {
    let mut codes: Vec<_> = compiled(text)
        .diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .map(|d| d.code)
        .collect();
    codes.dedup();
    codes
}

#[test]
fn a_condition_may_nest_deep_but_not_without_end() {
    let nested = |depth: usize| format!("{}okta.app = x{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(codes(&nested(200)), [] as [&str; 0]);
    assert_eq!(codes(&nested(100_000)), ["E0101"]);
    let calls = |depth: usize| {
        format!(
            "{}okta.app{} = x",
            "tolower(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert_eq!(codes(&calls(100_000)), ["E0101"]);
    assert_eq!(
        codes(&format!("{}okta.app = x", "not ".repeat(100_000))),
        [] as [&str; 0]
    );
}

#[test]
fn macros_may_nest_deep_but_not_without_end() {
    let chain = |length: usize| {
        let mut lines = vec!["- {macro: m0, condition: okta.app = x}\n".to_owned()];
        for number in 1..length {
            let inner = number - 1;
            lines.push(format!(
                "- {{macro: m{number}, condition: not (m{inner} or m0)}}\n"
            ));
        }
        let last = length - 1;
        lines.push(format!(
            "- {{rule: r, desc: d, priority: info, output: o, condition: m{last}}}\n"
        ));
        lines.concat()
    };
    assert_eq!(codes_of(&chain(160)), [] as [&str; 0]);
    assert_eq!(codes_of(&chain(5000)), ["E0102"]);
    let mixed = format!(
        "{}okta.app = x{}",
        "not (okta.app = y or okta.app = z and (".repeat(99),
        "))".repeat(99)
    );
    assert_eq!(codes(&mixed), [] as [&str; 0]);
}

#[test]
fn a_condition_may_be_wide() {
    let parts: Vec<String> = (0..5000).map(|n| format!("okta.app = a{n}")).collect();
    assert_eq!(codes(&parts.join(" or ")), [] as [&str; 0]);
}

#[test]
fn macros_that_multiply_are_stopped() {
    let mut lines = vec!["- {macro: m0, condition: okta.app = x}\n".to_owned()];
    for number in 1..60 {
        let inner = number - 1;
        lines.push(format!(
            "- {{macro: m{number}, condition: m{inner} and m{inner}}}\n"
        ));
    }
    lines.push("- {rule: r, desc: d, priority: info, output: o, condition: m59}\n".to_owned());
    let started = Instant::now();
    assert_eq!(codes_of(&lines.concat()), ["E0102"]);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn lists_that_multiply_are_stopped() {
    let mut lines = vec!["- {list: l0, items: [a, b, c, d, e, f, g, h, i, j]}\n".to_owned()];
    for number in 1..20 {
        let inner = vec![format!("l{}", number - 1); 10].join(", ");
        lines.push(format!("- {{list: l{number}, items: [{inner}]}}\n"));
    }
    lines.push(
        "- {rule: r, desc: d, priority: info, output: o, condition: 'okta.app in (l19, l19)'}\n"
            .to_owned(),
    );
    let started = Instant::now();
    assert_eq!(codes_of(&lines.concat()), ["E0102"]);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn yaml_that_multiplies_or_nests_is_stopped() {
    let mut lines = vec!["- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for number in 1..30 {
        let inner = vec![format!("*a{}", number - 1); 10].join(", ");
        lines.push(format!("- &a{number} [{inner}]\n"));
    }
    assert!(codes_of(&lines.concat()).contains(&"E0003"));
    let deep = codes_of(&"[".repeat(100_000));
    assert!(matches!(deep.as_slice(), ["E0003" | "E0001"]), "{deep:?}");
    let deep = codes_of(&format!("- {}x", "- ".repeat(100_000)));
    assert!(matches!(deep.as_slice(), ["E0003" | "E0001"]), "{deep:?}");
    assert_eq!(codes_of(&" ".repeat(9 << 20)), ["E0003"]);
}

#[test]
fn a_regular_expression_may_not_grow_without_end() {
    assert_eq!(codes("okta.app regex '((a{1000}){1000}){1000}'"), ["E0107"]);
    let started = Instant::now();
    let event = format!("{{\"eventType\": \"{}\"}}", "a".repeat(5000));
    assert!(!holds("okta.evt.type regex '(a*)*b'", &event));
    assert!(!holds("okta.evt.type glob '*a*a*a*a*a*a*a*a*b'", &event));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_scope_of_many_on_many_rules_is_refused() {
    let entries: Vec<String> = (0..1000).map(|number| format!("a{number}")).collect();
    let entries = entries.join(", ");
    let mut text =
        format!("- policy: {{id: p, scope: {{actors: [{entries}], groups: [{entries}]}}}}\n");
    let rules = (0..1000).map(|number| {
        format!(
            "- {{rule: r{number}, desc: d, priority: INFO, condition: okta.app = a{number}, output: o}}\n"
        )
    });
    text.extend(rules);
    let found = compiled(&text);
    assert!(found.policy.is_none());
    let code = &found
        .diagnostics
        .iter()
        .find(|found| found.is_error())
        .unwrap()
        .code;
    assert_eq!(*code, "E0102");
}
