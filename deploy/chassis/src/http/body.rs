//! Reading a request's body without letting the sender decide how much or how long.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::Problem;

/// Reads a whole body of at most `max` bytes within `within`; else 413, 408 or 400.
///
/// A body whose announced length is too large is refused before any of it is read.
pub async fn read_body(body: Body, max: usize, within: Duration) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {max} bytes"),
        )
        .with("limit", max)
    };
    let announced = hyper::body::Body::size_hint(&body).lower();
    if announced > max as u64 {
        return Err(too_large());
    }
    match timeout(within, Limited::new(body, max).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => {
            let detail = format!("the body broke off: {error}");
            Err(Problem::new(StatusCode::BAD_REQUEST, detail))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {within:?}");
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}
