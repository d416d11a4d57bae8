//! One event as ingest sees it: enough to put it in its envelope, nothing judged.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::scan::{ScanError, Scanner};

/// An event deeper than this is a dead letter.
pub(crate) const MAX_DEPTH: usize = 64;
/// An event larger than this is a dead letter, in bytes.
pub(crate) const MAX_BYTES: usize = 512 * 1024;

/// A uuid or event type longer than this is taken for none, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Something that stands where an event should: its text and what could be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate<'a> {
    /// Byte for byte as it came.
    pub(crate) raw: &'a [u8],
    /// What is wrong with it, when it is no event.
    pub(crate) refusal: Option<String>,
    pub(crate) uuid: Option<String>,
    pub(crate) event_type: Option<String>,
    /// Okta's `published` in milliseconds since 1970 UTC; `None` when missing or unreadable.
    pub(crate) published: Option<i64>,
}

/// Reads the value that is next. Of duplicate keys the last wins.
pub(crate) fn candidate<'a>(
    scanner: &mut Scanner<'a>,
    text: &'a [u8],
) -> Result<Candidate<'a>, ScanError> {
    let is_object = scanner.peek() == Some(b'{');
    let start = scanner.at();
    let (mut uuid, mut event_type, mut published) = (None, None, None);
    let mut depth = 0;
    if is_object {
        scanner.object(|scanner, key| {
            scanner.peek();
            let value = scanner.at();
            depth = scanner.skip()?.max(depth);
            let value = text.get(value..scanner.at());
            match spelled(key).as_ref() {
                b"uuid" => uuid = value,
                b"eventType" => event_type = value,
                b"published" => published = value,
                _ => {}
            }
            Ok(())
        })?;
    } else {
        scanner.skip()?;
    }
    let raw = text.get(start..scanner.at()).unwrap_or_default();
    Ok(Candidate {
        raw,
        refusal: refusal(raw, is_object, depth + 1),
        uuid: uuid.and_then(name),
        event_type: event_type.and_then(name),
        published: published
            .and_then(string)
            .and_then(|text| milliseconds(&text)),
    })
}

/// Reads `raw` on its own; what is not JSON is a refused candidate.
pub(crate) fn lone(raw: &[u8]) -> Candidate<'_> {
    let mut scanner = Scanner::new(raw);
    let read = candidate(&mut scanner, raw);
    let trailing = scanner.peek().is_some();
    match read {
        Ok(candidate) if !trailing => candidate,
        Ok(_) => refused(raw, "more than one JSON value".to_owned()),
        Err(error) => refused(
            raw,
            format!("not JSON: {} at byte {}", error.what, error.at),
        ),
    }
}

pub(crate) const fn refused(raw: &[u8], reason: String) -> Candidate<'_> {
    Candidate {
        raw,
        refusal: Some(reason),
        uuid: None,
        event_type: None,
        published: None,
    }
}

fn refusal(raw: &[u8], is_object: bool, depth: usize) -> Option<String> {
    if !is_object {
        return Some("not a JSON object".to_owned());
    }
    if depth > MAX_DEPTH {
        return Some(format!(
            "nested {depth} deep, over the limit of {MAX_DEPTH}"
        ));
    }
    if raw.len() > MAX_BYTES {
        return Some(format!(
            "{} bytes, over the limit of {MAX_BYTES}",
            raw.len()
        ));
    }
    None
}

fn name(json: &[u8]) -> Option<String> {
    let name = string(json)?;
    (1..=MAX_NAME_BYTES)
        .contains(&name.len())
        .then(|| name.into_owned())
}

/// Decodes a JSON string; `None` when it is another value or holds lone surrogates.
fn string(json: &[u8]) -> Option<Cow<'_, str>> {
    match json {
        [b'"', inside @ .., b'"'] if !inside.contains(&b'\\') => {
            std::str::from_utf8(inside).ok().map(Cow::Borrowed)
        }
        [b'"', ..] => serde_json::from_slice(json).ok().map(Cow::Owned),
        _ => None,
    }
}

fn milliseconds(published: &str) -> Option<i64> {
    published
        .parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

/// Returns what a key as it is written, without its quotes, spells; one that spells no text (a lone
/// surrogate) stays as it is written.
pub(crate) fn spelled(key: &[u8]) -> Cow<'_, [u8]> {
    if !key.contains(&b'\\') {
        return Cow::Borrowed(key);
    }
    let quoted = [b"\"", key, b"\""].concat();
    let spelled = serde_json::from_slice::<String>(&quoted);
    spelled.map_or(Cow::Borrowed(key), |text| Cow::Owned(text.into_bytes()))
}
