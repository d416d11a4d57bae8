//! The hot loop of the scanner: most of an event is plain text between quotes.

/// Returns how much of `text` comes before the first quote, backslash or control character.
pub(super) fn plain(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return 8 * at + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
    8 * words.len() + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Returns a bit for each special byte of eight; after the first there may be bits too many.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // A byte below `bound` borrows, which sets its high bit; one that had it set is not meant.
    const fn below(word: u64, bound: u64) -> u64 {
        word.wrapping_sub(ONES * bound) & !word & HIGH
    }
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    below(word, 0x20) | quote | backslash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn each_byte_is_seen_for_what_it_is_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let is_special = matches!(byte, 0..=0x1f | b'"' | b'\\');
            for at in 0..20 {
                for filler in [b'a', 0x20, 0x21, 0x7f, 0x80, 0xff] {
                    let mut text = [filler; 20];
                    text[at] = byte;
                    let expected = if is_special { at } else { 20 };
                    assert_eq!(
                        super::plain(&text),
                        expected,
                        "{byte} at {at} among {filler}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_where_a_plain_search_says(text in any::<Vec<u8>>()) {
            let special = text.iter().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\'));
            prop_assert_eq!(super::plain(&text), special.unwrap_or(text.len()));
        }
    }
}
