//! The dead letters of all services, newest first. A topic is read forwards only: of each partition a
//! window at its end is read, a wider one when it was too narrow.

use nightlatch_chassis::topic::{Bounds, Log, Positions, Stored, TopicError};
use nightlatch_schemas::topics::DEAD_LETTERS;

/// Letters read at once; each has up to 512 KiB.
const AT_ONCE: usize = 16;
/// Letters that are looked at in one round, where fewer are asked for: few may fit.
const ROUND: usize = 200;
/// Letters that are looked through for one page; where few fit, a page has fewer than were asked for.
const LOOKED_THROUGH: usize = 2000;
/// How much of a letter is kept for people, in bytes.
pub(super) const SHOWN_BYTES: usize = 2048;

/// A page of letters, and the ends of the next one.
#[derive(Debug)]
pub(super) struct Page {
    /// Newest first; values are cut after [`SHOWN_BYTES`].
    pub(super) letters: Vec<Stored>,
    /// Where the next page ends in each partition; none on the last page.
    pub(super) next: Option<Positions>,
}

/// Returns the newest letters that are wanted and stand before `ends`; in a partition that is not named,
/// before its end.
pub(super) async fn page(
    log: &Log,
    ends: Positions,
    limit: usize,
    is_wanted: impl Fn(&Stored) -> bool,
) -> Result<Page, TopicError> {
    let (mut letters, mut looked_at, mut ends) = (Vec::new(), 0, ends);
    loop {
        let window = window(log, &ends, limit.max(ROUND)).await?;
        looked_at += window.letters.len();
        let mut is_whole = true;
        for letter in window.letters {
            if letters.len() == limit {
                is_whole = false;
                break;
            }
            ends.insert(letter.partition, letter.offset);
            if is_wanted(&letter) {
                letters.push(letter);
            }
        }
        let next = match window.next {
            None if is_whole => None,
            // Of a partition that the window had no letter of, its end is known now.
            next => {
                for (partition, end) in next.unwrap_or_default() {
                    ends.entry(partition).or_insert(end);
                }
                Some(ends.clone())
            }
        };
        if next.is_none() || letters.len() == limit || looked_at >= LOOKED_THROUGH {
            return Ok(Page { letters, next });
        }
    }
}

/// Returns the newest letters before `ends`, whatever they are.
async fn window(log: &Log, ends: &Positions, limit: usize) -> Result<Page, TopicError> {
    let mut letters = Vec::new();
    let mut next = Positions::new();
    let mut has_more = false;
    for bounds in log.bounds(DEAD_LETTERS).await? {
        let end = ends.get(&bounds.partition).copied().unwrap_or(bounds.end);
        let end = end.min(bounds.end);
        next.insert(bounds.partition, end);
        let (newest, is_all) = newest(log, bounds, end, limit).await?;
        has_more |= !is_all;
        letters.extend(newest);
    }
    let place = |letter: &Stored| (letter.timestamp_ms, letter.partition, letter.offset);
    letters.sort_by_key(|letter| std::cmp::Reverse(place(letter)));
    has_more |= letters.len() > limit;
    letters.truncate(limit);
    for letter in &letters {
        let end = next.entry(letter.partition).or_insert(letter.offset);
        *end = (*end).min(letter.offset);
    }
    Ok(Page {
        letters,
        next: has_more.then_some(next),
    })
}

/// Returns the last letters of a partition before `end`, and whether those are all.
async fn newest(
    log: &Log,
    bounds: Bounds,
    end: i64,
    limit: usize,
) -> Result<(Vec<Stored>, bool), TopicError> {
    let mut width = i64::try_from(limit).unwrap_or(i64::MAX);
    loop {
        let from = end.saturating_sub(width).max(bounds.start);
        let mut letters = between(log, bounds.partition, from, end).await?;
        let is_from_the_start = from == bounds.start;
        if letters.len() >= limit || is_from_the_start {
            let is_all = is_from_the_start && letters.len() <= limit;
            let rest = letters.len().saturating_sub(limit);
            return Ok((letters.split_off(rest), is_all));
        }
        // Offsets need not be dense.
        width = width.saturating_mul(4);
    }
}

async fn between(
    log: &Log,
    partition: i32,
    from: i64,
    end: i64,
) -> Result<Vec<Stored>, TopicError> {
    let mut letters = Vec::new();
    if from >= end {
        return Ok(letters);
    }
    let mut reader = log.partition_reader(DEAD_LETTERS, partition, from);
    loop {
        let records = match reader.read(AT_ONCE).await {
            // Retention has gone on.
            Err(TopicError::Gap { earliest, .. }) => {
                reader.seek(Positions::from([(partition, earliest)]));
                continue;
            }
            records => records?,
        };
        let is_end = records.is_empty();
        let is_beyond = records.iter().any(|letter| letter.offset >= end);
        for mut letter in records.into_iter().filter(|letter| letter.offset < end) {
            letter.record.value.truncate(SHOWN_BYTES);
            letter.record.value.shrink_to_fit();
            letters.push(letter);
        }
        if is_end || is_beyond {
            return Ok(letters);
        }
    }
}
