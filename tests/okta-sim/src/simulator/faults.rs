//! Faults on demand: what the org's servers do wrong, to which requests, how often.

mod pages;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::refusal::Refusal;
use crate::dice::Dice;

/// What is done to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Answered with this status and an error of the management API.
    Status(u16),
    /// Answered with 429, whatever the bucket holds.
    TooManyRequests,
    /// Answered as always, but so many milliseconds later.
    SlowMs(u64),
    /// So many milliseconds of silence, then 500: a query that took Okta too long.
    TimedOutMs(u64),
    /// The connection ends without an answer.
    Dropped,
    /// Answered with this status and a page of HTML.
    Html(u16),
    /// Done, and answered, but the answer's body breaks off in the middle.
    Truncated,
    /// Done, but the connection ends without an answer.
    Unanswered,
    /// Sent elsewhere with 302.
    Redirect(String),
    /// Refused with this status where it follows a next link of the System Log.
    DeadLinks(u16),
    /// Answered as always, but links lead to this host.
    LinksTo(String),
    /// Answered as always, but where many events are asked for at a time the page has blanks at its end.
    LargePages {
        /// More than so many.
        over: usize,
        /// How many bytes it has then.
        bytes: usize,
    },
}

/// A fault: what is done, and to which requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The endpoint; all of them if none is named.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// The method, such as `POST`; every one if none is named.
    #[serde(default)]
    pub method: Option<String>,
    /// What is done.
    pub harm: Harm,
    /// To how many requests; to all if it is not said.
    #[serde(default)]
    pub times: Option<u32>,
    /// For how long, in milliseconds of real time; for ever if it is not said.
    #[serde(default)]
    pub for_ms: Option<u64>,
    /// To which share of requests, between 0 and 1.
    #[serde(default = "all")]
    pub share: f64,
}

fn all() -> f64 {
    1.0
}

impl Fault {
    /// A fault of every request to an endpoint, until it is cleared.
    pub fn at(endpoint: Endpoint, harm: Harm) -> Self {
        Self {
            endpoint: Some(endpoint),
            method: None,
            harm,
            times: None,
            for_ms: None,
            share: 1.0,
        }
    }

    /// The same, to so many requests only.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// The same, for so long only.
    #[must_use]
    pub fn lasting(self, span: Duration) -> Self {
        let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self {
            for_ms: Some(ms),
            ..self
        }
    }

    /// The same, to a share of requests only: between 0 and 1.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// The same, to requests of one method only.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            ..self
        }
    }
}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    faults: Vec<(Fault, Instant)>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                dice: Dice::seed_from_u64(seed),
                faults: Vec::new(),
            }),
        }
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.state.lock().faults.push((fault, Instant::now()));
    }

    pub(crate) fn clear(&self) {
        self.state.lock().faults.clear();
    }

    /// Returns what is to be done to a request: the first fault that applies.
    pub(crate) fn strike(&self, endpoint: Endpoint, method: &str) -> Option<Harm> {
        let mut state = self.state.lock();
        let State { dice, faults } = &mut *state;
        faults.retain(|(fault, since)| {
            fault.times != Some(0)
                && fault
                    .for_ms
                    .is_none_or(|ms| since.elapsed() < Duration::from_millis(ms))
        });
        let (fault, _) = faults.iter_mut().find(|(fault, _)| {
            fault.endpoint.is_none_or(|named| named == endpoint)
                && fault
                    .method
                    .as_ref()
                    .is_none_or(|named| named.eq_ignore_ascii_case(method))
                && dice.random_bool(fault.share.clamp(0.0, 1.0))
        })?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.harm.clone())
    }
}

/// Marks an answer that is never sent: the connection ends instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsent;

/// Answers in place of the handler, where the fault keeps the request from it.
pub(crate) async fn instead(harm: &Harm, query: &str) -> Option<Response> {
    match harm {
        Harm::Status(status) => Some(error(*status).into_response()),
        Harm::TimedOutMs(ms) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Some(Refusal::internal().into_response())
        }
        Harm::Dropped => Some(unsent()),
        Harm::Html(status) => Some(
            (
                code(*status),
                [(CONTENT_TYPE, "text/html;charset=utf-8")],
                "<!DOCTYPE html><html><head><title>Okta</title></head><body><h1>We'll be right \
                 back</h1></body></html>",
            )
                .into_response(),
        ),
        Harm::Redirect(target) => {
            Some((StatusCode::FOUND, [(LOCATION, target.clone())]).into_response())
        }
        Harm::SlowMs(ms) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            None
        }
        Harm::DeadLinks(status) => pages::dead_link(query, *status),
        Harm::TooManyRequests
        | Harm::Truncated
        | Harm::Unanswered
        | Harm::LinksTo(_)
        | Harm::LargePages { .. } => None,
    }
}

/// Spoils the handler's answer, where the fault is about the answer.
pub(crate) async fn afterwards(harm: &Harm, query: &str, response: Response) -> Response {
    match harm {
        Harm::Unanswered => unsent(),
        Harm::LinksTo(host) => pages::leading_to(host, response),
        Harm::LargePages { over, bytes } => pages::swollen(query, (*over, *bytes), response).await,
        Harm::Truncated => {
            let (mut head, body) = response.into_parts();
            head.headers.remove(CONTENT_LENGTH);
            let bytes = http_body_util::BodyExt::collect(body)
                .await
                .map(http_body_util::Collected::to_bytes)
                .unwrap_or_default();
            let half = bytes.slice(..bytes.len() / 2);
            Response::from_parts(head, Body::new(BrokenOff::Piece(half)))
        }
        _ => response,
    }
}

fn unsent() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Unsent);
    response
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn error(status: u16) -> Refusal {
    match status {
        401 => Refusal::api(code(401), "E0000011", "Invalid token provided"),
        403 => Refusal::forbidden(),
        429 => Refusal::too_many_requests(),
        500 => Refusal::internal(),
        _ => Refusal::api(code(status), "E0000010", "Service is in read only mode"),
    }
}

/// A body that ends with an error after its first piece.
enum BrokenOff {
    Piece(Bytes),
    /// What there is goes out before the end.
    Flushing,
    Over,
}

impl hyper::body::Body for BrokenOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match std::mem::replace(&mut *self, Self::Over) {
            Self::Piece(piece) => {
                *self = Self::Flushing;
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Self::Flushing => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Over => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }
}
