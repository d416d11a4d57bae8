//! Policies: header, severity, tags and versions.

use nightlatch_engine::{Dialect, PolicyKind, Priority, Rule, compile, compile_files};

use super::fixture::{compiled, policy, source};

const RULE: &str = "- {rule: r, desc: d, priority: WARNING, condition: okta.app = x, output: o}\n";

#[test]
fn a_header_describes_the_policy() {
    let text = "
- policy:
    id: sign-in
    name: Sign in
    description: >
      Watches sign-ins.
    severity: 2
    type: okta
    enabled: false
    runbook: https://example.com/sign-in
"
    .to_owned()
        + RULE;
    let compiled = compile(&source("folder/other.yaml", &text), PolicyKind::Managed);
    assert_eq!(compiled.diagnostics, []);
    let policy = compiled.policy.unwrap();
    assert_eq!((policy.id(), policy.name()), ("sign-in", "Sign in"));
    assert_eq!(policy.description(), "Watches sign-ins.");
    assert_eq!((policy.severity(), policy.kind().as_str()), (2, "managed"));
    assert_eq!(
        (policy.enabled(), policy.runbook()),
        (false, Some("https://example.com/sign-in"))
    );
    assert_eq!(policy.rules()[0].severity(), 2, "a rule has the policy's");
}

#[test]
fn a_later_file_may_say_what_counts_instead() {
    let base =
        "- policy: {id: sign-in, name: Sign in, severity: 2, runbook: x}\n".to_owned() + RULE;
    let tuning = "
- policy: {id: mine, severity: 6, enabled: false}
- {rule: r, enabled: false, override: {enabled: replace}}
";
    let files = [source("base.yaml", &base), source("tuning.yaml", tuning)];
    let compiled = compile_files(&files, PolicyKind::Custom, &Dialect::default());
    assert_eq!(compiled.diagnostics, []);
    let policy = compiled.policy.unwrap();
    assert_eq!(
        (policy.id(), policy.name(), policy.severity()),
        ("mine", "Sign in", 6)
    );
    assert_eq!((policy.enabled(), policy.runbook()), (false, Some("x")));
    assert!(!policy.rules()[0].enabled());
    let nameless = source("tuning.yaml", "- policy: {severity: 6}\n");
    let files = [source("base.yaml", &base), nameless];
    let policy = compile_files(&files, PolicyKind::Custom, &Dialect::default());
    assert_eq!(policy.policy.unwrap().id(), "sign-in");
}

#[test]
fn a_scope_narrows_every_rule() {
    let header = |scope: &str| format!("- policy: {{id: p, scope: {scope}}}\n{RULE}");
    let condition = |scope: &str| {
        let policy = policy(&header(scope));
        policy.rules()[0].condition_text().to_owned()
    };
    assert_eq!(
        condition("{integrations: [a.okta.com, b.okta.com]}"),
        "(okta.org in (\"a.okta.com\", \"b.okta.com\") and okta.app = x)"
    );
    assert_eq!(
        condition("{actors: [ann@example.com], groups: ['The \"Admins\"']}"),
        "((okta.actor.alternateid in (\"ann@example.com\") or \
         okta.target.displayname[UserGroup] intersects (\"The \\\"Admins\\\"\")) and okta.app = x)"
    );
    assert_eq!(condition("{actors: [], groups: []}"), "okta.app = x");
    // A backslash at the end does not keep the quote from ending.
    let ends = policy(&header(
        r"{actors: ['a\', ' or okta.app exists or okta.app in (']}",
    ));
    assert_eq!(ends.scope().actors.len(), 2);
    assert!(
        ends.rules()[0]
            .condition_text()
            .ends_with("and okta.app = x)")
    );
    let strict = "- policy: {id: p, strict: true, scope: {groups: [Admins]}}\n";
    let rule = RULE.replace("{rule", "{source: okta, rule");
    assert_eq!(
        policy(&format!("{strict}{rule}")).rules()[0].condition_text(),
        "(okta.target.group.name in (\"Admins\") and okta.app = x)"
    );
    let wide = policy(&header("{actors: [a]}"));
    assert_eq!(wide.scope().actors, ["a"]);
    let versions = [&wide, &policy(RULE)].map(|policy| policy.rules()[0].version().to_owned());
    assert_ne!(
        versions[0], versions[1],
        "a scope is part of what is effective"
    );
}

#[test]
fn a_file_without_a_header_is_named_after_itself() {
    let file = source("/etc/rules/my.rules.yaml", RULE);
    let policy = compile(&file, PolicyKind::Custom).policy.unwrap();
    assert_eq!(
        (policy.id(), policy.name(), policy.kind().as_str()),
        ("my.rules", "my.rules", "custom")
    );
    assert_eq!(
        (policy.severity(), policy.enabled(), policy.runbook()),
        (4, true, None)
    );
}

