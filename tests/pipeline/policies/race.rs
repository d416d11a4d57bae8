//! Two people who change a policy at a time.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse;
use nightlatch_chassis::http::{ServeLimits, serve};
use nightlatch_chassis::shutdown::Shutdown;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{MFA, MINE};
use crate::fleet::Service;
use crate::installation::Installation;

/// Stands before a detector and holds the first change until it is told to go on.
#[derive(Clone)]
struct Relay {
    detector: SocketAddr,
    gate: Arc<Mutex<Option<Gate>>>,
}

struct Gate {
    arrived: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

async fn pass(
    State(relay): State<Relay>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    if method != Method::GET {
        let gate = relay.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.arrived.send(()).unwrap();
            gate.go_on.await.unwrap();
        }
    }
    let mut request = reqwest::Client::builder()
        .build()
        .unwrap()
        .request(method, format!("http://{}{uri}", relay.detector))
        .body(body);
    for name in ["if-match", "nightlatch-author", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let status: StatusCode = answer.status();
    let mut kept = HeaderMap::new();
    for name in ["etag", "content-type"] {
        if let Some(value) = answer.headers().get(name) {
            kept.insert(name, value.clone());
        }
    }
    (status, kept, answer.bytes().await.unwrap())
}

/// Applies a file; another is applied after the first was compared, and before it is written. Panics
/// unless the first is told and changes nothing.
async fn assert_told(before: Option<&str>, slow: &str, fast: &str, id: &str) {
    let installation = Installation::new();
    let services = installation.start().await;
    if let Some(before) = before {
        let path = installation.rules_file("before.yaml", before);
        installation.asked(&services, &["apply", "-f", &path]).await;
    }
    let (slow, fast) = (
        installation.rules_file("slow.yaml", slow),
        installation.rules_file("fast.yaml", fast),
    );
    let (arrived, has_arrived) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let gate = Gate {
        arrived,
        go_on: may_go_on,
    };
    let relay = Relay {
        detector: services.running(Service::Detector)[0].api,
        gate: Arc::new(Mutex::new(Some(gate))),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass).with_state(relay);
    let shutdown = Shutdown::new();
    let serving = serve(listener, router, ServeLimits::default(), shutdown.clone());
    let serving = tokio::spawn(serving);

    let mut first = installation.spawn_command(&["policies", "--api", &api, "apply", "-f", &slow]);
    has_arrived.await.unwrap();
    installation
        .asked(&services, &["apply", "-f", &fast, "--author", "ann"])
        .await;
    go_on.send(()).unwrap();
    let told = first.ended().await;
    shutdown.begin();
    serving.await.unwrap().unwrap();

    assert_eq!(told.status.code(), Some(1), "{}", told.stdout);
    let said = format!("error: {id}: somebody else has");
    assert!(told.stderr.contains(&said), "{}", told.stderr);
    assert_eq!(told.stdout, "");
    let revisions = installation.revisions(&services, id).await;
    assert_eq!(revisions[0]["who"], json!("ann"));
    assert_eq!(revisions.len(), 1 + usize::from(before.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_policy_one_is_told() {
    let first = MINE.replace("NOTICE", "ALERT");
    let second = MINE.replace("NOTICE", "ERROR");
    assert_told(Some(MINE), &first, &second, "mine").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_make_a_policy_one_is_told() {
    assert_told(None, MINE, &MINE.replace("NOTICE", "ERROR"), "mine").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_tune_a_policy_of_which_nothing_was_set_one_is_told() {
    assert_told(None, MFA, &MFA.replace("false", "true"), "okta-mfa").await;
}
