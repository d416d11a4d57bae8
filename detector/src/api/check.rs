//! Whether what is to be set of a policy can be used.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::bad;
use nightlatch_engine::{
    Compiled, Diagnostic, Dialect, Policy, PolicyKind, SourceFile, compile_files, read_tests,
};
use serde_json::{Map, json};

use super::request::NewPolicy;
use crate::policy::overlay::Overlay;
use crate::policy::settings::{Kind, PolicySettings, Tuning};
use crate::policy::table::Table;
use crate::policy::tuned::compile_tuned;

/// The longest id, in bytes.
const MAX_ID: usize = 100;

/// What a new policy is to be, and its id.
pub(super) fn new_policy(
    table: &Table,
    new: NewPolicy,
) -> Result<(String, PolicySettings), Problem> {
    let NewPolicy { id, base, settings } = new;
    let mut made = PolicySettings {
        kind: Kind::Custom,
        base: None,
        base_seen: None,
        text: settings.text,
        tests: settings.tests,
        tuning: settings.tuning,
        other: Map::new(),
    };
    let Some(base) = base else {
        let Some(text) = &made.text else {
            return Err(bad(
                "a custom policy has a `text`, a managed ruleset has a `base`",
            ));
        };
        let Some(id) = id.or_else(|| named(text)) else {
            let detail = "the text begins with its `policy:` item, which has an `id`";
            return Err(bad(detail).with("member", "/text"));
        };
        let policy = compiled(text, &id)?;
        if id != policy.id() {
            let detail = format!("the text names the policy {:?}", policy.id());
            return Err(bad(detail).with("member", "/id"));
        }
        return Ok((policy.id().to_owned(), made));
    };
    let id = id.ok_or_else(|| bad("a managed ruleset has an `id` of its own"))?;
    made.kind = Kind::ManagedRuleset;
    made.base_seen = base_of(table, &base)?.version().to_owned().into();
    made.base = Some(base);
    Ok((id, made))
}

/// The id that a text gives its policy.
fn named(text: &str) -> Option<String> {
    const NOBODY: &str = "-";
    let file = SourceFile {
        name: format!("{NOBODY}.yaml"),
        text: text.to_owned(),
    };
    let compiled = compile_files(&[file], PolicyKind::Custom, &Dialect::default());
    // Broken rules are told of where the text is compiled for good.
    let id = compiled
        .policy
        .map_or_else(|| "policy".to_owned(), |policy| policy.id().to_owned());
    (id != NOBODY).then_some(id)
}

/// An id that a policy of the API may have: it must stand in a path and in a header.
fn check_id(id: &str) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_plain = (1..=MAX_ID).contains(&id.len()) && id.chars().all(plain);
    if is_plain && id != "." && id != ".." {
        return Ok(());
    }
    let detail = format!("letters, digits, `-`, `_` and `.`, at most {MAX_ID} of them, make an id");
    Err(bad(detail).with("member", "/id"))
}

/// Refuses what can't be used, with all that is wrong.
pub(super) fn check(table: &Table, id: &str, settings: &PolicySettings) -> Result<(), Problem> {
    check_id(id)?;
    check_kind(settings)?;
    check_exceptions(&settings.tuning)?;
    let base = match settings.kind {
        Kind::Custom => {
            let text = settings.text.as_deref();
            let text = text.ok_or_else(|| bad("a custom policy has a `text`"))?;
            let policy = compiled(text, id)?;
            if policy.id() != id {
                let detail = format!("the text names the policy {:?}, not {id:?}", policy.id());
                return Err(bad(detail).with("member", "/text"));
            }
            if let Some(tests) = &settings.tests {
                let file = SourceFile {
                    name: format!("{id}.test.yaml"),
                    text: tests.clone(),
                };
                refuse(&read_tests(Some(&policy), &file).diagnostics)?;
            }
            policy
        }
        Kind::Managed => base_of(table, id)?,
        Kind::ManagedRuleset => base_of(table, settings.base.as_deref().unwrap_or_default())?,
    };
    let own_id = (id != base.id()).then_some(id);
    let now = Timestamp::now();
    let overlay = Overlay::of(&settings.tuning, own_id, &base, now);
    // What an update of ours has left dangling must not keep people from setting something else.
    let set = table.get(id).and_then(|entry| entry.settings.as_ref());
    let known = set.map(|set| Overlay::of(&set.tuning, own_id, &base, now).dangling);
    let known = known.unwrap_or_default();
    let mut dangling = overlay.dangling;
    dangling.retain(|problem| !known.contains(problem));
    if !dangling.is_empty() {
        return Err(unusable(dangling.join("; ")));
    }
    let Some(file) = overlay.file else {
        return Ok(());
    };
    let mut found = compile_tuned(&base, file, settings.kind).diagnostics;
    if found.iter().any(Diagnostic::is_error) {
        let set = set.and_then(|set| Overlay::of(&set.tuning, own_id, &base, now).file);
        let before = set.map(|file| compile_tuned(&base, file, settings.kind).diagnostics);
        let before = before.unwrap_or_default();
        let is_old = |found: &Diagnostic| before.iter().any(|old| old.message == found.message);
        found.retain(|found| !is_old(found));
    }
    refuse(&found)
}

