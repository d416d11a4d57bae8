//! Finds the end of what a string has of plain characters: most of an event is that.

use wide::u8x32;

/// Most strings are shorter, so that the first chunk is mostly the last.
const CHUNK: usize = 32;

/// Returns where the first quote, backslash or control character is from `at` on, else the end.
#[inline]
pub(super) fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<CHUNK>) {
        let special = special_of(u8x32::new(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += CHUNK;
    }
    end_of_rest(bytes, at)
}

/// The same for the end of a text, which no chunk fits into.
#[cold]
fn end_of_rest(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Returns a bit for each byte, set when it is special.
fn special_of(bytes: u8x32) -> u32 {
    let is_quote = bytes.simd_eq(u8x32::splat(b'"'));
    let is_backslash = bytes.simd_eq(u8x32::splat(b'\\'));
    let is_control = bytes.simd_le(u8x32::splat(0x1f));
    (is_quote | is_backslash | is_control).to_bitmask()
}
