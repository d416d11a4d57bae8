//! Chance, from a seed: picks, and identifiers in the shapes that Okta uses.

use rand::RngExt;
use rand::seq::IndexedRandom;

/// The one source of chance: the same stream for the same seed on every platform and version.
pub(crate) type Dice = rand_chacha::ChaCha8Rng;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Picks one of a list that is never empty.
pub(crate) fn pick<'list, T>(dice: &mut Dice, list: &'list [T]) -> &'list T {
    list.choose(dice).unwrap_or(&list[0])
}

/// Makes up a text of hexadecimal digits.
pub(crate) fn hex(dice: &mut Dice, digits: usize) -> String {
    (0..digits)
        .map(|_| char::from(b"0123456789abcdef"[dice.random_range(0..16)]))
        .collect()
}

/// Makes up a text of letters and digits.
pub(crate) fn letters(dice: &mut Dice, length: usize) -> String {
    (0..length)
        .map(|_| char::from(LETTERS[dice.random_range(0..LETTERS.len())]))
        .collect()
}

/// Makes up an Okta id: a prefix that tells the kind, then letters, then the cell's mark.
pub(crate) fn okta_id(dice: &mut Dice, prefix: &str) -> String {
    format!("{prefix}{}5d7", letters(dice, 14))
}
