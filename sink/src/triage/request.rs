//! What a request for an action says, and what is wrong with it.

use std::collections::HashSet;

use axum::http::HeaderMap;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, bad, read_json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::action::{ActionRecord, Deed, Disposition};

/// Events of one action: a record of all their ids must fit its topic.
pub(crate) const MAX_EVENTS: usize = 10_000;
/// Characters of a name.
const MAX_NAME: usize = 200;
/// Characters of a note.
const MAX_NOTE: usize = 4000;

/// What to do with which events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TriageRequest {
    /// What to do.
    deed: Deed,
    /// Who does it; without it the header `Nightlatch-Author` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// What the events turned out to be; of `resolve`, which needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disposition: Option<Disposition>,
    /// Whose they are from now on; of `assign`. Without it: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// What there is to say; `comment` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The ids of the events, at most 10,000. Without it: all that the filter in the address lets
    /// through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, max_items = 10_000)]
    events: Option<Vec<Uuid>>,
    /// How many events the filter was seen to let through; when there are more or fewer by now, nothing
    /// is done (409).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
    /// Only says how many events it would be.
    #[serde(default)]
    preview: bool,
}

/// A request that can be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) record: ActionRecord,
    pub(super) by: String,
    /// Whether the filter in the address says which events.
    pub(super) is_filtered: bool,
    pub(super) expected: Option<u64>,
    pub(super) is_preview: bool,
}

/// Reads a request.
pub(super) fn read(bytes: &[u8], headers: &HeaderMap) -> Result<Wanted, Problem> {
    let request: TriageRequest = read_json(bytes)?;
    let TriageRequest {
        deed,
        by,
        disposition,
        assignee,
        note,
        events,
        expected,
        preview,
    } = request;
    let by = who(by, headers)?;
    let note = text("note", note, MAX_NOTE)?;
    let assignee = text("assignee", assignee, MAX_NAME)?;
    let wrong = |member: &str, detail: &str| Err(bad(detail).with("member", member));
    match deed {
        Deed::Resolve if disposition.is_none() => {
            let detail = "say what the events turned out to be: resolve needs a disposition \
                          (true_positive, false_positive, benign, duplicate or inconclusive)";
            return wrong("disposition", detail);
        }
        Deed::Comment if note.is_none() => {
            return wrong("note", "say something: comment needs a note");
        }
        _ if disposition.is_some() && deed != Deed::Resolve => {
            return wrong(
                "disposition",
                "only resolve takes a disposition; leave it out",
            );
        }
        _ if assignee.is_some() && deed != Deed::Assign => {
            return wrong("assignee", "only assign takes an assignee; leave it out");
        }
        _ => {}
    }
    let is_filtered = events.is_none();
    let events = distinct(events.unwrap_or_default());
    if !is_filtered && (events.is_empty() || events.len() > MAX_EVENTS) {
        let detail = format!("events: name between 1 and {MAX_EVENTS} of them");
        return wrong("events", &detail);
    }
    Ok(Wanted {
        record: ActionRecord {
            deed,
            disposition,
            assignee,
            note,
            events,
        },
        by,
        is_filtered,
        expected,
        is_preview: preview,
    })
}

fn who(by: Option<String>, headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(by) = text("by", by, MAX_NAME)? {
        return Ok(by);
    }
    let author = Author::of(headers, None)?.who;
    // What it is when nobody says.
    if author == "api" || author.trim().is_empty() {
        let detail = "say who you are: by, or the header Nightlatch-Author";
        return Err(bad(detail).with("member", "by"));
    }
    Ok(author)
}

/// Returns a text without the space around it; one that is empty is none.
fn text(member: &str, text: Option<String>, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > most {
        let detail = format!("{member} has more than {most} characters; shorten it");
        return Err(bad(detail).with("member", member));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn distinct(events: Vec<Uuid>) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    events
        .into_iter()
        .filter(|event| seen.insert(*event))
        .collect()
}
