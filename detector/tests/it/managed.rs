//! The policies that we ship.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nightlatch_detector::{MANAGED, Peer, Peers, Technique, techniques};
use nightlatch_engine::{Context, Event, List, Ruleset, State, event_types, run_tests};
use nightlatch_engine::{Policy, PolicyKind, Priority, Rule, Severity, SourceFile, compile};
use nightlatch_schemas::connection_test;
use serde_json::json;

/// The tactics of ATT&CK, as tags write them.
const TACTICS: [&str; 15] = [
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "stealth",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];

/// Compiles them.
fn policies() -> Vec<Policy> {
    let compiled = |(name, text): (&str, &str)| {
        let source = SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let compiled = compile(&source, PolicyKind::Managed);
        // Notes say what a rule needs, such as the System Log; there is nothing to mend.
        let mut found = compiled.diagnostics.iter();
        let problem = found.find(|found| found.severity != Severity::Note);
        assert_eq!(problem, None, "{name}");
        compiled.policy.unwrap()
    };
    MANAGED.into_iter().map(compiled).collect()
}

fn rules(policies: &[Policy]) -> impl Iterator<Item = &Rule> {
    policies.iter().flat_map(Policy::rules)
}

/// Those that tell of what happens in an org. The other one answers tests of the connection.
fn detections() -> Vec<Policy> {
    let mut policies = policies();
    policies.retain(|policy| policy.id() != connection_test::POLICY);
    policies
}

