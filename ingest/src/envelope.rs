//! Okta's hook body: which events it holds.

use crate::event::{Candidate, candidate, spelled};
use crate::scan::{ScanError, Scanner};

/// A delivery with more events than this is refused: none of Okta's is that small, and each costs
/// more memory than its bytes.
pub(crate) const MAX_EVENTS: usize = 20_000;

/// Why a body is no hook delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    /// It is not JSON.
    Malformed(ScanError),
    /// It is JSON, but has no `data.events` list.
    NoEvents,
    /// It holds more than [`MAX_EVENTS`].
    TooMany,
}

impl From<ScanError> for EnvelopeError {
    fn from(error: ScanError) -> Self {
        Self::Malformed(error)
    }
}

/// Returns what stands in `data.events`. Of duplicate keys the last wins.
pub(crate) fn events(body: &[u8]) -> Result<Vec<Candidate<'_>>, EnvelopeError> {
    let mut scanner = Scanner::new(body);
    let mut events = None;
    if scanner.peek() == Some(b'{') {
        scanner.object(|scanner, key| {
            if spelled(key).as_ref() != b"data" {
                return scanner.skip().map(drop);
            }
            events = None;
            data(scanner, body, &mut events)
        })?;
    } else {
        scanner.skip()?;
    }
    if scanner.peek().is_some() {
        return Err(scanner.error("expected the end of the text").into());
    }
    let events = events.ok_or(EnvelopeError::NoEvents)?;
    if events.len() > MAX_EVENTS {
        Err(EnvelopeError::TooMany)
    } else {
        Ok(events)
    }
}

fn data<'a>(
    scanner: &mut Scanner<'a>,
    body: &'a [u8],
    events: &mut Option<Vec<Candidate<'a>>>,
) -> Result<(), ScanError> {
    if scanner.peek() != Some(b'{') {
        return scanner.skip().map(drop);
    }
    scanner.object(|scanner, key| {
        if spelled(key).as_ref() != b"events" {
            return scanner.skip().map(drop);
        }
        *events = None;
        if scanner.peek() != Some(b'[') {
            return scanner.skip().map(drop);
        }
        *events = Some(list(scanner, body)?);
        Ok(())
    })
}

/// Reads the list that is next, but keeps no more of it than shows that it is too long.
fn list<'a>(scanner: &mut Scanner<'a>, body: &'a [u8]) -> Result<Vec<Candidate<'a>>, ScanError> {
    let mut list = Vec::new();
    scanner.array(|scanner| {
        if list.len() > MAX_EVENTS {
            return scanner.skip().map(drop);
        }
        list.push(candidate(scanner, body)?);
        Ok(())
    })?;
    Ok(list)
}
