//! A receiver of hooks: a server with a certificate that the org trusts.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use nightlatch_okta_sim::Simulator;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_native_tls::{TlsAcceptor, native_tls};

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The ids of the events of a delivery.
    pub(super) fn uuids(&self) -> Vec<String> {
        let events = self.body["data"]["events"].as_array().unwrap();
        let uuid = |event: &Value| event["uuid"].as_str().unwrap().to_owned();
        events.iter().map(uuid).collect()
    }
}

/// How it answers.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// As a good receiver does.
    Well,
    Status(u16),
    Text(&'static str),
    Never,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// The next answers; all others are good.
    replies: VecDeque<Reply>,
}

pub(super) struct Receiver {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(super) async fn start(org: &Simulator) -> Self {
        let identity = org
            .authority()
            .issue(&["hooks.example".to_owned()])
            .unwrap();
        let identity = native_tls::Identity::from_pkcs8(
            identity.chain_pem.as_bytes(),
            identity.key_pem.as_bytes(),
        )
        .unwrap();
        let tls = TlsAcceptor::from(native_tls::TlsAcceptor::new(identity).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Mutex<State>>::default();
        let task = tokio::spawn(serve(listener, tls, Arc::clone(&state)));
        Self {
            url: format!("https://hooks.example:{port}/okta"),
            state,
            task,
        }
    }

    /// Sets the next answers.
    pub(super) fn reply(&self, replies: &[Reply]) {
        self.state.lock().unwrap().replies = replies.iter().cloned().collect();
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// The deliveries that came.
    pub(super) fn posts(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| seen.method == "POST");
        seen
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, state: Arc<Mutex<State>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = service_fn(|request: Request<hyper::body::Incoming>| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(answer(request.map(Body::new), &state).await) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if connection.await.is_err() {
                // The org gave up.
            }
        });
    }
}

async fn answer(request: Request<Body>, state: &Mutex<State>) -> Response<Body> {
    let (head, body) = request.into_parts();
    #[expect(clippy::disallowed_methods, reason = "a test's own receiver")]
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    let challenge = seen.header("X-Okta-Verification-Challenge").to_owned();
    let reply = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen);
        state.replies.pop_front().unwrap_or(Reply::Well)
    };
    let text = |text: String| Response::new(Body::from(text));
    match reply {
        Reply::Well if challenge.is_empty() => Response::new(Body::empty()),
        Reply::Well => text(json!({"verification": challenge}).to_string()),
        Reply::Text(words) => text(words.to_owned()),
        Reply::Status(status) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        }
        Reply::Never => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Response::new(Body::empty())
        }
    }
}

/// Waits until something holds.
pub(super) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
