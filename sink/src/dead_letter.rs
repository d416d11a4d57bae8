//! Refused records on their way from the store to the dead letters, each exactly once a store:
//! on Kafka every sink has one, and writes its own.
//!
//! A letter waits in the store until it is written. Whether one that is found waiting at the start,
//! or after a failure, got through all the same, the dead letters themselves tell.

mod api;
mod filter;
mod list;

use std::collections::BTreeSet;

use nightlatch_chassis::topic::{Log, Output, Positions, Record, TopicError};
use nightlatch_schemas::topics::DEAD_LETTERS;
use nightlatch_schemas::topics::dead_letter::{
    REASON, SIZE, SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC, STAGE, TRUNCATED,
};

use crate::consume::RunError;
use crate::keeper::Keeper;
use crate::store::Letter;

pub use api::dead_letters;
pub(crate) use api::document;

/// The stage that our letters name.
const OUR_STAGE: &str = "sink";
/// Dead letters looked at at once; each has up to 512 KiB.
const MAX_LOOKED_AT: usize = 16;

/// Writes letters to the dead letters.
pub(crate) struct DeadLetters<K> {
    log: Log,
    keeper: K,
    /// Whether a letter that waits may have been written already.
    is_unsure: bool,
}

impl<K: Keeper> DeadLetters<K> {
    /// Unsure about letters that a run before this one has left.
    pub(crate) fn new(log: Log, keeper: K) -> Self {
        Self {
            log,
            keeper,
            is_unsure: true,
        }
    }

    /// Writes every letter that waits. After an error it can be tried again.
    pub(crate) async fn deliver(&mut self) -> Result<(), RunError> {
        loop {
            let letters = self.keeper.letters().await?;
            if letters.is_empty() {
                self.is_unsure = false;
                return Ok(());
            }
            let written = if self.is_unsure {
                self.written(&letters).await?
            } else {
                BTreeSet::new()
            };
            let sources: Vec<_> = letters
                .iter()
                .map(|letter| (letter.partition, letter.offset))
                .collect();
            let missing = letters
                .into_iter()
                .filter(|it| !written.contains(&(it.partition, it.offset)));
            let outputs: Vec<_> = missing.map(|letter| output(K::TOPIC, letter)).collect();
            let was_unsure = std::mem::replace(&mut self.is_unsure, true);
            if !outputs.is_empty() {
                self.log.append(outputs).await?;
            }
            self.keeper.forget_letters(sources).await?;
            self.is_unsure = was_unsure;
        }
    }

    /// Returns which of our letters stand on the topic since the earliest of `letters` was made.
    async fn written(&self, letters: &[Letter]) -> Result<BTreeSet<(i32, i64)>, RunError> {
        let mut from = Positions::new();
        for bounds in self.log.bounds(DEAD_LETTERS).await? {
            let looked_from = |letter: &Letter| letter.looked_from.get(&bounds.partition).copied();
            let earliest = letters
                .iter()
                .map(looked_from)
                .min()
                .flatten()
                .unwrap_or(bounds.start);
            from.insert(bounds.partition, earliest.max(bounds.start));
        }
        let mut reader = self.log.reader(DEAD_LETTERS, from);
        let mut written = BTreeSet::new();
        loop {
            let records = match reader.read(MAX_LOOKED_AT).await {
                Err(TopicError::Gap {
                    partition,
                    earliest,
                    ..
                }) => {
                    let mut positions = reader.positions().clone();
                    positions.insert(partition, earliest);
                    reader.seek(positions);
                    continue;
                }
                records => records?,
            };
            if records.is_empty() {
                return Ok(written);
            }
            written.extend(
                records
                    .iter()
                    .filter_map(|stored| source(K::TOPIC, &stored.record)),
            );
        }
    }
}

fn output(topic: &str, letter: Letter) -> Output {
    let Letter {
        partition,
        offset,
        problem,
        key,
        value,
        size,
        ..
    } = letter;
    let is_truncated = value.len() < size;
    let headers = [
        (REASON, problem),
        (STAGE, OUR_STAGE.to_owned()),
        (SIZE, size.to_string()),
        (TRUNCATED, is_truncated.to_string()),
        (SOURCE_TOPIC, topic.to_owned()),
        (SOURCE_PARTITION, partition.to_string()),
        (SOURCE_OFFSET, offset.to_string()),
    ];
    let headers = headers
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .into();
    Output {
        topic: DEAD_LETTERS,
        record: Record {
            key,
            headers,
            value,
        },
    }
}

/// Returns which record (partition, offset) of `topic` a letter of ours is about; none when it is about
/// another topic, or not ours.
fn source(topic: &str, letter: &Record) -> Option<(i32, i64)> {
    let header = |wanted: &str| {
        let header = letter.headers.iter().find(|(name, _)| name == wanted);
        header.and_then(|(_, value)| str::from_utf8(value).ok())
    };
    let is_ours = header(STAGE) == Some(OUR_STAGE) && header(SOURCE_TOPIC) == Some(topic);
    let partition = header(SOURCE_PARTITION)?.parse().ok()?;
    let offset = header(SOURCE_OFFSET)?.parse().ok()?;
    is_ours.then_some((partition, offset))
}
