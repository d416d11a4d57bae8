//! Places that clients hand back to us: in the list, among groups and in the stream. They mean the same
//! on any replica, since none has a row number in it.

use std::fmt;
use std::str::FromStr;

use nightlatch_chassis::topic::Positions;
use uuid::Uuid;

use crate::list::Place;
use crate::store::{GroupKey, GroupPlace};

/// Digits of a time in a list cursor.
const TIME_DIGITS: usize = 16;

/// A place in the list: the event's time and id, in hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListCursor(pub(crate) Place);

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.0.occurred_at, self.0.id.simple())
    }
}

impl FromStr for ListCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let (time, id) = text.split_at_checked(TIME_DIGITS).ok_or(())?;
        let occurred_at = u64::from_str_radix(time, 16).map_err(|_| ())?.cast_signed();
        let id = Uuid::parse_str(id).map_err(|_| ())?;
        Ok(Self(Place { occurred_at, id }))
    }
}

/// A place in the list of groups: its count, and what it has in common, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupCursor(pub(crate) GroupPlace);

/// Stands between value and policy in a group cursor; a value has none.
const SEPARATOR: char = '\u{1f}';

impl fmt::Display for GroupCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, GroupKey { value, policy }) = &self.0;
        write!(f, "{count:016x}")?;
        let policy = policy.as_ref().map(|policy| format!("{SEPARATOR}{policy}"));
        let text = format!("{value}{}", policy.unwrap_or_default());
        text.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for GroupCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let (count, key) = text.split_at_checked(TIME_DIGITS).ok_or(())?;
        let count = u64::from_str_radix(count, 16).map_err(|_| ())?;
        let digits = key.as_bytes().chunks(2).map(str::from_utf8);
        let bytes = digits.map(|digits| u8::from_str_radix(digits.ok()?, 16).ok());
        let bytes = bytes.collect::<Option<Vec<_>>>().ok_or(())?;
        let key = String::from_utf8(bytes).map_err(|_| ())?;
        let (value, policy) = match key.split_once(SEPARATOR) {
            Some((value, policy)) => (value.to_owned(), Some(policy.to_owned())),
            None => (key, None),
        };
        Ok(Self((count, GroupKey { value, policy })))
    }
}

/// What stands for triage in a stream cursor.
const TRIAGE: &str = "t:";

/// A place in the stream: the offset of the last event seen, for each partition, and the number of the
/// last change of triage, as `0:123,1:45,t:7`. A partition that is not named has yet to be seen from its
/// first event on; so has one at -1. Where triage is not named, it is seen from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StreamCursor {
    positions: Positions,
    triage: Option<u64>,
}

impl StreamCursor {
    /// Returns the place before the records at `positions`.
    pub(crate) fn before(positions: &Positions) -> Self {
        let mut positions = positions.clone();
        if positions.is_empty() {
            // So that there is something to come back with.
            positions.insert(0, 0);
        }
        Self {
            positions,
            triage: None,
        }
    }

    /// Returns the next offset to look at, for each partition.
    pub(crate) const fn positions(&self) -> &Positions {
        &self.positions
    }

    /// Returns the number of the last change of triage that was seen.
    pub(crate) const fn triage(&self) -> Option<u64> {
        self.triage
    }

    /// Goes past a change of triage.
    pub(crate) const fn pass_triage(&mut self, revision: u64) {
        self.triage = Some(revision);
    }

    /// Goes on at other positions.
    pub(crate) fn go_to(&mut self, positions: &Positions) {
        self.positions = Self::before(positions).positions;
    }

    /// Goes past a record.
    pub(crate) fn pass(&mut self, partition: i32, offset: i64) {
        self.positions.insert(partition, offset.saturating_add(1));
    }
}

impl fmt::Display for StreamCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (partition, next)) in self.positions.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{partition}:{}", next.saturating_sub(1))?;
        }
        match self.triage {
            Some(revision) => write!(f, ",{TRIAGE}{revision}"),
            None => Ok(()),
        }
    }
}

impl FromStr for StreamCursor {
    /// The character (counted from 1) of the part that is wrong.
    type Err = usize;

    fn from_str(text: &str) -> Result<Self, usize> {
        let mut positions = Positions::new();
        let mut triage = None;
        let mut position = 1;
        for part in text.split(',') {
            if let Some(revision) = part.strip_prefix(TRIAGE).filter(|_| triage.is_none()) {
                triage = Some(revision.parse().map_err(|_| position)?);
                position += part.chars().count() + 1;
                continue;
            }
            let read = |part: &str| -> Option<(i32, i64)> {
                let (partition, offset) = part.split_once(':')?;
                Some((partition.parse().ok()?, offset.parse().ok()?))
            };
            let (partition, offset) = read(part)
                .filter(|(partition, offset)| *partition >= 0 && *offset >= -1)
                .ok_or(position)?;
            if positions
                .insert(partition, offset.saturating_add(1))
                .is_some()
            {
                return Err(position);
            }
            position += part.chars().count() + 1;
        }
        Ok(Self { positions, triage })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stream_cursor_reads_as_offsets_seen() {
        let cursor: StreamCursor = "0:123,1:45".parse().unwrap();
        assert_eq!(cursor.positions(), &Positions::from([(0, 124), (1, 46)]));
        let cursor: StreamCursor = "0:123,t:7".parse().unwrap();
        assert_eq!(cursor.triage(), Some(7));
        assert_eq!(cursor.to_string(), "0:123,t:7");
        assert_eq!(StreamCursor::before(&Positions::new()).to_string(), "0:-1");
    }

    #[test]
    fn a_malformed_stream_cursor_is_refused_with_its_place() {
        for (text, position) in [
            ("", 1),
            ("0:1,", 5),
            ("0:1,x:2", 5),
            ("0", 1),
            ("-1:0", 1),
            ("0:-2", 1),
            ("0:1,0:2", 5),
            ("0:1,t:x", 5),
            ("0:1,t:1,t:2", 9),
        ] {
            assert_eq!(text.parse::<StreamCursor>(), Err(position), "{text}");
        }
    }

    proptest! {
        #[test]
        fn list_cursors_come_back_the_same(occurred_at: i64, id: u128) {
            let cursor = ListCursor(Place { occurred_at, id: Uuid::from_u128(id) });
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn group_cursors_come_back_the_same(
            count: u64,
            value in "[^\u{1f}]{0,20}",
            policy in proptest::option::of("[^\u{1f}]{0,20}"),
        ) {
            let cursor = GroupCursor((count, GroupKey { value, policy }));
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn stream_cursors_come_back_the_same(
            positions in proptest::collection::btree_map(0..i32::MAX, 0..i64::MAX, 1..8),
        ) {
            let cursor = StreamCursor::before(&positions);
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_breaks_a_cursor(text in "\\PC{0,60}", digits in "[0-9a-fA-F:,-]{0,60}") {
            for text in [text.as_str(), digits.as_str()] {
                if let Ok(cursor) = text.parse::<ListCursor>() {
                    prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
                }
                drop(text.parse::<GroupCursor>());
                if let Ok(cursor) = text.parse::<StreamCursor>() {
                    prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
                }
            }
        }
    }
}
