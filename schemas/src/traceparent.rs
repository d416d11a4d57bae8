//! W3C Trace Context, level 1: the header that ties what happens to one delivery together, from the
//! hook to whoever reads the topics.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// `00-` trace id `-` span id `-` flags.
const BYTES: usize = 55;
const SAMPLED: u8 = 1;

/// A place in a trace. `Display` writes the header's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: NonZeroU128,
    span: NonZeroU64,
    sampled: bool,
}

impl TraceParent {
    /// Begins a trace, sampled.
    pub fn begin() -> Self {
        Self {
            trace: rand::random(),
            span: rand::random(),
            sampled: true,
        }
    }

    /// Reads the header's text; `None` when it is not as W3C wants it, then a new trace begins. Of
    /// later versions the part that is known is read.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (known, rest) = text.split_at_checked(BYTES)?;
        let [v, w, b'-', ids @ .., b'-', f, g] = known else {
            return None;
        };
        let version = hexadecimal(&[*v, *w])?;
        let is_whole = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let (trace, span) = ids.split_at_checked(32)?;
        let span = span.strip_prefix(b"-")?;
        let flags = hexadecimal(&[*f, *g])?;
        is_whole.then_some(Self {
            trace: NonZeroU128::new(hexadecimal(trace)?)?,
            span: NonZeroU64::new(hexadecimal(span)?.try_into().ok()?)?,
            sampled: flags & u128::from(SAMPLED) != 0,
        })
    }

    /// Returns another span of the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span: rand::random(),
            ..self
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.sampled { SAMPLED } else { 0 };
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

/// Reads lower-case hexadecimal digits, at most 32.
fn hexadecimal(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}
