//! What a word is, the one place: the index and the search box must agree, on every store.
//!
//! A word is a run of letters and digits with single `.` `-` `_` `@` kept inside, in lower case
//! and in Unicode's NFKC form; or an IPv6 address in its canonical text. A word with something
//! inside is composite (an e-mail, an IPv4 address, a dotted name): it is indexed whole and by its
//! parts, in order. UUIDs are indexed whole only. A word is at most [`MAX_WORD_BYTES`] long.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut, in the index and in a query alike.
const MAX_WORD_BYTES: usize = 100;
/// The longest text of an IPv6 address, with some room for odd zeros.
const MAX_ADDRESS_BYTES: usize = 64;
const JOINERS: [char; 4] = ['.', '-', '_', '@'];
/// What an address's text is split at into parts.
const ADDRESS_SEPARATORS: [char; 2] = [':', '.'];

/// A word as it is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    whole: Cow<'a, str>,
    /// What separates its parts; empty when it has none.
    separators: &'static [char],
}

impl Word<'_> {
    /// Returns the parts of a composite word, in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let split = (!self.separators.is_empty()).then(|| self.whole.split(self.separators));
        split
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .map(clipped)
    }

    /// Returns the word as it stands in the index.
    pub(super) fn whole(&self) -> &str {
        clipped(&self.whole)
    }
}

/// Returns `text` as it is compared: NFKC, lower case.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(text.nfkc().collect::<String>().to_lowercase());
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// Returns the words of a text that is [`folded`].
pub(super) fn words(folded: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        loop {
            let may_begin =
                |byte| !u8::is_ascii(&byte) || byte == b':' || byte.is_ascii_alphanumeric();
            let start = rest.bytes().position(may_begin)?;
            rest = rest.get(start..)?;
            if let Some((address, length)) = leading_address(rest) {
                rest = rest.get(length..)?;
                let whole = Cow::Owned(address.to_string());
                return Some(Word {
                    whole,
                    separators: &ADDRESS_SEPARATORS,
                });
            }
            let length = word_length(rest);
            if length == 0 {
                rest = rest.get(rest.chars().next()?.len_utf8()..)?;
                continue;
            }
            let (word, after) = rest.split_at_checked(length)?;
            rest = after;
            return Some(Word {
                whole: Cow::Borrowed(word),
                separators: separators(word),
            });
        }
    })
}

pub(super) fn is_word_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

/// Returns the length of the word that `text` begins with, in bytes; 0 when it begins with none.
fn word_length(text: &str) -> usize {
    ascii_word_length(text.as_bytes()).unwrap_or_else(|| any_word_length(text))
}

/// The same for nearly all words, without decoding them; none when the word may have more than ASCII.
fn ascii_word_length(text: &[u8]) -> Option<usize> {
    let mut end = 0;
    loop {
        let run = text.iter().skip(end);
        end += run.take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match (text.get(end), text.get(end + 1)) {
            (Some(byte), _) if !byte.is_ascii() => return None,
            (Some(byte), Some(next)) if is_joiner(*byte) && end > 0 => {
                if !next.is_ascii() {
                    return None;
                }
                if !next.is_ascii_alphanumeric() {
                    return Some(end);
                }
                end += 1;
            }
            _ => return Some(end),
        }
    }
}

fn is_joiner(byte: u8) -> bool {
    JOINERS.contains(&char::from(byte))
}

fn any_word_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let goes_on = chars.peek().is_some_and(|(_, next)| is_word_char(*next));
        if is_word_char(c) {
            end = at + c.len_utf8();
        } else if !(JOINERS.contains(&c) && at > 0 && end == at && goes_on) {
            break;
        }
    }
    end
}

/// Returns the IPv6 address that `text` begins with, and its length in bytes.
fn leading_address(text: &str) -> Option<(Ipv6Addr, usize)> {
    let is_address_byte = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let length = text
        .bytes()
        .take(MAX_ADDRESS_BYTES + 1)
        .take_while(is_address_byte)
        .count();
    let (run, after) = text.split_at_checked(length)?;
    let colons = run.bytes().filter(|byte| *byte == b':').count();
    let has_digit = run.bytes().any(|byte| byte.is_ascii_hexdigit());
    let goes_on = length > MAX_ADDRESS_BYTES || after.starts_with(is_word_char);
    if colons < 2 || !has_digit || goes_on {
        return None;
    }
    // The end of a sentence is no part of an address.
    let candidates = [
        run,
        run.trim_end_matches('.'),
        run.trim_end_matches(ADDRESS_SEPARATORS),
    ];
    candidates
        .iter()
        .find_map(|text| Some((text.parse().ok()?, text.len())))
}

