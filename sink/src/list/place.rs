//! A place in a list of events, and the keys of rows, which are its order.

use uuid::Uuid;

/// Room for the millisecond in a row's key: 43 bits and a sign, the years 1691 to 2248. Times
/// beyond share a millisecond at the end, where reading puts them in order.
const MILLISECONDS: std::ops::RangeInclusive<i64> = -(1 << 43)..=(1 << 43) - 1;
/// Bits of the slot within a millisecond.
const SLOT_BITS: u32 = 20;

/// A place in the list: an event's time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) occurred_at: i64,
    pub(crate) id: Uuid,
}

/// Returns the keys that rows of a millisecond can have, first and last.
pub(crate) fn keys(occurred_at: i64) -> (i64, i64) {
    let millisecond = occurred_at.clamp(*MILLISECONDS.start(), *MILLISECONDS.end());
    let first = millisecond << SLOT_BITS;
    (first, first | ((1 << SLOT_BITS) - 1))
}

/// Returns the millisecond of a key.
pub(crate) const fn time(key: i64) -> i64 {
    key >> SLOT_BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_keep_the_order_of_time(a: i64, b: i64) {
            let (earlier, later) = (a.min(b), a.max(b));
            prop_assert!(keys(earlier).0 <= keys(later).0);
            prop_assert!(keys(a).0 < keys(a).1);
        }

        #[test]
        fn neighbouring_milliseconds_have_keys_of_their_own(ms in -(1_i64 << 43)..(1_i64 << 43) - 1) {
            prop_assert_eq!(keys(ms).1 + 1, keys(ms + 1).0);
        }
    }
}
