//! What requests are made of, and how much of it they may have.

use std::collections::HashSet;

use axum::http::StatusCode;
use nightlatch_chassis::http::Problem;
use nightlatch_engine::{PolicyKind, SourceFile};
use serde::Deserialize;
use utoipa::ToSchema;

/// The most files that a policy may be made of here.
const MAX_FILES: usize = 100;
/// The longest name of a file, in bytes: it stands at every place of every explanation.
const MAX_NAME: usize = 250;

/// A file of rules or of tests.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RulesFile)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What diagnostics call it, mostly a path. A policy without a `policy:` item is named after
    /// its first file.
    #[schema(example = "sign-in.yaml")]
    name: String,
    /// Its text.
    text: String,
}

/// Who made a policy.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = PolicyKind)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The customer.
    #[default]
    Custom,
    /// The makers of the product.
    Managed,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Custom => Self::Custom,
            Kind::Managed => Self::Managed,
        }
    }
}

/// Takes the files of a policy.
pub(super) fn files(files: Vec<File>) -> Result<Vec<SourceFile>, Problem> {
    if files.is_empty() || files.len() > MAX_FILES {
        let detail = format!(
            "files: there are {}; a policy has between 1 and {MAX_FILES}",
            files.len()
        );
        return Err(wrong("files", detail));
    }
    let files: Vec<_> = files.into_iter().map(file).collect::<Result<_, _>>()?;
    let mut names = HashSet::new();
    match files.iter().find(|file| !names.insert(file.name.as_str())) {
        Some(twice) => {
            let detail = format!(
                "files: two are named {:?}, so that nobody could tell them apart",
                twice.name
            );
            Err(wrong("files", detail))
        }
        None => Ok(files),
    }
}

/// Takes a file.
pub(super) fn file(file: File) -> Result<SourceFile, Problem> {
    let File { name, text } = file;
    if name.is_empty() || name.len() > MAX_NAME {
        let detail = format!("name: a file's name has between 1 and {MAX_NAME} bytes");
        return Err(wrong("name", detail));
    }
    Ok(SourceFile { name, text })
}

/// A member of the body that says what cannot be.
pub(super) fn wrong(member: &str, detail: impl Into<String>) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, detail);
    let problem = problem.of_type("malformed-body", "Malformed body");
    problem.with("parameter", member)
}
