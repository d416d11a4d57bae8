//! The admin server's answers.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_chassis::admin::{Readiness, router};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use tower::ServiceExt;

async fn get(router: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn server() -> (Router, Readiness, Shutdown) {
    let shutdown = Shutdown::new();
    let readiness = Readiness::new(shutdown.clone());
    (
        router(readiness.clone(), Metrics::new().unwrap()),
        readiness,
        shutdown,
    )
}

#[tokio::test]
async fn the_process_is_live_while_it_can_answer() {
    let (server, _, shutdown) = server();
    shutdown.begin();
    for path in ["/livez", "/healthz"] {
        assert_eq!(
            get(&server, path).await,
            (StatusCode::OK, "ok\n".to_owned())
        );
    }
}

#[tokio::test]
async fn it_is_ready_when_every_check_passes() {
    let (server, readiness, _) = server();
    let topic = readiness.check("topic");
    let rules = readiness.check("rules");
    let (status, body) = get(&server, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        body.starts_with("[-]topic failed: starting\n[-]rules failed: starting\n"),
        "{body}"
    );
    topic.ready();
    rules.not_ready("no ruleset");
    let (status, body) = get(&server, "/readyz?verbose").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        "[+]topic ok\n[-]rules failed: no ruleset\n[+]shutdown ok\nreadyz check failed\n"
    );
    rules.ready();
    assert_eq!(
        get(&server, "/readyz").await,
        (StatusCode::OK, "ok\n".to_owned())
    );
}

#[tokio::test]
async fn a_note_is_shown_while_ready() {
    let (server, readiness, _) = server();
    let rules = readiness.check("rules");
    rules.ready();
    readiness.check("rules").note("policy custom left out");
    let (status, body) = get(&server, "/readyz?verbose").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.starts_with("[+]rules ok: policy custom left out\n"),
        "{body}"
    );
    rules.note("");
    assert!(
        get(&server, "/readyz?verbose")
            .await
            .1
            .starts_with("[+]rules ok\n")
    );
}

#[tokio::test]
async fn it_is_not_ready_once_it_stops() {
    let (server, _, shutdown) = server();
    assert_eq!(get(&server, "/readyz").await.0, StatusCode::OK);
    shutdown.begin();
    let (status, body) = get(&server, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, "[-]shutdown failed: stopping\nreadyz check failed\n");
}

#[tokio::test]
async fn metrics_are_served_and_anything_else_is_a_problem() {
    let (server, _, _) = server();
    let (status, body) = get(&server, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("nightlatch_build_info"), "{body}");
    let (status, body) = get(&server, "/secrets").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("there is nothing at /secrets"), "{body}");
}
