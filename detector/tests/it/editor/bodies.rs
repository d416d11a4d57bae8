//! Bodies that are no requests, and more requests than there is room for.

use axum::http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{RULES, file, post, refusal, rule};
use crate::bench::Bench;

const PATHS: [&str; 3] = [
    "/api/v1/rules/validate",
    "/api/v1/rules/test",
    "/api/v1/rules/explain",
];

#[tokio::test]
async fn malformed_json_is_refused_with_its_place() {
    let router = Bench::new().routes().await;
    for path in PATHS {
        let body = "{\"files\":\n  [}";
        let (status, _, problem) = post(&router, path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            problem["type"],
            "urn:problem-type:nightlatch:malformed-body"
        );
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&json!(2), &json!(4)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn members_that_are_not_known_are_named() {
    for path in PATHS {
        let request = json!({"files": [file("r.yaml", RULES)], "colour": 1});
        let said = refusal(path, &request).await["detail"].to_string();
        assert!(said.contains("unknown field `colour`"), "{said}");
        let request = json!({"files": [{"name": "r.yaml", "text": RULES, "mode": 1}]});
        let said = refusal(path, &request).await["detail"].to_string();
        assert!(said.contains("unknown field `mode`"), "{said}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let router = Bench::new().routes().await;
    for path in PATHS {
        let (status, _, problem) = post(&router, path, vec![b' '; (1 << 20) + 1]).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(problem["limit"], 1 << 20);
    }
}

#[tokio::test]
async fn requests_that_find_no_place_are_told_to_come_back() {
    let router = Bench::new().routes().await;
    let rules = (0..4000).map(|at| rule(&format!("r{at}"), &format!("okta.app in (a, b{at})")));
    let rules = rules.collect::<Vec<_>>().concat();
    let body = json!({"files": [file("r.yaml", &rules)]}).to_string();
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (router, body) = (router.clone(), body.clone());
        asked.spawn(async move { post(&router, PATHS[0], body).await });
    }
    let (mut answered, mut refused) = (0, 0);
    for (status, headers, _) in asked.join_all().await {
        match status {
            StatusCode::OK => answered += 1,
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(headers.contains_key("retry-after"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(answered >= 18, "{answered} answered");
    assert!(refused > 0, "{answered} answered");
    // The places are free again.
    let (status, ..) = post(&router, PATHS[0], body).await;
    assert_eq!(status, StatusCode::OK);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z:{}\\[\\]%\\- \n]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof![
            Just("files"),
            Just("tests"),
            Just("event"),
            Just("events"),
            Just("rule"),
            Just("name"),
            Just("text"),
            Just("kind"),
            Just("org"),
            Just("eventType"),
        ];
        let members = prop::collection::vec((name, inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// Something of which nothing but a clear answer may come.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let garbage = prop::collection::vec(any::<u8>(), 0..200);
    let rules =
        ("[a-z0-9 .=<>!()\\[\\]%:,\"\n\\-]{0,80}", 0..RULES.len()).prop_map(|(text, at)| {
            let mut rules = RULES.to_owned();
            rules.insert_str(at, &text);
            let rules = file("r.yaml", &rules);
            json!({"files": [rules], "events": [{"eventType": text}, {}]})
                .to_string()
                .into_bytes()
        });
    prop_oneof![
        garbage,
        json_value().prop_map(|value| value.to_string().into_bytes()),
        rules
    ]
}

#[test]
fn whatever_comes_is_answered_or_refused() {
    let runtime = Runtime::new().unwrap();
    let bench = Bench::new();
    let router = runtime.block_on(bench.routes());
    let requests = (body(), prop::sample::select(&PATHS[..]));
    let mut runner = TestRunner::new(Config::with_cases(500));
    let checked = runner.run(&requests, |(body, path)| {
        let (status, headers, answer) = runtime.block_on(post(&router, path, body));
        let kind = match status {
            StatusCode::OK => "application/json",
            StatusCode::BAD_REQUEST => "application/problem+json",
            other => panic!("{other}: {answer}"),
        };
        prop_assert_eq!(&headers["content-type"], kind);
        Ok(())
    });
    checked.unwrap();
}
