//! From the text of a policy file to a policy: `read` the YAML, `merge` the items, `resolve` lists
//! and macros, compile.
//!
//! A file is a YAML list of Falco's items: rules, macros, lists and version requirements. Its first
//! item may be `policy:` with `id`, `name`, `description`, `severity` (0 to 7), `type` (`okta`),
//! `enabled`, `scope` (`integrations` by the domain of their org, `actors` and `groups`), `runbook` and
//! `strict`; without it the file is a policy named after itself. Several files may be one policy: what
//! a later one defines adds to, or counts instead of, what stands before it, its `policy:` too. A rule may have a
//! `severity` of its own; without one it has the policy's, else the number of its priority
//! (Emergency 0 to Debug 7). It may have `references`, links to read more. A rule without a source is
//! about Okta.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::condition::event_types::event_types;
use crate::diagnostic::Diagnostic;
use crate::dialect::Dialect;
use crate::policy::{Policy, PolicyKind, Rule};
use crate::ruleset::short_hex;

pub(crate) mod document;
mod exception;
mod keys;
pub(crate) mod layout;
pub(crate) mod lint;
mod merge;
mod read;
mod report;
mod resolve;
pub(crate) mod testing;
mod text;
mod version;
mod yaml;

use merge::Merged;
use read::Header;
use report::Report;
use resolve::Resolved;

/// A text with the name that diagnostics give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The name, mostly a path.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What files compile to.
#[derive(Debug)]
pub struct Compiled {
    /// The policy; `None` if and only if a diagnostic is an error.
    pub policy: Option<Policy>,
    /// All that is wrong with the files, in their order and that of their lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a policy file.
pub fn compile(file: &SourceFile, kind: PolicyKind) -> Compiled {
    compile_files(std::slice::from_ref(file), kind, &Dialect::default())
}

/// Compiles files that are one policy: what a later one defines adds to, or replaces, what stands in
/// an earlier one. The first file may have the `policy:` item, and names the policy.
pub fn compile_files(files: &[SourceFile], kind: PolicyKind, dialect: &Dialect) -> Compiled {
    let mut report = Report::new(files);
    let name = files.first().map_or("", |file| file.name.as_str());
    let mut header = Header::named_after(name);
    let mut merged = Merged::default();
    let mut dialect = Cow::Borrowed(dialect);
    for (at, (file, base)) in report.files().enumerate() {
        let mut items = read::read(&file.text, base, at == 0, &mut report);
        if let Some(later) = items.header.take() {
            header = header.changed_by(later);
        }
        if header.strict && !dialect.is_strict() {
            dialect = Cow::Owned(dialect.made_strict());
        }
        merged.add(items.items, &dialect, &mut report);
        // Falco takes files one by one, so that each must be complete with those before it.
        if dialect.is_strict() && at + 1 < files.len() {
            report.only_errors(true);
            resolve::resolve(merged.clone(), None, &dialect, &mut report);
            report.only_errors(false);
        }
    }
    let lists = merged.lists();
    let resolved = resolve::resolve(merged, header.scope.as_ref(), &dialect, &mut report);
    let strict = dialect.is_strict();
    let policy = (!report.has_errors()).then(|| Policy {
        lists,
        files: files.to_vec(),
        ..policy(kind, header, strict, resolved, &report)
    });
    Compiled {
        policy,
        diagnostics: report.into_diagnostics(),
    }
}

fn policy(
    kind: PolicyKind,
    header: Header,
    strict: bool,
    resolved: Vec<Resolved>,
    report: &Report<'_>,
) -> Policy {
    let rules: Vec<Rule> = resolved
        .into_iter()
        .map(|rule| rule_of(rule, header.severity, strict, report))
        .collect();
    let id = header.id.unwrap_or_default();
    let worst = rules.iter().map(Rule::severity).min();
    let mut policy = Policy {
        severity: header.severity.or(worst).unwrap_or(7),
        name: header.name.unwrap_or_else(|| id.clone()),
        id,
        description: header.description.unwrap_or_default(),
        kind,
        enabled: header.enabled.unwrap_or(true),
        scope: header.scope.map(|scope| scope.scope()).unwrap_or_default(),
        runbook: header.runbook,
        strict,
        version: String::new(),
        lists: Vec::new(),
        files: Vec::new(),
        rules,
    };
    let versions: Vec<&str> = policy.rules.iter().map(Rule::version).collect();
    policy.version = version(&serde_json::json!([
        policy.id,
        policy.name,
        policy.description,
        policy.severity,
        policy.kind.as_str(),
        policy.enabled,
        policy.runbook,
        versions,
    ]));
    policy
}

fn rule_of(
    resolved: Resolved,
    policy_severity: Option<u8>,
    strict: bool,
    report: &Report<'_>,
) -> Rule {
    let Resolved {
        rule,
        expr,
        condition,
        outline,
        output,
    } = resolved;
    let severity = rule
        .severity
        .or(policy_severity)
        .unwrap_or(rule.priority as u8);
    let condition_text = expr.to_string();
    let output_text = rule.output.value.trim().to_owned();
    let tags: Vec<String> = rule.tags.into_iter().collect();
    let mut effective = serde_json::json!([
        rule.name.value,
        rule.description,
        condition_text,
        output_text,
        rule.priority.name(),
        severity,
        rule.enabled,
        tags,
        rule.references,
    ]);
    if let (true, Some(parts)) = (strict, effective.as_array_mut()) {
        parts.push("strict".into());
    }
    Rule {
        place: report.place((rule.name.start, rule.name.length)),
        name: rule.name.value,
        version: version(&effective),
        enabled: rule.enabled,
        priority: rule.priority,
        severity,
        tags,
        references: rule.references,
        description: rule.description,
        condition_text,
        event_types: event_types(&condition),
        condition,
        outline,
        output,
        output_text,
    }
}

/// The version of a thing is a digest of all that is effective of it, so that comments and layout
/// do not count.
fn version(effective: &serde_json::Value) -> String {
    short_hex(&Sha256::digest(effective.to_string()))
}
