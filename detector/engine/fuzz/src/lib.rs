//! What the fuzz targets share: rules of one condition or output, tried on events.

use std::sync::Arc;

use nightlatch_engine::{
    Context, Dialect, Event, PolicyKind, Ruleset, SourceFile, State, compile_files,
};

/// An event with something of each kind.
const EVENT: &str = r#"{"eventType": "user.session.start", "published": "2026-01-05T12:00:00.250Z",
    "actor": {"id": "00u1", "alternateId": "ann@example.com", "displayName": "Jörg"},
    "client": {"ipAddress": "203.0.113.7", "geographicalContext": {"geolocation": {"lat": 46.77}}},
    "target": [{"type": "User", "id": "00u5"}, {"type": "AppInstance", "displayName": "Mail"}],
    "securityContext": {"asNumber": 64496}, "outcome": {"result": "FAILURE"},
    "debugContext": {"debugData": {"requestUri": "/app/mail/sso", "risk": "{\"level\":\"LOW\"}"}}}"#;

/// A rules file of one rule.
pub fn rule(condition: &str, output: &str) -> SourceFile {
    let rule = serde_json::json!([{
        "rule": "r", "desc": "d", "priority": "INFO", "source": "okta",
        "condition": condition, "output": output
    }]);
    SourceFile {
        name: "rule.yaml".to_owned(),
        text: rule.to_string(),
    }
}

/// Compiles rules and judges an event; returns the outputs of those that matched, `None` when they
/// do not compile.
pub fn judge(files: &[SourceFile], dialect: &Dialect) -> Option<Vec<String>> {
    judge_event(files, dialect, EVENT)
}

/// The same for an event that is one.
pub fn judge_event(files: &[SourceFile], dialect: &Dialect, json: &str) -> Option<Vec<String>> {
    let policy = compile_files(files, PolicyKind::Custom, dialect).policy?;
    let ruleset = Ruleset::new(vec![Arc::new(policy)]).expect("one policy");
    let event = Event::parse(json).expect("an event");
    let context = Context {
        integration: "i",
        org: "example.okta.com",
        uuid: "u",
        appended_ms: 1_767_614_400_250,
        published_ms: 1_767_614_400_250,
        offset: 1,
    };
    let found = |all| {
        let mut state = State::default();
        let changes = if all {
            ruleset.evaluate_all(&event, &context, &mut state)
        } else {
            ruleset.evaluate(&event, &context, &mut state)
        };
        let outputs = changes.detections.into_iter();
        outputs
            .map(|detection| detection.output)
            .collect::<Vec<_>>()
    };
    let indexed = found(false);
    assert_eq!(indexed, found(true), "the index loses nothing");
    Some(indexed)
}