#[test]
fn a_severity_is_the_rules_own_else_the_policys_else_the_prioritys() {
    let rules = "
- {rule: a, desc: d, priority: emergency, condition: okta.app = x, output: o}
- {rule: b, desc: d, priority: Info, condition: okta.app = x, output: o}
- {rule: c, desc: d, priority: Debug, condition: okta.app = x, output: o, severity: 3}
";
    let severities = |text: &str| {
        policy(text)
            .rules()
            .iter()
            .map(Rule::severity)
            .collect::<Vec<_>>()
    };
    assert_eq!(severities(rules), [0, 6, 3]);
    assert_eq!(
        severities(&format!("- policy: {{id: p, severity: 5}}\n{rules}")),
        [5, 5, 3]
    );
    assert_eq!(policy(rules).severity(), 0);
    assert_eq!(policy(rules).rules()[1].priority(), Priority::Informational);
}

#[test]
fn attack_techniques_are_read_from_tags() {
    let text = RULE.replace(
        "output: o",
        "output: o, tags: [okta, T1110, attack.t1110.001, mitre_t1621, mitre.t1078_004, T11, t1110, Tomato1, T1110.1]",
    );
    let policy = policy(&text);
    assert_eq!(
        policy.rules()[0].attack_ids(),
        ["T1078.004", "T1110", "T1110.001", "T1621"]
    );
    assert_eq!(policy.rules()[0].tags().len(), 9);
}

#[test]
fn a_malformed_header_is_refused() {
    for (header, code) in [
        ("- policy: {name: x}", "E0005"),
        ("- policy: {id: 'a/b'}", "E0006"),
        ("- policy: {id: a, severity: 8}", "E0006"),
        ("- policy: {id: a, severity: high}", "E0006"),
        ("- policy: {id: a, type: aws}", "E0006"),
        ("- policy: {id: a, enabled: maybe}", "E0006"),
        ("- policy: {id: a, scope: {people: [ann]}}", "E0006"),
        ("- policy: {id: a, scope: {actors: ann}}", "E0004"),
        ("- policy: a", "E0004"),
        ("- policy:", "E0010"),
        ("- list: l\n  items: []\n- policy: {id: a}", "E0010"),
    ] {
        let compiled = compiled(header);
        assert!(compiled.policy.is_none(), "{header}");
        assert!(
            compiled.diagnostics.iter().any(|d| d.code == code),
            "{header}: {:?}",
            compiled.diagnostics
        );
    }
}

#[test]
fn a_version_follows_what_is_effective_and_nothing_else() {
    let version = |text: &str| {
        let policy = policy(text);
        (
            policy.version().to_owned(),
            policy.rules()[0].version().to_owned(),
        )
    };
    let first = version(RULE);
    assert_eq!((first.0.len(), first.1.len()), (16, 16));
    assert_eq!(
        version(&format!(
            "# comment\n\n{}",
            RULE.replace("okta.app = x", "' okta.app =  x '")
        )),
        first
    );
    let with_macro = format!(
        "- {{macro: m, condition: okta.app = x}}\n{}",
        RULE.replace("okta.app = x", "m")
    );
    assert_eq!(version(&with_macro), first, "a macro is what it stands for");
    for change in [
        RULE.replace("okta.app = x", "okta.app = y"),
        RULE.replace("output: o", "output: p"),
        RULE.replace("WARNING", "ERROR"),
        RULE.replace("desc: d", "desc: e"),
        RULE.replace("output: o", "output: o, enabled: false"),
    ] {
        let changed = version(&change);
        assert_ne!(changed.0, first.0, "{change}");
        assert_ne!(changed.1, first.1, "{change}");
    }
    let header = version(&format!("- policy: {{id: rules, name: other}}\n{RULE}"));
    assert_ne!(header.0, first.0);
    assert_eq!(header.1, first.1);
}

#[test]
fn a_key_written_twice_or_unknown_is_told() {
    let codes = |text: &str| {
        compiled(text)
            .diagnostics
            .iter()
            .map(|d| d.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        codes(&RULE.replace("desc: d", "desc: d, desc: e")),
        ["W0005"]
    );
    let found = compiled(&RULE.replace("desc: d", "desc: d, severty: 1")).diagnostics;
    assert_eq!(
        (found[0].code, found[0].help.as_deref()),
        ("W0002", Some("did you mean `severity`?"))
    );
    assert_eq!(
        codes(&RULE.replace("output: o", "output: o, tags: x")),
        ["E0004"]
    );
    assert_eq!(codes(&RULE.replace("output: o", "output: [o]")), ["E0004"]);
}
