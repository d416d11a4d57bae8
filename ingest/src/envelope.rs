//! Okta's hook body: which events it holds.

use crate::event::{Candidate, candidate};
use crate::scan::{ScanError, Scanner};

/// Why a body is no hook delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    /// It is not JSON.
    Malformed(ScanError),
    /// It is JSON, but has no `data.events` list.
    NoEvents,
}

/// Returns what stands in `data.events`. Of duplicate keys the last wins.
pub(crate) fn events(body: &[u8]) -> Result<Vec<Candidate<'_>>, EnvelopeError> {
    let mut scanner = Scanner::new(body);
    let mut events = None;
    if scanner.peek() == Some(b'{') {
        scanner
            .object(|scanner, key| match key {
                b"data" => {
                    events = None;
                    data(scanner, body, &mut events)
                }
                _ => scanner.skip().map(drop),
            })
            .map_err(EnvelopeError::Malformed)?;
    } else {
        scanner.skip().map_err(EnvelopeError::Malformed)?;
    }
    if scanner.peek().is_some() {
        return Err(EnvelopeError::Malformed(scanner.error("expected the end of the text")));
    }
    events.ok_or(EnvelopeError::NoEvents)
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
        if key != b"events" {
            return scanner.skip().map(drop);
        }
        *events = None;
        if scanner.peek() != Some(b'[') {
            return scanner.skip().map(drop);
        }
        let mut list = Vec::new();
        scanner.array(|scanner| {
            list.push(candidate(scanner, body)?);
            Ok(())
        })?;
        *events = Some(list);
        Ok(())
    })
}
