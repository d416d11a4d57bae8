//! Reads a request's body within limits: time, size after decompression, memory of all together.
//!
//! The chassis' `read_body` bounds one body. Here all bodies in flight share one budget, which
//! grows as their bytes arrive, so that many large or slow senders cannot fill the memory.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;

/// The limits of bodies.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) max_body: usize,
    pub(crate) budget: Budget,
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is over {0} bytes (decompressed); send less at a time")]
    TooLarge(usize),
    #[error("the body took over {} s", .0.as_secs_f64())]
    Slow(Duration),
    #[error("too many bodies are in memory; try again")]
    Overloaded,
    #[error("the body broke off or does not decompress: {0}")]
    Broken(String),
    #[error("Content-Encoding {0:?} is not taken; send gzip, deflate or none")]
    UnknownEncoding(String),
}

impl BodyError {
    /// Returns the status that it is answered with, and the reason as metrics have it.
    pub(crate) const fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            // Never 408, after which Okta does not try again.
            Self::Slow(_) => (StatusCode::SERVICE_UNAVAILABLE, "slow"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            Self::Broken(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::UnknownEncoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "malformed"),
        }
    }
}

/// Memory for bodies and what is made of them, shared by all requests.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    used: Arc<AtomicUsize>,
    max: usize,
}

/// A part of the budget, given back when dropped.
#[derive(Debug)]
struct Share {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            used: Arc::default(),
            max,
        }
    }

    fn share(&self) -> Share {
        Share {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Share {
    fn grow(&mut self, bytes: usize) -> Result<(), BodyError> {
        let before = self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes > self.budget.max {
            Err(BodyError::Overloaded)
        } else {
            Ok(())
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A body, decoded. Its memory counts against the budget until it is dropped.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) bytes: Bytes,
    share: Share,
}

impl Decoded {
    /// Counts what will be made of the body, too.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.share.grow(bytes)
    }
}

/// Reads and decodes `body`.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Decoded, BodyError> {
    let encoding = encoding(headers)?;
    if body.size_hint().lower() > limits.max_body as u64 {
        return Err(BodyError::TooLarge(limits.max_body));
    }
    let mut share = limits.budget.share();
    let received = tokio::time::timeout(limits.timeout, collect(body, limits.max_body, &mut share))
        .await
        .map_err(|_| BodyError::Slow(limits.timeout))??;
    let Some(encoding) = encoding else {
        return Ok(Decoded {
            bytes: received,
            share,
        });
    };
    let max_body = limits.max_body;
    // Up to 10 MiB of inflating: not on the threads that answer others.
    let task = tokio::task::spawn_blocking(move || {
        let bytes = decode(encoding, &received, max_body, &mut share)?;
        Ok(Decoded { bytes, share })
    });
    task.await
        .map_err(|error| BodyError::Broken(error.to_string()))?
}

async fn collect(mut body: Body, max: usize, share: &mut Share) -> Result<Bytes, BodyError> {
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + whole.len() + data.len() > max {
            return Err(BodyError::TooLarge(max));
        }
        share.grow(data.len())?;
        if first.is_empty() && whole.is_empty() {
            // Most bodies come in one piece and need no copy.
            first = data;
            continue;
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() {
        first
    } else {
        whole.into()
    })
}

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Gzip,
    Deflate,
}

fn encoding(headers: &HeaderMap) -> Result<Option<Encoding>, BodyError> {
    let mut encoding = None;
    for value in headers.get_all(CONTENT_ENCODING) {
        let name = value.as_bytes().to_ascii_lowercase();
        encoding = match (encoding, name.as_slice()) {
            (known, b"" | b"identity") => known,
            (None, b"gzip" | b"x-gzip") => Some(Encoding::Gzip),
            (None, b"deflate") => Some(Encoding::Deflate),
            // An unknown one, or several on top of each other.
            _ => {
                return Err(BodyError::UnknownEncoding(
                    String::from_utf8_lossy(&name).into(),
                ));
            }
        };
    }
    Ok(encoding)
}

fn decode(
    encoding: Encoding,
    bytes: &[u8],
    max: usize,
    share: &mut Share,
) -> Result<Bytes, BodyError> {
    let reader = || -> Box<dyn Read + '_> {
        match encoding {
            Encoding::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Encoding::Deflate => Box::new(ZlibDecoder::new(bytes)),
        }
    };
    let broken = |error: io::Error| BodyError::Broken(error.to_string());
    // Once to see how large it is: what is too large takes no memory, the rest what it needs.
    let length = io::copy(&mut reader().take(max as u64 + 1), &mut io::sink()).map_err(broken)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > max {
        return Err(BodyError::TooLarge(max));
    }
    share.grow(length)?;
    let mut decoded = Vec::with_capacity(length);
    reader().read_to_end(&mut decoded).map_err(broken)?;
    Ok(decoded.into())
}
