//! From the text of a policy file to a policy: `read` the YAML, `merge` the items, `resolve` lists
//! and macros, compile.
//!
//! A file is a YAML list of Falco's items: rules, macros, lists and version requirements. Its first
//! item may be `policy:` with `id`, `name`, `description`, `severity` (0 to 7), `type` (`okta`),
//! `enabled` and `runbook`; without it the file is a policy named after itself. A rule may have a
//! `severity` of its own; without one it has the policy's, else the number of its priority
//! (Emergency 0 to Debug 7). A rule without a source is about Okta.

use sha2::{Digest, Sha256};

use crate::condition::event_types::event_types;
use crate::diagnostic::Diagnostic;
use crate::policy::{Policy, PolicyKind, Rule};
use crate::ruleset::short_hex;

mod exception;
mod keys;
mod merge;
mod read;
mod report;
mod resolve;
pub(crate) mod testing;
mod text;
mod version;
mod yaml;

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

/// What a file compiles to.
#[derive(Debug)]
pub struct Compiled {
    /// The policy; `None` if and only if a diagnostic is an error.
    pub policy: Option<Policy>,
    /// All that is wrong with the file, in the order of its lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a policy file.
pub fn compile(file: &SourceFile, kind: PolicyKind) -> Compiled {
    let mut report = Report::new(file);
    let mut items = read::read(&file.text, &mut report);
    let header = items.header.take();
    let merged = merge::merge(items, &mut report);
    let resolved = resolve::resolve(merged, &mut report);
    let policy = (!report.has_errors()).then(|| policy(file, kind, header, resolved));
    Compiled {
        policy,
        diagnostics: report.into_diagnostics(),
    }
}

fn policy(
    file: &SourceFile,
    kind: PolicyKind,
    header: Option<Header>,
    resolved: Vec<Resolved>,
) -> Policy {
    let header = header.unwrap_or_else(|| named_after(&file.name));
    let rules: Vec<Rule> = resolved
        .into_iter()
        .map(|rule| rule_of(rule, header.severity))
        .collect();
    let worst = rules.iter().map(Rule::severity).min();
    let mut policy = Policy {
        severity: header.severity.or(worst).unwrap_or(7),
        id: header.id,
        name: header.name,
        description: header.description,
        kind,
        enabled: header.enabled,
        runbook: header.runbook,
        version: String::new(),
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

/// The header of a file that has none: its name without folder and endings.
fn named_after(file: &str) -> Header {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name
        .strip_suffix(".yaml")
        .or_else(|| name.strip_suffix(".yml"))
        .unwrap_or(name);
    Header {
        id: stem.to_owned(),
        name: stem.to_owned(),
        description: String::new(),
        severity: None,
        enabled: true,
        runbook: None,
    }
}

fn rule_of(resolved: Resolved, policy_severity: Option<u8>) -> Rule {
    let Resolved {
        rule,
        expr,
        condition,
        output,
    } = resolved;
    let severity = rule
        .severity
        .or(policy_severity)
        .unwrap_or(rule.priority as u8);
    let condition_text = expr.to_string();
    let output_text = rule.output.value.trim();
    let tags: Vec<String> = rule.tags.into_iter().collect();
    let version = version(&serde_json::json!([
        rule.name.value,
        rule.description,
        condition_text,
        output_text,
        rule.priority.name(),
        severity,
        rule.enabled,
        tags,
    ]));
    Rule {
        name: rule.name.value,
        version,
        enabled: rule.enabled,
        priority: rule.priority,
        severity,
        tags,
        description: rule.description,
        condition_text,
        event_types: event_types(&condition),
        condition,
        output,
    }
}

/// The version of a thing is a digest of all that is effective of it, so that comments and layout
/// do not count.
fn version(effective: &serde_json::Value) -> String {
    short_hex(&Sha256::digest(effective.to_string()))
}
