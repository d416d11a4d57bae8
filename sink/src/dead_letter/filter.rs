//! Which dead letters are wanted.

use nightlatch_chassis::http::Problem;
use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::DeadLetter;
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};

use crate::feed::parameter::{Kind, Parameter, parameters};
use crate::list::Query;

parameters! {
    /// By who refused it.
    STAGE = "stage", Kind::Several, "Only letters that these services have refused.",
        "ingest, detector or sink; several between commas", "ingest";
    /// By where it should be.
    TOPIC = "topic", Kind::Several, "Only letters that are meant for these topics.",
        "okta.events or okta.runtime-events; several between commas", "okta.events";
    /// By why it was refused.
    REASON = "reason", Kind::Text, "Only letters whose reason has this in it, in any case.",
        "a part of a reason", "not JSON";
    /// By whether it was sent again.
    SENT = "sent", Kind::Text, "Only letters that were sent again, or only those that were not.",
        "true or false", "false";
}

const STAGES: [&str; 3] = ["ingest", "detector", "sink"];
const TOPICS: [&str; 2] = [OKTA_EVENTS, RUNTIME_EVENTS];

/// What a list of dead letters is narrowed to; nothing that is not named.
#[derive(Debug, Default)]
pub(super) struct Filter {
    stages: Vec<&'static str>,
    topics: Vec<&'static str>,
    reason: Option<String>,
    is_sent: Option<bool>,
}

impl Filter {
    pub(super) fn of(query: &Query<'_>) -> Result<Self, Problem> {
        let is_sent = match query.text(&SENT) {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(other) => return Err(SENT.malformed(1, &format!("{other:?} is neither"))),
        };
        let reason = query.text(&REASON).map(|text| text.trim().to_lowercase());
        Ok(Self {
            stages: known(query, &STAGE, &STAGES)?,
            topics: known(query, &TOPIC, &TOPICS)?,
            reason: reason.filter(|text| !text.is_empty()),
            is_sent,
        })
    }

    /// Whether a letter is wanted; `is_sent` says whether it was sent again.
    pub(super) fn fits(&self, stored: &Stored, is_sent: impl FnOnce() -> bool) -> bool {
        let letter = DeadLetter::read(&stored.record.headers);
        let topic = meant_for(&letter);
        let has_reason = |wanted: &String| letter.reason.to_lowercase().contains(wanted);
        (self.stages.is_empty() || self.stages.contains(&letter.stage.as_str()))
            && (self.topics.is_empty() || topic.is_some_and(|topic| self.topics.contains(&topic)))
            && self.reason.as_ref().is_none_or(has_reason)
            && self.is_sent.is_none_or(|wanted| wanted == is_sent())
    }
}

/// Returns the topic that a letter would be on if it had been taken; none when that is none of ours.
pub(super) fn meant_for(letter: &DeadLetter) -> Option<&'static str> {
    match letter.owner()? {
        "ingest" => Some(OKTA_EVENTS),
        _ => Some(RUNTIME_EVENTS),
    }
}

fn known(
    query: &Query<'_>,
    parameter: &Parameter,
    all: &[&'static str],
) -> Result<Vec<&'static str>, Problem> {
    let listed = query.listed(parameter)?.into_iter();
    let known = listed.map(|(at, value)| {
        let found = all.iter().find(|known| **known == value).copied();
        found.ok_or_else(|| parameter.malformed(at, &format!("{value:?} is none of them")))
    });
    known.collect()
}
