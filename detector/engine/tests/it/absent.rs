//! What a field that is absent does: every comparison with it is false, and `not` makes that true.

use super::fixture::{SIGN_IN, holds};

/// Comparisons of a field that Falco knows as absent in an event without targets.
const TEXT: [&str; 19] = [
    "F exists",
    "F = x",
    "F == x",
    "F != x",
    "F < 1",
    "F <= 1",
    "F > 1",
    "F >= 1",
    "F glob *",
    "F iglob *",
    "F contains ''",
    "F icontains ''",
    "F startswith ''",
    "F endswith ''",
    "F regex .*",
    "F in (x, '')",
    "F intersects (x, '')",
    "F pmatch (/)",
    "F != allof (x, y)",
];

#[test]
fn every_operator_is_false_on_an_absent_field_and_its_negation_true() {
    for check in TEXT {
        let check = check.replace('F', "okta.target.user.name");
        assert!(!holds(&check, "{}"), "{check}");
        assert!(holds(&format!("not {check}"), "{}"), "not {check}");
    }
    for check in [
        "exists",
        "= 1",
        "!= 1",
        "< 1",
        "<= 1",
        "> 0",
        ">= 0",
        "in (1)",
        "!= allof (1)",
    ] {
        let check = format!("okta.security.asnumber {check}");
        assert!(!holds(&check, "{}"), "{check}");
        assert!(holds(&format!("not {check}"), "{}"), "not {check}");
    }
}

#[test]
fn a_comparison_with_an_absent_field_on_the_right_is_false() {
    assert!(!holds(
        "okta.actor.id = val(okta.target.user.id)",
        SIGN_IN_WITHOUT_TARGETS
    ));
    assert!(!holds(
        "okta.actor.id != val(okta.target.user.id)",
        SIGN_IN_WITHOUT_TARGETS
    ));
    assert!(holds(
        "not okta.actor.id != val(okta.target.user.id)",
        SIGN_IN_WITHOUT_TARGETS
    ));
}

const SIGN_IN_WITHOUT_TARGETS: &str =
    r#"{"eventType": "x", "actor": {"id": "00u1"}, "target": []}"#;

#[test]
fn a_transformer_of_an_absent_field_is_absent() {
    for operand in [
        "tolower(okta.target.user.id)",
        "len(okta.target.user.id)",
        "concat(okta.target.user.id, \"x\")",
        "join(\",\", (okta.actor.id, okta.target.user.id))",
    ] {
        assert!(!holds(&format!("{operand} exists"), "{}"), "{operand}");
        assert!(holds(&format!("not {operand} exists"), "{}"), "{operand}");
    }
}

#[test]
fn most_text_fields_are_empty_rather_than_absent() {
    assert!(holds("okta.actor.name exists", "{}"));
    assert!(holds("okta.actor.name = \"\"", "{}"));
    assert!(holds("okta.actor.name != x", r#"{"actor": null}"#));
    assert!(
        holds("okta.client.id = \"\"", SIGN_IN),
        "null is as good as missing"
    );
}

#[test]
fn a_place_never_seen_is_absent_rather_than_zero() {
    assert!(!holds("okta.client.geo.lat exists", "{}"));
    assert!(!holds(
        "okta.client.geo.lon exists",
        r#"{"client": {"geographicalContext": null}}"#
    ));
}
