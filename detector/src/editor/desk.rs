//! Where editors' requests are worked on: apart from the events, and few at a time.
//!
//! To compile and to judge is work for a processor, and whoever judges the log must not wait for
//! it. So two requests are worked on at a time, some more wait, and the rest are told to come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::{Problem, read_body};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Semaphore;
use tracing::error;

/// The largest body of a request, in bytes: an event may have half of it.
pub(super) const MAX_BODY: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Requests that are worked on at a time.
const WORKERS: usize = 2;
/// Requests that wait until one of them is done.
const WAITING: usize = 16;
/// Seconds after which a client that found all places taken may try again.
const RETRY_AFTER: &str = "2";
/// Explanations and results of tests are no longer gathered when they have become so large, in bytes.
const MAX_ANSWER: usize = 32 << 20;
/// Nor when it has taken so long.
const MAX_WORK: Duration = Duration::from_secs(10);

/// The places at which requests are worked on.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    /// Places for all that are taken in.
    places: Arc<Semaphore>,
    /// Those of them that are worked on.
    workers: Arc<Semaphore>,
}

/// What a request may still cost.
#[derive(Debug)]
pub(super) struct Allowance {
    bytes: usize,
    until: Instant,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(WORKERS + WAITING)),
            workers: Arc::new(Semaphore::new(WORKERS)),
        }
    }

    /// Reads a request from a body and answers it with what `work` makes of it.
    pub(super) async fn answer<R, T>(
        &self,
        body: Body,
        work: impl FnOnce(R, &mut Allowance) -> Result<T, Problem> + Send + 'static,
    ) -> Response
    where
        R: DeserializeOwned,
        T: Serialize,
    {
        let body = match read_body(body, MAX_BODY, BODY_WITHIN).await {
            Ok(body) => body,
            Err(problem) => return problem.into_response(),
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let detail = "too many requests about rules are waiting already; try again in a moment";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
            return ([(header::RETRY_AFTER, RETRY_AFTER)], problem).into_response();
        };
        // Nobody closes it.
        let worker = Arc::clone(&self.workers).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            // They are held until the work is done, also when nobody waits for the answer any more.
            let _held = (place, worker);
            let mut allowance = Allowance {
                bytes: MAX_ANSWER,
                until: Instant::now() + MAX_WORK,
            };
            let answer = work(read(&body)?, &mut allowance)?;
            serde_json::to_vec(&answer).map_err(|error| mistake(&error))
        });
        let done = done.await.unwrap_or_else(|error| Err(mistake(&error)));
        match done {
            Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
            Err(problem) => problem.into_response(),
        }
    }
}

impl Allowance {
    /// Writes a part of an answer; refuses it when the answer has become too large or too slow.
    pub(super) fn write(&mut self, part: &impl Serialize) -> Result<Box<RawValue>, Problem> {
        let text = to_raw_value(part).map_err(|error| mistake(&error))?;
        let left = self.bytes.checked_sub(text.get().len());
        match left.filter(|_| Instant::now() < self.until) {
            Some(left) => {
                self.bytes = left;
                Ok(text)
            }
            None => Err(too_much()),
        }
    }
}

/// Reads a request.
fn read<R: DeserializeOwned>(body: &[u8]) -> Result<R, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // It says the place, too.
        let problem = Problem::new(StatusCode::BAD_REQUEST, format!("the body: {error}"));
        let problem = problem.of_type("malformed-body", "Malformed body");
        problem
            .with("line", error.line())
            .with("column", error.column())
    })
}

fn too_much() -> Problem {
    let detail = format!(
        "the answer would be larger than {} MiB, or take longer than {} s; ask about one rule, or \
         about fewer events or tests at a time",
        MAX_ANSWER >> 20,
        MAX_WORK.as_secs()
    );
    Problem::new(StatusCode::BAD_REQUEST, detail).of_type("too-much-asked", "Too much asked")
}

fn mistake(error: &dyn std::error::Error) -> Problem {
    error!(%error, "a request about rules could not be answered");
    let detail = "a mistake in Nightlatch kept this from being answered; the log says more";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_and_gives_its_place_back() {
        let desk = Desk::new();
        for _ in 0..=WORKERS + WAITING {
            let panicking = |(): (), _: &mut Allowance| -> Result<(), Problem> { panic!("seeded") };
            let answer = desk.answer(Body::from("null"), panicking).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        }
        let fine = desk.answer(Body::from("null"), |(): (), _| Ok(())).await;
        assert_eq!(fine.status(), StatusCode::OK);
    }

    #[test]
    fn an_answer_that_has_become_too_large_or_too_slow_is_refused() {
        let until = Instant::now() + MAX_WORK;
        let mut allowance = Allowance { bytes: 10, until };
        assert!(allowance.write(&"12345678").is_ok());
        assert!(allowance.write(&1).is_err());
        let mut late = Allowance {
            bytes: 10,
            until: Instant::now(),
        };
        assert!(late.write(&1).is_err());
    }
}
