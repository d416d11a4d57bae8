//! The managed policy with every rule switched on.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use nightlatch_engine::{PolicyKind, Ruleset, SourceFile, compile};

const POLICY: &str = include_str!("../../detector/rules/okta-activity.yaml");

/// How many rules the policy has.
pub(crate) const RULES: usize = 21;

/// Compiles the managed policy with every rule switched on.
pub(crate) fn all_rules() -> anyhow::Result<Ruleset> {
    let ruleset = ruleset(POLICY.replace("enabled: false", "enabled: true"))?;
    ensure!(
        ruleset.rule_count() == RULES,
        "{} rules are judged",
        ruleset.rule_count()
    );
    Ok(ruleset)
}

/// Compiles the text of a policy.
pub(crate) fn ruleset(text: String) -> anyhow::Result<Ruleset> {
    let file = SourceFile {
        name: "policy.yaml".to_owned(),
        text,
    };
    let compiled = compile(&file, PolicyKind::Managed);
    let policy = compiled
        .policy
        .with_context(|| format!("the policy does not compile: {:?}", compiled.diagnostics))?;
    Ok(Ruleset::new(vec![Arc::new(policy)])?)
}
