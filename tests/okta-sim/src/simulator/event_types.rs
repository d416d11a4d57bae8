//! Okta's event types, and which of them event hooks carry.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One type a line: its name, `hook` or `log`, and its pack.
const TABLE: &str = include_str!("../../../../detector/engine/src/event/types.tsv");

static TYPES: LazyLock<BTreeMap<&'static str, bool>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.next()? == "hook"))
        })
        .collect()
});

/// Returns whether event hooks carry a type; `None` for one that Okta does not know.
pub(crate) fn is_eligible(name: &str) -> Option<bool> {
    TYPES.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eligibility_is_as_okta_has_it() {
        assert_eq!(is_eligible("user.session.start"), Some(true));
        assert_eq!(is_eligible("policy.evaluate_sign_on"), Some(false));
        assert_eq!(is_eligible("user.session.begin"), None);
        assert!(TYPES.values().filter(|eligible| **eligible).count() > 260);
    }
}
