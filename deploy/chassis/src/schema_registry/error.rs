//! Why there are no ids from the schema registry: where, what failed and what to do about it.

use std::error::Error;

use reqwest::StatusCode;

/// How much of an answer that is not understood is shown, in characters.
const SHOWN: usize = 200;

/// Why schemas have no ids.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say what the fields are")]
pub enum SchemaRegistryError {
    /// No answer in time, or only passing trouble.
    #[error(
        "the schema registry at {url} cannot be reached within {seconds} s: {problem}; start it or \
         correct schema_registry.url"
    )]
    Unreachable {
        url: String,
        seconds: f32,
        problem: String,
    },
    /// Wrong credentials, or none.
    #[error(
        "the schema registry at {url} lets nobody of this name in ({said}); correct \
         schema_registry.username and schema_registry.password"
    )]
    Refused { url: String, said: String },
    /// The schema is not there and this account may not register it.
    #[error(
        "the schema registry at {url} does not have our schema of {subject} and does not let us \
         register it ({said}); let schema_registry.username write, or have it registered by \
         somebody who may"
    )]
    ReadOnly {
        url: String,
        subject: String,
        said: String,
    },
    /// The subject holds a schema with which ours does not agree.
    #[error(
        "the schema registry at {url} holds another schema of {subject}, and ours is not compatible \
         with it ({said}); if the subject is not Nightlatch's, set kafka.topic_prefix, else compare \
         its versions with those that Nightlatch's sink serves under /registry"
    )]
    Incompatible {
        url: String,
        subject: String,
        said: String,
    },
    /// The registry does not take the schema as one.
    #[error(
        "the schema registry at {url} does not take our schema of {subject} ({said}); it must know \
         Avro and its subject must be writable"
    )]
    Invalid {
        url: String,
        subject: String,
        said: String,
    },
    /// What answers is no schema registry.
    #[error(
        "what answers at {url} is no schema registry with Confluent's API ({said}); correct \
         schema_registry.url: Apicurio's, say, ends with /apis/ccompat/v7"
    )]
    NoRegistry { url: String, said: String },
}

/// Returns a status and what came with it, in one line.
pub(super) fn said(status: StatusCode, message: Option<&str>, text: &[u8]) -> String {
    let text = message.map_or_else(|| String::from_utf8_lossy(text), Into::into);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let is_shown = |c: &char| !c.is_control();
    let shown: String = line.chars().filter(is_shown).take(SHOWN).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    let gap = if shown.is_empty() { "" } else { ": " };
    format!("{}{gap}{shown}{more}", status.as_u16())
}

/// Returns an error with what caused it: alone it mostly says that something failed.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