#[test]
fn every_managed_rule_has_tests_that_match_and_that_nearly_match_and_all_hold() {
    for ((name, _), policy) in MANAGED.into_iter().zip(policies()) {
        let file = format!(
            "{}/rules/{}.test.yaml",
            env!("CARGO_MANIFEST_DIR"),
            name.trim_end_matches(".yaml")
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let report = run_tests(&policy, &SourceFile { name: file, text }).unwrap();
        let mut verdicts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for case in &report.cases {
            assert_eq!(case.failure, None, "{}: {}", case.rule, case.name);
            verdicts.entry(&case.rule).or_default()[usize::from(case.expected)] += 1;
        }
        for rule in policy.rules() {
            let tested = verdicts.get(rule.name()).copied().unwrap_or_default();
            assert!(
                tested[0] > 0 && tested[1] > 0,
                "{}: {tested:?}",
                rule.name()
            );
        }
    }
}

/// A finding is told by the rule's name, which then says all.
#[test]
fn names_of_managed_rules_are_unique_over_all_policies() {
    let policies = policies();
    let mut seen = BTreeSet::new();
    for rule in rules(&policies) {
        assert!(seen.insert(rule.name()), "{}", rule.name());
    }
}

#[test]
fn the_priority_of_a_managed_rule_goes_with_its_severity() {
    for rule in rules(&policies()) {
        let expected = match rule.severity() {
            1 => Priority::Alert,
            2 => Priority::Critical,
            3 => Priority::Error,
            4 | 5 => Priority::Warning,
            6 => Priority::Notice,
            _ => Priority::Informational,
        };
        assert_eq!(rule.priority(), expected, "{}", rule.name());
    }
}

#[test]
fn a_managed_rule_that_is_off_says_why_in_its_last_sentence_and_no_other_does() {
    for rule in rules(&policies()) {
        let last = rule.description().rsplit(". ").next().unwrap();
        let says_why = last.starts_with("Off by default: ");
        assert_eq!(says_why, !rule.enabled(), "{}", rule.name());
    }
}

#[test]
fn every_managed_rule_says_where_to_read_more_and_whose_idea_it_carries_out() {
    for rule in rules(&detections()) {
        let links = rule.references();
        assert!(!links.is_empty(), "{}", rule.name());
        let are_links = links.iter().all(|link| link.starts_with("https://"));
        assert!(are_links, "{}: {links:?}", rule.name());
        let mut tags = rule.tags().iter();
        let is_named = tags.any(|tag| tag.starts_with("catalogue:"));
        assert!(is_named, "{}", rule.name());
    }
}

/// What is the user's to know is not ours to guess.
#[test]
fn lists_that_are_the_users_ship_empty() {
    for ((name, text), policy) in MANAGED.into_iter().zip(policies()) {
        let Some((_, own)) = text.split_once("# ---- Yours to fill ----") else {
            continue;
        };
        let (own, _) = own.split_once("# ---- ").unwrap();
        let is_own = |list: &&List| own.contains(&format!("- list: {}\n", list.name));
        let lists: Vec<&List> = policy.lists().iter().filter(is_own).collect();
        assert!(!lists.is_empty(), "{name}");
        for list in lists {
            assert_eq!(list.items, Vec::<String>::new(), "{name}: {}", list.name);
        }
    }
}

#[test]
fn techniques_of_managed_rules_are_attacks_and_so_are_their_tactics() {
    let known: BTreeMap<&str, Technique> = techniques()
        .into_iter()
        .map(|technique| (technique.id, technique))
        .collect();
    assert_eq!(known.len(), techniques().len(), "a technique stands twice");
    let policies = detections();
    let mut used = BTreeSet::new();
    for rule in rules(&policies) {
        let ids = rule.attack_ids();
        assert!(!ids.is_empty(), "{}", rule.name());
        let mut tactics: BTreeSet<&str> = BTreeSet::new();
        for id in ids {
            let technique = known.get(id.as_str());
            let technique = technique.unwrap_or_else(|| panic!("{}: {id}", rule.name()));
            tactics.extend(technique.tactics.iter().copied());
            used.insert(technique.id);
            used.extend(technique.parent());
        }
        let tags = rule.tags().iter().map(String::as_str);
        let tagged: Vec<&str> = tags.filter(|tag| TACTICS.contains(tag)).collect();
        assert!(!tagged.is_empty(), "{}: no tactic", rule.name());
        for tactic in tagged {
            assert!(tactics.contains(tactic), "{}: {tactic}", rule.name());
        }
    }
    for (id, technique) in &known {
        assert!(used.contains(id), "no rule names {id}");
        let tactics = &technique.tactics;
        let are_tactics = tactics.iter().all(|tactic| TACTICS.contains(tactic));
        assert!(are_tactics, "{id}: {tactics:?}");
    }
}

/// Their verdicts are held by the example `peers`, which needs what those peers published.
#[test]
fn the_table_of_peers_names_managed_rules() {
    let policies = policies();
    let known: BTreeSet<&str> = rules(&policies).map(Rule::name).collect();
    let peers = Peers::shipped().unwrap();
    for Peer { id, rules, .. } in peers.panther.iter().chain(&peers.sigma) {
        assert!(!rules.is_empty(), "{id}");
        for rule in rules {
            assert!(known.contains(rule.as_str()), "{id}: {rule}");
        }
    }
}

/// The type stands in the engine, too, which knows nobody of ours.
#[test]
fn a_test_of_a_connection_matches_the_one_rule_that_is_for_it_and_no_event_of_oktas_does() {
    let policies = policies().into_iter().map(Arc::new).collect();
    let ruleset = Ruleset::new(policies).unwrap();
    let matching = |event_type: &str| {
        let raw = json!({"uuid": "u", "eventType": event_type}).to_string();
        let event = Event::parse(&raw).unwrap();
        let context = Context {
            integration: "i",
            org: "acme.okta.com",
            uuid: "u",
            appended_ms: 0,
            published_ms: 0,
            offset: 0,
        };
        let changes = ruleset.evaluate(&event, &context, &mut State::default());
        let found = changes.detections.iter();
        let found = found.map(|found| (found.policy.id().to_owned(), found.rule.name().to_owned()));
        found.collect::<Vec<_>>()
    };
    let ours = (
        connection_test::POLICY.to_owned(),
        connection_test::RULE.to_owned(),
    );
    let found = matching(connection_test::EVENT_TYPE);
    assert_eq!(found, std::slice::from_ref(&ours));
    for known in event_types() {
        assert!(!matching(known.name).contains(&ours), "{}", known.name);
    }
}
