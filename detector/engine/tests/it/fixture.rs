//! Rules and events that the tests are made of.

use std::sync::Arc;

use nightlatch_engine::{
    Compiled, Context, Diagnostic, Event, Policy, PolicyKind, Ruleset, SourceFile, State, compile,
};

/// 2026-01-05T12:00:00Z.
pub(crate) const NOON_MS: i64 = 1_767_614_400_000;

/// A failed sign-in with most of what an event can hold.
pub(crate) const SIGN_IN: &str = r#"{
    "uuid": "6f1c", "published": "2026-01-05T12:00:00.250Z", "eventType": "user.session.start",
    "legacyEventType": "core.user_auth.login_failed", "severity": "WARN",
    "displayMessage": "User login to Okta", "version": "0",
    "actor": {"id": "00u1", "type": "User", "alternateId": "ann@example.com", "displayName": "Ann Example"},
    "client": {
        "ipAddress": "203.0.113.7", "zone": "OFF_NETWORK", "device": "Computer", "id": null,
        "userAgent": {"os": "Mac OS X", "browser": "CHROME", "rawUserAgent": "Mozilla/5.0 (Macintosh)"},
        "geographicalContext": {
            "city": "Cluj-Napoca", "state": "Cluj", "country": "Romania", "postalCode": "400001",
            "geolocation": {"lat": 46.77, "lon": 23.59}
        }
    },
    "outcome": {"result": "FAILURE", "reason": "INVALID_CREDENTIALS"},
    "target": [
        {"id": "00u5", "type": "User", "alternateId": "bob@example.com", "displayName": "Bob Example"},
        {"id": "00u6", "type": "User", "alternateId": "cyd@example.com", "displayName": "Cyd Example"},
        {"id": "00g1", "type": "UserGroup", "alternateId": "unknown", "displayName": "Admins"},
        {"id": "0oa1", "type": "AppInstance", "alternateId": "Mail", "displayName": "Mail App"}
    ],
    "transaction": {"type": "WEB", "id": "tx1"},
    "debugContext": {"debugData": {"requestUri": "/app/mail/sso", "factor": "OKTA_VERIFY_PUSH", "risk/level": "LOW"}},
    "authenticationContext": {"authenticationStep": 0, "externalSessionId": "s1"},
    "securityContext": {"asNumber": 64496, "asOrg": "Example Networks", "isp": "example", "domain": "example.net", "isProxy": false}
}"#;

pub(crate) fn source(name: &str, text: &str) -> SourceFile {
    SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

pub(crate) fn compiled(text: &str) -> Compiled {
    compile(&source("rules.yaml", text), PolicyKind::Custom)
}

/// A policy that must compile.
pub(crate) fn policy(text: &str) -> Policy {
    let compiled = compiled(text);
    compiled
        .policy
        .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

pub(crate) fn ruleset(text: &str) -> Ruleset {
    Ruleset::new(vec![Arc::new(policy(text))]).unwrap()
}

/// A rule of this condition and output, written as JSON, which is YAML.
pub(crate) fn rule(condition: &str, output: &str) -> String {
    serde_json::json!([{
        "rule": "the rule", "desc": "d", "priority": "WARNING",
        "condition": condition, "output": output
    }])
    .to_string()
}

pub(crate) fn context(uuid: &str, at_ms: i64) -> Context<'_> {
    Context {
        integration: "org-1",
        org: "example.okta.com",
        uuid,
        appended_ms: at_ms,
        published_ms: at_ms,
        offset: 7,
    }
}

/// Tells whether a condition holds for an event.
pub(crate) fn holds(condition: &str, event: &str) -> bool {
    let ruleset = ruleset(&rule(condition, "o"));
    let event = Event::parse(event).unwrap();
    let context = context("u", NOON_MS);
    let changes = ruleset.evaluate(&event, &context, &mut State::default());
    changes.detections.len() == 1
}

/// The diagnostics of a rule of this condition.
pub(crate) fn diagnose(condition: &str) -> Vec<Diagnostic> {
    compiled(&rule(condition, "o")).diagnostics
}

/// The codes of the diagnostics of a rule of this condition.
pub(crate) fn codes(condition: &str) -> Vec<&'static str> {
    diagnose(condition)
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

/// The output of a field for an event.
pub(crate) fn value(field: &str, event: &str) -> String {
    let ruleset = ruleset(&rule("okta.evt.type exists", &format!("%{field}")));
    let event = Event::parse(event).unwrap();
    let changes = ruleset.evaluate(&event, &context("u", NOON_MS + 250), &mut State::default());
    changes.detections.into_iter().next().unwrap().output
}

/// The policies that ship, each with its tests.
pub(crate) fn managed() -> Vec<(SourceFile, SourceFile)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    let read = |name: &str| source(name, &std::fs::read_to_string(folder.join(name)).unwrap());
    let names = std::fs::read_dir(&folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter_map(|name| Some(name.strip_suffix(".test.yaml")?.to_owned()));
    let pair = |name: String| {
        (
            read(&format!("{name}.yaml")),
            read(&format!("{name}.test.yaml")),
        )
    };
    let managed: Vec<_> = names.map(pair).collect();
    assert!(!managed.is_empty());
    managed
}
