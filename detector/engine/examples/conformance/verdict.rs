//! Cases of verdicts: what a condition says of an event.

use std::sync::Arc;

use nightlatch_engine::{Context, Dialect, Event, Ruleset, SourceFile, State, differences};
use serde_json::Value;

use super::{Score, is, items, mock, text};

/// The fields of the cases, which stand for what their names say.
const BOOLEAN_EVENT: &str = r#"{
    "actor": {"id": "1"}, "client": {"id": "0"},
    "outcome": {"reason": "hello 'quoted'"}, "displayMessage": "hello \"quoted\""
}"#;

/// and, or, not and quotes, with fields that are always the same.
pub(crate) fn boolean(case: &Value, score: &mut Score) {
    let (expr, expected) = (text(case, "expr"), is(case, "expected"));
    let rule = mock::rule("syscall", expr, "o");
    let should_parse = case.get("should_parse").and_then(Value::as_bool) != Some(false);
    let found = judge(&rule, &mock::syscalls(), BOOLEAN_EVENT);
    score.case(match found {
        Ok(found) if found == expected && should_parse => Ok(()),
        Ok(found) => Err(format!("{expr:?} is {found}")),
        Err(_) if !should_parse => Ok(()),
        Err(error) => Err(format!("{expr:?}: {error}")),
    });
}

/// The conditions that hold for an event, and those that do not; where the default mode differs, the
/// table of differences must say so.
pub(crate) fn okta(case: &Value, score: &mut Score) {
    let raw = case
        .get("event")
        .map(ToString::to_string)
        .unwrap_or_default();
    for (key, expected) in [("true", true), ("false", false)] {
        for condition in items(case, key).filter_map(Value::as_str) {
            let rule = mock::rule("okta", condition, "o");
            let strict = judge(&rule, &mock::okta_plugin_alone(), &raw);
            let default = judge(&rule, &Dialect::default(), &raw);
            score.case(match &strict {
                Ok(found) if *found == expected => Ok(()),
                Ok(found) => Err(format!("{condition} is {found}: {raw:.60}")),
                Err(error) => Err(format!("{condition}: {error}")),
            });
            if strict == default {
                score.modes.0 += 1;
                continue;
            }
            score.modes.1 += 1;
            let named = differences().iter().find(|row| row.concerns(condition));
            match named {
                Some(row) => score.differences.push(format!("{condition}: {}", row.what)),
                None => score.case(Err(format!("{condition} differs, and no row says why"))),
            }
        }
    }
}

fn judge(rule: &SourceFile, dialect: &Dialect, raw: &str) -> Result<bool, String> {
    let compiled = mock::compile(rule, dialect);
    let Some(policy) = compiled.policy else {
        return Err(mock::shown(&compiled));
    };
    let event = Event::parse(raw).map_err(|error| error.to_string())?;
    let ruleset = Ruleset::new(vec![Arc::new(policy)]).map_err(|error| error.to_string())?;
    let published_ms = event.published_ms().unwrap_or_default();
    let context = Context {
        integration: "i",
        org: "example.okta.com",
        uuid: "u",
        appended_ms: published_ms,
        published_ms,
        offset: 1,
    };
    let changes = ruleset.evaluate(&event, &context, &mut State::default());
    Ok(changes.detections.len() == 1)
}
