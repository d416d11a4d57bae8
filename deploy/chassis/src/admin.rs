//! The admin server: liveness, readiness and metrics.
//!
//! | route | answers |
//! |---|---|
//! | `/livez`, `/healthz` | 200 as long as the process can answer |
//! | `/readyz[?verbose]` | 200 when every check passes, else 503 with the list of checks |
//! | `/metrics` | Prometheus' text format |

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use parking_lot::Mutex;

use crate::http::{Problem, problems};
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;

/// Whether the process can do its work: named checks, each with a [`Latch`]. Clones are the same.
#[derive(Debug, Clone)]
pub struct Readiness {
    checks: Arc<Mutex<Vec<Check>>>,
    shutdown: Shutdown,
}

#[derive(Debug)]
struct Check {
    name: String,
    /// Why it is not ready.
    obstacle: Option<String>,
    /// What people should know although it is ready.
    note: Option<String>,
}

/// One check: who has it says whether it passes. It begins as not ready. Clones are the same check.
#[derive(Debug, Clone)]
pub struct Latch {
    checks: Arc<Mutex<Vec<Check>>>,
    position: usize,
}

impl Readiness {
    /// No checks yet; not ready any more once `shutdown` begins.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            checks: Arc::default(),
            shutdown,
        }
    }

    /// Adds a check, or finds the one of that name.
    pub fn check(&self, name: &str) -> Latch {
        let mut checks = self.checks.lock();
        let position = checks
            .iter()
            .position(|check| check.name == name)
            .unwrap_or_else(|| {
                let obstacle = Some("starting".to_owned());
                checks.push(Check {
                    name: name.to_owned(),
                    obstacle,
                    note: None,
                });
                checks.len() - 1
            });
        Latch {
            checks: Arc::clone(&self.checks),
            position,
        }
    }

    /// Whether every check passes and no stop has begun.
    pub fn is_ready(&self) -> bool {
        !self.shutdown.is_begun()
            && self
                .checks
                .lock()
                .iter()
                .all(|check| check.obstacle.is_none())
    }

    /// Returns each check: its name, why it is not ready, and what people should know.
    pub fn checks(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let all = |check: &Check| {
            let Check {
                name,
                obstacle,
                note,
            } = check;
            (name.clone(), obstacle.clone(), note.clone())
        };
        self.checks.lock().iter().map(all).collect()
    }

    /// Every check on a line of its own: `[+]topic ok`, `[-]rules failed: no ruleset`.
    pub fn report(&self) -> String {
        let mut report = String::new();
        for Check {
            name,
            obstacle,
            note,
        } in &*self.checks.lock()
        {
            let line = match (obstacle, note) {
                (Some(reason), _) => format!("[-]{name} failed: {reason}\n"),
                (None, Some(note)) => format!("[+]{name} ok: {note}\n"),
                (None, None) => format!("[+]{name} ok\n"),
            };
            report.push_str(&line);
        }
        let shutdown = if self.shutdown.is_begun() {
            "[-]shutdown failed: stopping"
        } else {
            "[+]shutdown ok"
        };
        let verdict = if self.is_ready() {
            "readyz check passed"
        } else {
            "readyz check failed"
        };
        format!("{report}{shutdown}\n{verdict}\n")
    }
}

impl Latch {
    /// The check passes from now on.
    pub fn ready(&self) {
        self.change(|check| check.obstacle = None);
    }

    /// The check fails from now on, because of `reason`.
    pub fn not_ready(&self, reason: impl Into<String>) {
        let reason = reason.into();
        self.change(|check| check.obstacle = Some(reason));
    }

    /// Shown in the verbose report while the check passes; empty text takes it away.
    pub fn note(&self, text: impl Into<String>) {
        let text = text.into();
        self.change(|check| check.note = Some(text).filter(|text| !text.is_empty()));
    }

    fn change(&self, change: impl FnOnce(&mut Check)) {
        if let Some(check) = self.checks.lock().get_mut(self.position) {
            change(check);
        }
    }
}

/// The routes of the admin server.
pub fn router(readiness: Readiness, metrics: Metrics) -> Router {
    let live = get(async || "ok\n");
    let router = Router::new()
        .route("/livez", live.clone())
        .route("/healthz", live)
        .route("/readyz", get(readyz).with_state(readiness))
        .route("/metrics", get(render).with_state(metrics));
    problems(router)
}

async fn readyz(State(readiness): State<Readiness>, RawQuery(query): RawQuery) -> Response {
    let is_verbose = query.is_some_and(|query| {
        query
            .split('&')
            .any(|part| part.split('=').next() == Some("verbose"))
    });
    match (readiness.is_ready(), is_verbose) {
        (true, false) => "ok\n".into_response(),
        (true, true) => readiness.report().into_response(),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, readiness.report()).into_response(),
    }
}

async fn render(State(metrics): State<Metrics>) -> Response {
    match metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}
