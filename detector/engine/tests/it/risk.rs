//! What Okta found unusual, from each of the ways in which Okta writes it.

use nightlatch_engine::Diagnostic;

use crate::fixture::{diagnose, holds};

/// The same fact in all encodings that occur.
const ENCODINGS: [&str; 8] = [
    r#"{"securityContext": {"userBehaviors": [
        {"id": "b1", "name": "New IP", "result": "NEGATIVE"},
        {"id": "b2", "name": "New Device", "result": "POSITIVE"}]}}"#,
    r#"{"debugContext": {"debugData": {"behaviors": "{New IP=NEGATIVE, New Device=POSITIVE}"}}}"#,
    r#"{"debugContext": {"debugData": {"behaviors": ["New IP=NEGATIVE", "New Device=POSITIVE"]}}}"#,
    r#"{"debugContext": {"debugData": {"behaviors": {"New IP=NEGATIVE": null, "New Device=POSITIVE": null}}}}"#,
    r#"{"debugContext": {"debugData": {"behaviors": {"New IP": "NEGATIVE", "New Device": "POSITIVE"}}}}"#,
    r#"{"debugContext": {"debugData": {"behaviors": "{\"New IP\":\"NEGATIVE\",\"New Device\":\"POSITIVE\"}"}}}"#,
    r#"{"debugContext": {"debugData": {"logOnlySecurityData": {"behaviors": {"New IP": "NEGATIVE", "New Device": "POSITIVE"}}}}}"#,
    r#"{"debugContext": {"debugData": {"logOnlySecurityData": "{\"risk\":{\"level\":\"LOW\"},\"behaviors\":{\"New IP\":\"NEGATIVE\",\"New Device\":\"POSITIVE\"}}"}}}"#,
];

#[test]
fn a_behavior_is_read_from_every_encoding() {
    for event in ENCODINGS {
        for condition in [
            "okta.behavior['New Device'] = POSITIVE",
            "okta.behavior['new device'] = POSITIVE",
            "okta.behavior['New IP'] = NEGATIVE",
            "not okta.behavior[Velocity] exists",
        ] {
            assert!(holds(condition, event), "{condition} on {event}");
        }
    }
}

#[test]
fn the_level_of_the_risk_and_its_reasons_are_read_from_every_encoding() {
    for event in [
        r#"{"securityContext": {"risk": {"level": "HIGH", "reasons": ["Anomalous Device", "Anomalous Geo"]}}}"#,
        r#"{"debugContext": {"debugData": {"risk": "{reasons=Anomalous Device, Anomalous Geo, level=HIGH}"}}}"#,
        r#"{"debugContext": {"debugData": {"risk": "{level=HIGH, reasons=Anomalous Device, Anomalous Geo}"}}}"#,
        r#"{"debugContext": {"debugData": {"risk": {"level": "HIGH", "reasons": ["Anomalous Device", "Anomalous Geo"]}}}}"#,
        r#"{"debugContext": {"debugData": {"riskLevel": "HIGH", "riskReasons": "Anomalous Device, Anomalous Geo"}}}"#,
        r#"{"debugContext": {"debugData": {"logOnlySecurityData": "{\"risk\":{\"level\":\"HIGH\",\"reasons\":\"Anomalous Device, Anomalous Geo\"}}"}}}"#,
    ] {
        for condition in [
            "okta.risk.level = HIGH",
            "okta.risk.reasons intersects ('Anomalous Geo')",
            "okta.risk.reasons in ('Anomalous Device', 'Anomalous Geo')",
        ] {
            assert!(holds(condition, event), "{condition} on {event}");
        }
    }
}

#[test]
fn what_detected_the_risk_and_its_level_before_are_read_from_every_encoding() {
    for event in [
        r#"{"securityContext": {"risk": {"previousLevel": "LOW", "detectionName": "Session Influenced User Risk"}}}"#,
        r#"{"debugContext": {"debugData": {"risk": "{previousLevel=LOW, level=HIGH, detectionName=Session Influenced User Risk, issuer=OKTA}"}}}"#,
        r#"{"debugContext": {"debugData": {"risk": {"previousLevel": "LOW", "detectionName": "Session Influenced User Risk"}}}}"#,
        r#"{"debugContext": {"debugData": {"logOnlySecurityData": "{\"risk\":{\"previousLevel\":\"LOW\",\"detectionName\":\"Session Influenced User Risk\"}}"}}}"#,
    ] {
        for condition in [
            "okta.risk.previouslevel = LOW",
            "okta.risk.detection = 'Session Influenced User Risk'",
        ] {
            assert!(holds(condition, event), "{condition} on {event}");
        }
    }
}

#[test]
fn a_structure_counts_before_the_debug_data() {
    let event = r#"{"securityContext": {"risk": {"level": "LOW"}},
        "debugContext": {"debugData": {"risk": "{level=HIGH}"}}}"#;
    assert!(holds("okta.risk.level = LOW", event));
}

#[test]
fn what_says_nothing_of_it_has_neither() {
    for event in [
        "{}",
        r#"{"securityContext": null, "debugContext": {"debugData": {"behaviors": 7, "risk": "", "logOnlySecurityData": "{\"risk\""}}}"#,
        r#"{"debugContext": {"debugData": {"behaviors": "{}", "logOnlySecurityData": "[1]"}}}"#,
    ] {
        for field in [
            "okta.behavior['New Device']",
            "okta.risk.level",
            "okta.risk.reasons",
        ] {
            assert!(
                !holds(&format!("{field} exists"), event),
                "{field} on {event}"
            );
        }
    }
}

#[test]
fn a_list_is_compared_as_a_list_only() {
    let errors = |condition| diagnose(condition).iter().any(Diagnostic::is_error);
    assert!(errors("okta.risk.reasons = a"));
    assert!(errors("okta.target.displayname[User] contains a"));
    assert!(!errors(
        "join(',', okta.target.displayname[User]) icontains a"
    ));
    assert!(!errors("len(okta.request.ipchain) > 2"));
}