fn separators(word: &str) -> &'static [char] {
    if word.bytes().any(is_joiner) && !is_uuid(word) {
        &JOINERS
    } else {
        &[]
    }
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

pub(super) fn clipped(word: &str) -> &str {
    let (kept, _) = word.split_at(word.floor_char_boundary(MAX_WORD_BYTES));
    if kept.len() == word.len() {
        kept
    } else {
        kept.trim_end_matches(JOINERS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wholes(text: &str) -> Vec<String> {
        words(&folded(text))
            .map(|word| word.whole().to_owned())
            .collect()
    }

    fn parts(text: &str) -> Vec<String> {
        let folded = folded(text);
        let words: Vec<_> = words(&folded).collect();
        words
            .iter()
            .flat_map(|word| word.parts().map(str::to_owned))
            .collect()
    }

    #[test]
    fn letters_and_digits_make_words_and_joiners_stay_inside() {
        assert_eq!(
            wholes("Ann@Acme.COM reset-MFA, user_name. (x)"),
            ["ann@acme.com", "reset-mfa", "user_name", "x"]
        );
        assert_eq!(wholes("-a- ..b.. c--d _e"), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn composite_words_have_parts() {
        assert_eq!(parts("ann@acme.com"), ["ann", "acme", "com"]);
        assert_eq!(parts("203.0.113.7:443"), ["203", "0", "113", "7"]);
        assert_eq!(parts("user.session.start"), ["user", "session", "start"]);
        assert_eq!(parts("plain"), [""; 0]);
        assert_eq!(parts("5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22"), [""; 0]);
    }

    #[test]
    fn an_ipv6_address_is_one_word_in_canonical_form() {
        assert_eq!(
            wholes("from [2001:0DB8:0:0::1]:443."),
            ["from", "2001:db8::1", "443"]
        );
        assert_eq!(wholes("::1 fe80::"), ["::1", "fe80::"]);
        assert_eq!(parts("2001:db8::1"), ["2001", "db8", "1"]);
        assert_eq!(wholes("12:30:45 a:b"), ["12", "30", "45", "a", "b"]);
        assert_eq!(wholes(":: ::: foo::bar"), ["foo", "bar"]);
    }

    #[test]
    fn scripts_other_than_latin_are_words_too() {
        assert_eq!(
            wholes("БЕЗОПАСНОСТЬ Ünïcode ﬁle"),
            ["безопасность", "ünïcode", "file"]
        );
        assert_eq!(wholes("हिन्दी 山田太郎"), ["हिन्दी", "山田太郎"]);
        assert_eq!(wholes("cafe\u{301}"), ["café"]);
        assert_eq!(wholes("🙂—…"), [""; 0]);
    }

    #[test]
    fn long_words_are_cut_at_a_character() {
        let word = "é".repeat(200);
        assert_eq!(wholes(&word), ["é".repeat(50)]);
    }

    proptest! {
        #[test]
        fn every_word_is_one_word_again(text in "\\PC*") {
            for word in wholes(&text) {
                prop_assert_eq!(wholes(&word), [word.as_str()]);
                prop_assert!(word.len() <= MAX_WORD_BYTES);
            }
        }

        #[test]
        fn case_makes_no_difference(text in "[a-zA-Z0-9.@_: -]*") {
            prop_assert_eq!(wholes(&text), wholes(&text.to_uppercase()));
        }

        #[test]
        fn a_word_is_as_long_however_it_is_measured(text in "[a-z0-9.@_ \u{e9}\u{301}-]{0,12}") {
            prop_assert_eq!(word_length(&text), any_word_length(&text));
        }

        #[test]
        fn no_letter_is_lost(text in "[a-z0-9.@_ -]{0,60}") {
            let letters = |text: &str| text.chars().filter(|c| is_word_char(*c)).collect::<String>();
            prop_assert_eq!(letters(&wholes(&text).concat()), letters(&text));
        }

        #[test]
        fn every_address_is_found_whole(bits: u128) {
            let address = Ipv6Addr::from_bits(bits).to_string();
            prop_assert_eq!(wholes(&format!("ip={address}, done")), ["ip", address.as_str(), "done"]);
        }
    }
}