/// What may be set of a policy depends on whose rules it has.
fn check_kind(settings: &PolicySettings) -> Result<(), Problem> {
    let Tuning {
        name,
        description,
        severity,
        rules,
        ..
    } = &settings.tuning;
    let is_custom = settings.kind == Kind::Custom;
    if !is_custom && (settings.text.is_some() || settings.tests.is_some()) {
        let detail = "its rules are ours: it has no `text` and no `tests` of its own";
        return Err(bad(detail).with("member", "/text"));
    }
    let sets_severity = |tuning: &crate::policy::settings::RuleTuning| tuning.severity.is_some();
    let is_named = name.is_some() || description.is_some() || severity.is_some();
    if settings.kind == Kind::Managed && (is_named || rules.values().any(sets_severity)) {
        let detail = "name, description and severity of a managed policy are ours; make a managed \
                      ruleset of it to have your own";
        return Err(bad(detail).with("member", "/tuning"));
    }
    let severities = rules
        .values()
        .filter_map(|tuning| tuning.severity)
        .chain(*severity);
    if let Some(wrong) = severities.into_iter().find(|severity| *severity > 7) {
        let detail = format!("a severity is 0 (worst) to 7, not {wrong}");
        return Err(bad(detail).with("member", "/tuning/severity"));
    }
    Ok(())
}

fn check_exceptions(tuning: &Tuning) -> Result<(), Problem> {
    let mut names = BTreeSet::new();
    for (at, exception) in tuning.exceptions.iter().enumerate() {
        let wrong = |member: &str, detail: String| {
            let member = format!("/tuning/exceptions/{at}/{member}");
            Err(bad(detail).with("member", member))
        };
        if exception.name.trim().is_empty() || !names.insert(&exception.name) {
            let detail = format!("exceptions have names, each once; {:?}?", exception.name);
            return wrong("name", detail);
        }
        for (member, text) in [("owner", &exception.owner), ("reason", &exception.reason)] {
            if text.trim().is_empty() {
                return wrong(
                    member,
                    format!("an exception has somebody or something as `{member}`"),
                );
            }
        }
        let mut values = exception.values.iter().flatten();
        if values.any(|value| value.as_str().is_some_and(|text| text.starts_with('('))) {
            let detail = "a value is one value; several for `in` are a list (JSON)";
            return wrong("values", detail.to_owned());
        }
        if exception.fields.is_empty() || exception.values.is_empty() {
            return wrong(
                "fields",
                "an exception compares fields with values".to_owned(),
            );
        }
    }
    Ok(())
}

fn base_of(table: &Table, id: &str) -> Result<Arc<Policy>, Problem> {
    let entry = table.get(id).filter(|entry| entry.kind == Kind::Managed);
    let base = entry.and_then(|entry| entry.base.clone());
    base.ok_or_else(|| bad(format!("there is no managed policy {id:?}")).with("member", "/base"))
}

fn compiled(text: &str, name: &str) -> Result<Arc<Policy>, Problem> {
    let file = SourceFile {
        name: format!("{name}.yaml"),
        text: text.to_owned(),
    };
    let Compiled {
        policy,
        diagnostics,
    } = compile_files(&[file], PolicyKind::Custom, &Dialect::default());
    refuse(&diagnostics)?;
    let policy = policy.ok_or_else(|| unusable("the text can't be compiled".to_owned()))?;
    Ok(Arc::new(policy))
}

fn refuse(diagnostics: &[Diagnostic]) -> Result<(), Problem> {
    let errors = diagnostics.iter().filter(|found| found.is_error());
    let first = errors.clone().next().map(ToString::to_string);
    let Some(first) = first else {
        return Ok(());
    };
    let detail = match errors.count() - 1 {
        0 => first,
        more => format!("{first} and {more} more errors"),
    };
    Err(unusable(detail).with("diagnostics", json!(diagnostics)))
}

fn unusable(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail).of_type("broken-rules", "Broken rules")
}
