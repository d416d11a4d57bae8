//! A strict policy is Falco's to the letter; where the default mode differs, the table says so.

use std::collections::BTreeSet;

use nightlatch_engine::{
    Dialect, DifferenceOutcome as Outcome, Origin, PolicyKind, compile, compile_files, differences,
    fields,
};

use super::fixture::{codes, compiled, rule, source};

#[test]
fn every_row_of_the_table_is_shown_by_its_rules_and_events() {
    let mut named = BTreeSet::new();
    for row in differences() {
        assert!(named.insert(row.what), "{} stands there twice", row.what);
        let (strict, default) = (Dialect::strict(), Dialect::default());
        let (strict, default) = (row.outcome(&strict), row.outcome(&default));
        assert_ne!(strict, default, "{}", row.what);
        let judged = [Outcome::Matches, Outcome::DoesNotMatch];
        let shows_one_verdict = judged.contains(&strict) || judged.contains(&default);
        assert!(shows_one_verdict, "{}: {strict:?}, {default:?}", row.what);
    }
}

#[test]
fn a_policy_chooses_the_strict_mode_in_its_first_item() {
    let rules = "
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.device.name = x}
";
    let strict = format!("- policy: {{id: p, strict: true}}\n{rules}");
    let found = compiled(&strict).diagnostics;
    assert_eq!(found[0].code, "E0103", "{found:?}");
    assert!(
        found[0].message.contains("Falco does not have"),
        "{found:?}"
    );
    assert!(compiled(rules).policy.is_some());
}

#[test]
fn strict_and_default_rules_are_versions_apart() {
    let text = "
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.actor.name glob ?}
";
    let file = source("p.yaml", text);
    let default = compile(&file, PolicyKind::Custom).policy.unwrap();
    let strict = compile_files(&[file], PolicyKind::Custom, &Dialect::strict());
    let strict = strict.policy.unwrap();
    assert!(strict.is_strict() && !default.is_strict());
    assert_ne!(strict.version(), default.version());
    assert_ne!(strict.rules()[0].version(), default.rules()[0].version());
}

#[test]
fn the_fields_are_those_of_falcos_plugins_and_ours() {
    let count = |origin: Origin| {
        fields()
            .iter()
            .filter(|field| field.origin == origin)
            .count()
    };
    assert_eq!(count(Origin::FalcoOkta), 54);
    assert_eq!(count(Origin::Falco), 18);
    assert_eq!(count(Origin::FalcoJson), 4);
    assert!(count(Origin::Nightlatch) > 25);
}

#[test]
fn where_falcos_text_would_be_read_otherwise_a_warning_tells() {
    for (rules, says) in [
        (
            "
- {list: boys, items: [girls]}
- {rule: r, desc: d, priority: INFO, output: o, condition: okta.message = 'the boys here' and okta.app in (boys)}
",
            "reads `",
        ),
        (
            "
- {list: apps, items: ['a(b']}
- {rule: r, desc: d, priority: INFO, output: o, condition: okta.app in (apps)}
",
            "refuses it",
        ),
        (
            "
- {list: apps, items: ['mail,chat']}
- {macro: known, condition: okta.app in (apps)}
- {rule: r, desc: d, priority: INFO, output: o, condition: not known}
",
            "reads `",
        ),
        (
            "
- rule: r
  desc: d
  priority: INFO
  output: o
  condition: okta.app exists
  exceptions: [{name: e, fields: okta.app, values: ['a,b']}]
",
            "reads `",
        ),
    ] {
        let compiled = compiled(rules);
        let found: Vec<_> = compiled.diagnostics.iter().filter(|d| d.code == "W0120").collect();
        let [finding] = found.as_slice() else {
            panic!("{rules}: {:?}", compiled.diagnostics)
        };
        assert!(finding.message.contains(says), "{finding:?}");
        assert!(compiled.policy.is_some());
    }
}

#[test]
fn where_falcos_text_says_the_same_nothing_is_told() {
    for rules in [
        "
- {list: apps, items: [mail, 'my chat', \"'quoted'\"]}
- {list: more, items: [apps, x]}
- {macro: known, condition: 'okta.app in (apps) or okta.app in (more, y)'}
- {rule: r, desc: d, priority: INFO, output: o, condition: known or okta.app = anyof (more)}
",
        "
- {list: none, items: []}
- {rule: r, desc: d, priority: INFO, output: o, condition: 'okta.app in (none) or okta.app in (a, none)'}
",
        "
- rule: r
  desc: d
  priority: INFO
  output: o
  condition: okta.app exists
  exceptions:
    - {name: e, fields: okta.app, values: [a, b c]}
    - {name: f, fields: [okta.app, okta.reason], comps: [startswith, in], values: [[a, [b, c]], [d, e]]}
",
    ] {
        assert_eq!(compiled(rules).diagnostics, [], "{rules}");
    }
}

#[test]
fn files_of_one_policy_are_told_apart() {
    let files = [
        source("one.yaml", "- {macro: a, condition: okta.app = x}\n"),
        source("two.yaml", "\n- {macro: b, condition: okta.nope = x}\n"),
        source("three.yaml", &rule("a and b and okta.nope = y", "o")),
    ];
    let found = compile_files(&files, PolicyKind::Custom, &Dialect::default()).diagnostics;
    let places: Vec<_> = found
        .iter()
        .map(|d| (d.file.as_str(), d.line, d.code))
        .collect();
    assert_eq!(
        places,
        [("two.yaml", 2, "E0103"), ("three.yaml", 1, "E0103")],
        "{found:?}"
    );
    assert_eq!(codes("okta.app = x"), Vec::<&str>::new());
}
