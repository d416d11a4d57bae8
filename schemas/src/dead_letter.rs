//! What the headers of a dead letter say.

use crate::topics::dead_letter::{
    REASON, SIZE, SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC, STAGE, TRUNCATED,
};

/// What the headers of a record of `okta.dead-letters` say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetter {
    /// Why it could not be taken, a sentence.
    pub reason: String,
    /// Who refused it: `ingest`, `detector` or `sink`.
    pub stage: String,
    /// Its whole size in bytes.
    pub size: Option<u64>,
    /// Whether the value holds only the first of it.
    pub is_truncated: bool,
    /// The topic, partition and offset it came from; none of what came by a hook or an import.
    pub source: Option<(String, i32, i64)>,
}

impl DeadLetter {
    /// Reads the headers; what is missing or no text is empty.
    pub fn read(headers: &[(String, Vec<u8>)]) -> Self {
        let header = |wanted: &str| {
            let header = headers.iter().find(|(name, _)| name == wanted);
            header.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let number = |name: &str| header(name)?.parse().ok();
        let source = || {
            let partition = i32::try_from(number(SOURCE_PARTITION)?).ok()?;
            Some((header(SOURCE_TOPIC)?, partition, number(SOURCE_OFFSET)?))
        };
        Self {
            reason: header(REASON).unwrap_or_default(),
            stage: header(STAGE).unwrap_or_default(),
            size: number(SIZE).and_then(|size: i64| u64::try_from(size).ok()),
            is_truncated: header(TRUNCATED).as_deref() == Some("true"),
            source: source(),
        }
    }

    /// Returns who sends the letter again: the service that writes the topic it is meant for. None
    /// when that is no topic of events.
    pub fn owner(&self) -> Option<&'static str> {
        match &self.source {
            None => Some("ingest"),
            Some((topic, _, _)) if topic == crate::topics::OKTA_EVENTS => Some("ingest"),
            Some((topic, _, _)) if topic == crate::topics::RUNTIME_EVENTS => Some("detector"),
            Some(_) => None,
        }
    }

    /// Says why a service does not send the letter again, a sentence; None when it does. `instead` is what
    /// to do about one that is not whole.
    pub fn refusal(&self, service: &str, instead: &str) -> Option<String> {
        match self.owner() {
            Some(owner) if owner == service => self
                .is_truncated
                .then(|| format!("only the first of it was kept; {instead}")),
            Some(owner) => Some(format!("it is sent again by the {owner}: POST it there")),
            None => Some("it came from a topic that is not ours; nobody sends it again".to_owned()),
        }
    }
}

/// Returns the key under which [`crate::topics::CURSORS`] has when a dead letter was sent again, by its
/// partition and offset; the value is a [`Redrive`] as JSON.
pub fn redrive_key(partition: i32, offset: i64) -> String {
    format!("{REDRIVES}{partition}:{offset}")
}

/// What every [`redrive_key`] begins with.
pub const REDRIVES: &str = "dead-letter/";

/// That a dead letter was sent again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Redrive {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// The topic it was put on.
    pub topic: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        all.iter().map(owned).collect()
    }

    #[test]
    fn a_letter_goes_back_to_who_writes_the_topic_that_it_is_meant_for() {
        let of_hook = headers(&[(STAGE, "ingest"), (SIZE, "7"), (TRUNCATED, "false")]);
        let letter = DeadLetter::read(&of_hook);
        assert_eq!((letter.owner(), letter.size), (Some("ingest"), Some(7)));
        let source = |topic| {
            let all = headers(&[
                (SOURCE_TOPIC, topic),
                (SOURCE_PARTITION, "2"),
                (SOURCE_OFFSET, "45"),
            ]);
            DeadLetter::read(&all)
        };
        assert_eq!(source("okta.events").owner(), Some("ingest"));
        let letter = source("okta.runtime-events");
        assert_eq!(letter.owner(), Some("detector"));
        assert_eq!(
            letter.source,
            Some(("okta.runtime-events".to_owned(), 2, 45))
        );
        assert_eq!(source("okta.else").owner(), None);
    }

    #[test]
    fn a_letter_of_another_or_not_whole_is_refused() {
        let mut letter = DeadLetter::default();
        let refusal = |letter: &DeadLetter, service| letter.refusal(service, "do else");
        assert_eq!(refusal(&letter, "ingest"), None);
        let elsewhere = refusal(&letter, "detector").unwrap();
        assert_eq!(elsewhere, "it is sent again by the ingest: POST it there");
        letter.is_truncated = true;
        let part = refusal(&letter, "ingest").unwrap();
        assert_eq!(part, "only the first of it was kept; do else");
        letter.source = Some(("okta.else".to_owned(), 0, 0));
        assert!(refusal(&letter, "ingest").unwrap().contains("not ours"));
    }

    #[test]
    fn headers_that_are_missing_or_odd_are_told_as_far_as_they_go() {
        assert_eq!(DeadLetter::read(&[]), DeadLetter::default());
        let odd = headers(&[
            (SIZE, "-1"),
            (SOURCE_TOPIC, "okta.events"),
            (SOURCE_OFFSET, "x"),
        ]);
        let letter = DeadLetter::read(&odd);
        assert_eq!((letter.size, letter.source), (None, None));
    }
}
