//! Who may ask the API, and what errors look like.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use http_body_util::BodyExt;
use nightlatch_chassis::config::ApiConfig;
use nightlatch_chassis::http::{Problem, guard, problems, read_body};
use serde_json::{Value, json};
use tower::ServiceExt;

const OWN_PAGES: &str = "http://127.0.0.1:8088";

fn api() -> Router {
    let config = ApiConfig {
        listen: "10.1.2.3:8088".parse().unwrap(),
        hosts: vec!["nightlatch.example.org".to_owned()],
    };
    let router = Router::new().route("/thing", get(async || "read").post(async || "written"));
    guard(problems(router), &config)
}

async fn ask(request: Request<Body>) -> Response<Body> {
    api().oneshot(request).await.unwrap()
}

async fn read(host: &str) -> StatusCode {
    ask(Request::get("/thing")
        .header("host", host)
        .body(Body::empty())
        .unwrap())
    .await
    .status()
}

async fn write(headers: &[(&str, &str)]) -> StatusCode {
    let request = Request::post("/thing").header("host", "127.0.0.1:8088");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    ask(request.body(Body::empty()).unwrap()).await.status()
}

async fn document(response: Response<Body>) -> Value {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn the_names_it_is_known_by_are_answered() {
    for host in [
        "localhost",
        "localhost:8088",
        "LOCALHOST:1",
        "127.0.0.1:8088",
        "127.9.9.9",
        "[::1]:8088",
        "10.1.2.3:8088",
        "nightlatch.example.org",
        "Nightlatch.Example.ORG:443",
    ] {
        assert_eq!(read(host).await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn other_names_are_refused() {
    for host in [
        "evil.example",
        "evil.example:8088",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.1.2.4:8088",
        "0.0.0.0:8088",
        "nightlatch.example.org.evil.example",
        "[::2]",
    ] {
        assert_eq!(read(host).await, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    for host in ["", "a b", "http://localhost"] {
        assert_ne!(read(host).await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_request_without_or_with_two_hosts_is_bad() {
    let none = Request::get("/thing").body(Body::empty()).unwrap();
    assert_eq!(ask(none).await.status(), StatusCode::BAD_REQUEST);
    let two = Request::get("/thing")
        .header("host", "localhost")
        .header("host", "evil.example");
    let two = two.body(Body::empty()).unwrap();
    assert_eq!(ask(two).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_host_of_a_whole_url_counts_before_the_header() {
    let request = Request::get("http://evil.example/thing").header("host", "localhost");
    let response = ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn writes_by_own_pages_and_by_programs_pass() {
    assert_eq!(write(&[]).await, StatusCode::OK);
    assert_eq!(write(&[("origin", OWN_PAGES)]).await, StatusCode::OK);
    let headers = [("origin", OWN_PAGES), ("sec-fetch-site", "same-origin")];
    assert_eq!(write(&headers).await, StatusCode::OK);
    assert_eq!(
        write(&[("origin", "https://nightlatch.example.org")]).await,
        StatusCode::OK
    );
    assert_eq!(write(&[("sec-fetch-site", "none")]).await, StatusCode::OK);
}

#[tokio::test]
async fn writes_by_foreign_pages_are_refused() {
    for headers in [
        [("origin", "http://evil.example"), ("x", "y")],
        [("origin", "http://127.0.0.1:3000"), ("x", "y")],
        [("origin", "null"), ("x", "y")],
        [("origin", ""), ("x", "y")],
        [("origin", OWN_PAGES), ("origin", "http://evil.example")],
        [("origin", OWN_PAGES), ("sec-fetch-site", "cross-site")],
        [("origin", OWN_PAGES), ("sec-fetch-site", "same-site")],
        [("sec-fetch-site", "whatever"), ("x", "y")],
    ] {
        assert_eq!(write(&headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
}

#[tokio::test]
async fn reads_by_foreign_pages_pass_since_browsers_keep_the_answer_from_them() {
    let request = Request::get("/thing")
        .header("host", "localhost")
        .header("origin", "http://evil.example")
        .header("sec-fetch-site", "cross-site");
    let response = ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        response
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for (host, path) in [
        ("localhost", "/thing"),
        ("localhost", "/none"),
        ("evil.example", "/thing"),
    ] {
        let request = Request::get(path)
            .header("host", host)
            .body(Body::empty())
            .unwrap();
        let response = ask(request).await;
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn refusals_are_problem_documents_that_say_what_to_do() {
    let request = Request::get("/thing")
        .header("host", "evil.example")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        document(ask(request).await).await,
        json!({
            "type": "urn:problem-type:nightlatch:foreign-host",
            "title": "Unknown host name",
            "status": 421,
            "detail": "this server is not known as \"evil.example\"; add that name to api.hosts \
                       if it should be",
        })
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problem_documents() {
    let request = Request::get("/none")
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    let problem = document(ask(request).await).await;
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["type"], "about:blank");
    let request = Request::delete("/thing")
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    let response = ask(request).await;
    assert_eq!(response.headers()["allow"], "GET,HEAD,POST");
    assert_eq!(document(response).await["status"], 405);
}

#[tokio::test]
async fn a_problem_carries_its_members() {
    use axum::response::IntoResponse;
    let problem = Problem::new(StatusCode::BAD_REQUEST, "no such field")
        .of_type("unknown-field", "Unknown field")
        .at_instance("/api/v1/events")
        .with("parameter", "q")
        .with("position", 14);
    let response = problem.into_response();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let document = document(response).await;
    assert_eq!(document["parameter"], "q");
    assert_eq!(document["position"], 14);
    assert_eq!(document["instance"], "/api/v1/events");
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_up_to_a_size_and_for_a_time() {
    let patience = Duration::from_secs(10);
    let body = Body::from("1234567890");
    assert_eq!(
        read_body(body, 10, patience).await.unwrap(),
        Bytes::from("1234567890")
    );
    let announced = read_body(Body::from("12345678901"), 10, patience)
        .await
        .unwrap_err();
    assert_eq!(announced.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("1234"));
    let endless = read_body(Body::from_stream(endless), 10, patience)
        .await
        .unwrap_err();
    assert_eq!(endless.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let silent = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let silent = read_body(Body::from_stream(silent), 10, patience)
        .await
        .unwrap_err();
    assert_eq!(silent.status(), StatusCode::REQUEST_TIMEOUT);
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
    let broken = read_body(Body::from_stream(broken), 10, patience)
        .await
        .unwrap_err();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
}
