//! Whole messages, as people see them: a rule of somebody who knows Falco, broken in the ways that
//! happen, each to be mended from the message alone.

use nightlatch_engine::{PolicyKind, compile};

use super::fixture::source;

const RULE: &str = r#"
- list: office_networks
  items: [Example Networks, Example Mobile]

- macro: trusted_network
  condition: okta.security.asorg in (office_networks)

- rule: Sign-in from a strange network
  desc: Somebody signed in from a network that is none of ours.
  condition: >
    okta.evt.type = user.session.start and okta.result = SUCCESS
    and not trusted_network
    and (okta.client.geo.country = "United States" or okta.security.asnumber = 64496)
    and okta.risk.level in (MEDIUM, HIGH)
  output: >
    %okta.actor.alternateid signed in from %okta.client.ip in %okta.client.geo.country
  priority: WARNING
  source: okta
  tags: [okta]
"#;

/// All that is told of a text.
fn told(text: &str) -> String {
    let file = source("rules.yaml", text);
    let found = compile(&file, PolicyKind::Custom).diagnostics;
    let drawn: Vec<String> = found
        .iter()
        .map(|found| found.render(text, false))
        .collect();
    drawn.join("\n")
}

/// What is told when a part of the rule is written otherwise. The message must name the cure.
fn broken(right: &str, wrong: &str, cure: &str) -> String {
    assert_eq!(RULE.matches(right).count(), 1, "{right}");
    let told = told(&RULE.replace(right, wrong));
    assert!(told.contains(cure), "{told}");
    told
}

#[test]
fn the_rule_as_it_should_be_is_without_fault() {
    assert_eq!(told(RULE), "");
}

#[test]
fn a_misspelt_field() {
    insta::assert_snapshot!(broken(
        "(okta.client.geo.country =",
        "(okta.client.geo.contry =",
        "did you mean `okta.client.geo.country`?"
    ));
}

#[test]
fn an_operator_of_another_type() {
    insta::assert_snapshot!(broken(
        "asnumber = 64496",
        "asnumber startswith 644",
        " =, "
    ));
}

#[test]
fn a_misspelt_macro() {
    insta::assert_snapshot!(broken(
        "not trusted_network",
        "not trusted_networks",
        "did you mean `trusted_network`?"
    ));
}

#[test]
fn a_parenthesis_that_is_not_closed() {
    insta::assert_snapshot!(broken(
        "(okta.client.geo.country =",
        "((okta.client.geo.country =",
        "`((okta.client.geo.country = \"U…` is not closed"
    ));
}

#[test]
fn a_misspelt_event_type() {
    insta::assert_snapshot!(broken(
        "user.session.start",
        "user.session.started",
        "did you mean `user.session.start`?"
    ));
}

#[test]
fn a_field_as_the_event_writes_it() {
    insta::assert_snapshot!(broken(
        "and okta.result =",
        "and outcome.result =",
        "did you mean `okta.result`?"
    ));
}

#[test]
fn a_value_with_a_blank_and_without_quotes() {
    insta::assert_snapshot!(broken(
        "\"United States\"",
        "United States",
        "stands in quotes: \"United States\""
    ));
}

#[test]
fn operators_of_another_language() {
    let signs = broken("SUCCESS\n    and not", "SUCCESS\n    && !", "write `and`");
    let not_in = broken(
        "okta.security.asorg in",
        "okta.security.asorg not in",
        "`not okta.security.asorg in (…)`",
    );
    let like = broken(
        "risk.level in (MEDIUM, HIGH)",
        "risk.level like 'MED%'",
        "`glob`",
    );
    insta::assert_snapshot!([signs, not_in, like].join("\n"));
}

#[test]
fn a_list_as_a_value_and_a_list_as_a_macro() {
    let value = broken(
        "asorg in (office_networks)",
        "asorg = office_networks",
        "use `in`",
    );
    let named = broken(
        "not trusted_network",
        "not office_networks",
        "`office_networks` is a list",
    );
    insta::assert_snapshot!([value, named].join("\n"));
}

#[test]
fn a_comparison_that_an_absent_field_fails() {
    insta::assert_snapshot!(broken(
        "okta.risk.level in (MEDIUM, HIGH)",
        "okta.risk.level != LOW",
        "write `not okta.risk.level = LOW`"
    ));
}

#[test]
fn a_rule_that_never_matches() {
    insta::assert_snapshot!(broken(
        "and okta.risk.level in (MEDIUM, HIGH)",
        "and okta.result = FAILURE",
        "okta.result in (FAILURE, SUCCESS)"
    ));
}

#[test]
fn keys_and_priorities_of_another_tool() {
    let keys = broken("  desc:", "  description:", "did you mean `desc`?");
    let priority = broken("WARNING", "HIGH", "did you mean Critical?");
    insta::assert_snapshot!([keys, priority].join("\n"));
}

#[test]
fn everything_at_once() {
    let text = RULE
        .replace("(okta.client.geo.country =", "(okta.client.geo.contry =")
        .replace("asnumber = 64496", "asnumber startswith 644")
        .replace("not trusted_network", "not trusted_networks")
        .replace("user.session.start", "user.session.started")
        .replace("%okta.client.ip", "%okta.client.ipAddress")
        .replace("WARNING", "WARN")
        .replace("tags:", "tag:");
    insta::assert_snapshot!(told(&text));
}
