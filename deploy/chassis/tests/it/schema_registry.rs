//! The schema registry's client, against a registry that answers as it is told; and against a real
//! one, which the variable `NIGHTLATCH_TEST_REGISTRY` names.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::config::load;
use nightlatch_chassis::http::{ServeLimits, serve};
use nightlatch_chassis::schema_registry::{SchemaRegistry, SchemaRegistryError};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::{Config, Sources};
use parking_lot::Mutex;
use serde_json::{Value, json};

const SCHEMA: &str = r#"{"type": "record", "name": "Thing", "namespace": "io.nightlatch.test", "fields": [{"name": "id", "type": "string"}]}"#;
const NOT_THERE: (u16, &str) = (404, r#"{"error_code":40401,"message":"Subject not found"}"#);

/// Path, `Authorization`, body.
type Asked = (String, Option<String>, Value);

/// A registry that gives these answers one after the other, then the last again and again.
#[derive(Clone, Default)]
struct Told {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

async fn answer(State(told): State<Told>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get("authorization");
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap();
    told.asked
        .lock()
        .push((uri.path().to_owned(), authorization, body));
    let mut answers = told.answers.lock();
    let (status, text) = answers.front().unwrap().clone();
    if answers.len() > 1 {
        answers.pop_front();
    }
    let location = [("location", "https://elsewhere.example/")];
    (StatusCode::from_u16(status).unwrap(), location, text).into_response()
}

impl Told {
    async fn start(answers: &[(u16, &str)]) -> (Self, SocketAddr) {
        let told = Self::default();
        let answers = answers
            .iter()
            .map(|(status, text)| (*status, (*text).to_owned()));
        told.answers.lock().extend(answers);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(told.clone());
        let limits = ServeLimits::default();
        tokio::spawn(serve(listener, router, limits, Shutdown::new()));
        (told, address)
    }

    fn paths(&self) -> Vec<String> {
        self.asked
            .lock()
            .iter()
            .map(|asked| asked.0.clone())
            .collect()
    }
}

fn config(settings: &[(&str, &str)]) -> Config {
    let flag =
        |(key, value): &(&str, &str)| (format!("schema_registry.{key}"), (*value).to_owned());
    let sources = Sources {
        flags: settings.iter().map(flag).collect(),
        ..Sources::default()
    };
    load(&sources).unwrap()
}

fn registry(settings: &[(&str, &str)]) -> SchemaRegistry {
    SchemaRegistry::from_config(&config(settings))
        .unwrap()
        .unwrap()
}

async fn ids(url: &str, timeout: &str) -> Result<Vec<u32>, SchemaRegistryError> {
    let registry = registry(&[("url", url), ("start_timeout", timeout)]);
    registry.ids(&[("things-value".to_owned(), SCHEMA)]).await
}

/// What one answer, again and again, comes to.
async fn refused(status: u16, text: &str) -> SchemaRegistryError {
    let (_, address) = Told::start(&[(status, text)]).await;
    let url = format!("http://{address}");
    let error = ids(&url, "300ms").await.unwrap_err();
    assert!(error.to_string().contains(&url), "{error}");
    error
}

#[test]
fn no_registry_is_asked_unless_one_is_set() {
    assert!(SchemaRegistry::from_config(&config(&[])).unwrap().is_none());
}

#[tokio::test]
async fn what_is_there_is_looked_up_and_what_is_not_is_registered() {
    let (told, address) = Told::start(&[
        (200, r#"{"subject":"a","id":7,"version":1,"schema":"…"}"#),
        NOT_THERE,
        (200, r#"{"id":8}"#),
        (404, r#"{"error_code":40403,"message":"Schema not found"}"#),
        (200, r#"{"id":9}"#),
    ])
    .await;
    let url = format!("http://{address}/apis/ccompat/v7/");
    let registry = registry(&[("url", &url), ("username", "ann"), ("password", "pw")]);
    let subjects = ["a", "b/c ä", "b"].map(|subject| (subject.to_owned(), SCHEMA));
    assert_eq!(registry.ids(&subjects).await, Ok(vec![7, 8, 9]));
    let base = "/apis/ccompat/v7/subjects";
    let expected = [
        "a",
        "b%2Fc%20%C3%A4",
        "b%2Fc%20%C3%A4/versions",
        "b",
        "b/versions",
    ];
    assert_eq!(told.paths(), expected.map(|path| format!("{base}/{path}")));
    for (_, authorization, body) in told.asked.lock().iter() {
        assert_eq!(authorization.as_deref(), Some("Basic YW5uOnB3"));
        assert_eq!(*body, json!({"schema": SCHEMA, "schemaType": "AVRO"}));
    }
}

#[tokio::test]
async fn passing_trouble_is_waited_out() {
    let (told, address) = Told::start(&[
        (503, "starting"),
        (500, r#"{"error_code":50001,"message":"store"}"#),
        (429, ""),
        (200, r#"{"id":1}"#),
    ])
    .await;
    assert_eq!(ids(&format!("http://{address}"), "30s").await, Ok(vec![1]));
    assert_eq!(told.paths().len(), 4);
}

#[tokio::test]
async fn a_registry_that_stays_away_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap();
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let (_, broken) = Told::start(&[(500, "broken")]).await;
    for (address, said) in [
        (silent, "timed out"),
        (closed, "refused"),
        (broken, "500: broken"),
    ] {
        let begun = Instant::now();
        let error = ids(&format!("http://{address}"), "400ms")
            .await
            .unwrap_err();
        assert!(begun.elapsed().as_secs() < 5);
        let text = error.to_string();
        assert!(
            matches!(error, SchemaRegistryError::Unreachable { .. }),
            "{text}"
        );
        for part in [
            said,
            &address.to_string(),
            "within 0.4 s",
            "schema_registry.url",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[tokio::test]
async fn tls_to_what_speaks_none_is_told() {
    let (_, address) = Told::start(&[(200, r#"{"id":1}"#)]).await;
    let error = ids(&format!("https://{address}"), "300ms")
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.to_lowercase().contains("ssl"), "{text}");
}

#[tokio::test]
async fn wrong_credentials_are_told_at_once() {
    for (status, text) in [
        (401, r#"{"error_code":401,"message":"Unauthorized"}"#),
        (403, "no"),
    ] {
        let error = refused(status, text).await;
        assert!(
            matches!(error, SchemaRegistryError::Refused { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("schema_registry.password"));
    }
}

#[tokio::test]
async fn a_schema_that_does_not_fit_the_subject_is_told_with_what_the_registry_says() {
    let said = r#"{"error_code":409,"message":"reader field 'x'\n has no default"}"#;
    let (_, address) = Told::start(&[NOT_THERE, (409, said)]).await;
    let error = ids(&format!("http://{address}"), "5s").await.unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, SchemaRegistryError::Incompatible { .. }),
        "{text}"
    );
    assert!(
        text.contains("things-value") && text.contains("409: reader field 'x' has no default"),
        "{text}"
    );
}

#[tokio::test]
async fn a_schema_that_another_process_registers_at_the_same_time_is_found() {
    let said = r#"{"error_code":409,"message":"it already exists"}"#;
    let (_, address) = Told::start(&[NOT_THERE, (409, said), (200, r#"{"id":7}"#)]).await;
    let found = ids(&format!("http://{address}"), "5s").await;
    assert_eq!(found.unwrap(), [7]);
}

#[tokio::test]
async fn a_schema_that_is_not_taken_is_told() {
    let error = refused(422, r#"{"error_code":42201,"message":"Invalid schema"}"#).await;
    assert!(
        matches!(error, SchemaRegistryError::Invalid { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_account_that_may_only_read_is_told_who_can_help() {
    for (status, text) in [
        (403, r#"{"error_code":40301,"message":"denied"}"#),
        (405, ""),
    ] {
        let (_, address) = Told::start(&[NOT_THERE, (status, text)]).await;
        let error = ids(&format!("http://{address}"), "5s").await.unwrap_err();
        assert!(
            matches!(error, SchemaRegistryError::ReadOnly { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_no_registry_is_told() {
    for (status, text, said) in [
        (404, "<html>not found</html>", "404: <html>not found</html>"),
        (404, r#"{"error":"Not Found"}"#, "Not Found"),
        (200, "<html>welcome</html>", "200: <html>"),
        (200, r#"{"id":"seven"}"#, "seven"),
        (200, r#"{"id":-1}"#, "-1"),
        (200, "\u{1b}[31m\u{7}", "200: [31m"),
        (204, "", "204"),
        (307, "", "a redirection to https://elsewhere.example/"),
    ] {
        let error = refused(status, text).await;
        assert!(
            matches!(error, SchemaRegistryError::NoRegistry { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(said), "{error}");
    }
    let long = "x".repeat(3_000_000);
    assert!(refused(200, &long).await.to_string().len() < 600);
}

#[test]
fn wrong_settings_are_told_all_at_once_and_show_no_password() {
    let settings = [
        ("url", "http://ann:hunter2@registry"),
        ("password", "hunter3"),
        ("ssl_ca", "/nowhere/ca.pem"),
    ];
    let errors = SchemaRegistry::from_config(&config(&settings)).unwrap_err();
    let text = errors.to_string();
    assert_eq!(errors.iter().count(), 3, "{text}");
    assert!(text.contains("/nowhere/ca.pem"), "{text}");
    assert!(!text.contains("hunter"), "{text}");
    for url in [
        "registry:8081",
        "ftp://registry",
        "http://",
        "/registry",
        "http://r?x=1",
    ] {
        let errors = SchemaRegistry::from_config(&config(&[("url", url)])).unwrap_err();
        assert!(errors.to_string().contains("schema_registry.url"), "{url}");
    }
}

#[tokio::test]
#[ignore = "needs a schema registry"]
async fn a_real_registry_gives_ids_that_stay() {
    let url = std::env::vars().find(|(name, _)| name == "NIGHTLATCH_TEST_REGISTRY");
    let (_, url) = url.expect("NIGHTLATCH_TEST_REGISTRY holds a registry's address");
    let registry = registry(&[("url", &url)]);
    // A subject of this run's own.
    let run = format!("{}-{:?}", std::process::id(), std::time::SystemTime::now());
    let run: String = run.chars().filter(char::is_ascii_alphanumeric).collect();
    let of = |fields: Value| {
        json!({"type": "record", "name": format!("Thing{run}"), "fields": fields}).to_string()
    };
    let id = json!({"name": "id", "type": "string"});
    let first = of(json!([id]));
    let second = of(json!([id, {"name": "more", "type": ["null", "string"], "default": null}]));
    let subject = format!("nightlatch.test.{run}-value");
    let versions = [
        (subject.clone(), first.as_str()),
        (subject.clone(), second.as_str()),
    ];
    let ids = registry.ids(&versions).await.unwrap();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(registry.ids(&versions).await, Ok(ids), "asked again");
    let not_avro = [(subject.clone(), r#"{"type": "nothing"}"#)];
    let error = registry.ids(&not_avro).await.unwrap_err();
    assert!(
        matches!(error, SchemaRegistryError::Invalid { .. }),
        "{error}"
    );
    let wrong = SchemaRegistry::from_config(&config(&[("url", &format!("{url}/nowhere"))]));
    let error = wrong.unwrap().unwrap().ids(&versions).await.unwrap_err();
    assert!(
        matches!(error, SchemaRegistryError::NoRegistry { .. }),
        "{error}"
    );
}
