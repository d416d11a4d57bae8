//! The managed policies as they ship.

use std::fs;
use std::sync::Arc;

use anyhow::Context as _;
use nightlatch_engine::{Policy, PolicyKind, Ruleset, SourceFile, compile};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../detector/rules");

/// Compiles the managed policies as they ship.
pub(crate) fn as_shipped() -> anyhow::Result<Ruleset> {
    let mut policies = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
            let text = fs::read_to_string(&path)?;
            policies.push(policy(text)?);
        }
    }
    Ok(Ruleset::new(policies)?)
}

/// Compiles the text of a policy.
pub(crate) fn policy(text: String) -> anyhow::Result<Arc<Policy>> {
    let file = SourceFile {
        name: "policy.yaml".to_owned(),
        text,
    };
    let compiled = compile(&file, PolicyKind::Managed);
    let policy = compiled
        .policy
        .with_context(|| format!("the policy does not compile: {:?}", compiled.diagnostics))?;
    Ok(Arc::new(policy))
}
