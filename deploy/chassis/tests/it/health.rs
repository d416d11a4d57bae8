//! How services are, told from their metrics.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::health::{
    Figure, Health, Part, Remedies, Samples, Stage, Store, Word, openapi,
};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use serde_json::Value;
use tower::ServiceExt;

async fn get(router: &Router, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn parts() -> Vec<Part> {
    let oven = Stage {
        records: vec![Samples::of("loaves_total", &[("kind", "rye")])],
        errors: vec![Samples::all("burnt_total")],
        latency: Some(Samples::all("baking_seconds")),
        lag_seconds: Some(Samples::all("queue_seconds")),
        most_lag: 30,
        check: Some("oven"),
        remedies: Remedies {
            stopped: "Light it.",
            behind: "Buy a second one.",
            noted: "Read on.",
            failing: "Look into it.",
        },
        ..Stage::new("oven", "Bakes.")
    };
    let shelf = Store {
        name: "shelf",
        about: "Keeps.",
        bytes: Samples::all("shelf_bytes"),
        rows: Samples::all("shelf_rows"),
        oldest: Samples::all("shelf_oldest"),
        max_bytes: 1000,
        retention: Duration::from_hours(48),
    };
    let ovens = Figure {
        name: "ovens",
        samples: Samples::all("ovens"),
    };
    vec![
        Part {
            service: "bakery",
            stages: vec![oven],
            stores: vec![shelf],
            figures: vec![ovens],
            words: vec![Word {
                name: "recipe",
                metric: "recipe_info",
                label: "version",
            }],
        },
        Part {
            service: "mill",
            stages: vec![Stage::new("stones", "Mill.")],
            ..Part::default()
        },
    ]
}

#[tokio::test]
async fn stages_tell_what_their_metrics_say() {
    let metrics = Metrics::new().unwrap();
    let readiness = Readiness::new(Shutdown::new());
    let loaves = metrics
        .counter_vec("loaves_total", "Loaves.", &["kind"])
        .unwrap();
    let burnt = metrics.counter("burnt_total", "Burnt.").unwrap();
    let baking = metrics
        .histogram("baking_seconds", "Baking.", &[1.0, 2.0])
        .unwrap();
    let queue = metrics
        .gauge_vec("queue_seconds", "Queue.", &["door"])
        .unwrap();
    let check = readiness.check("oven");
    let health = Health::new(metrics, readiness, parts());
    let router = health.routes();

    let (_, report) = get(&router, "/api/v1/health").await;
    assert_eq!(report["stages"][0]["state"], "error");
    assert_eq!(report["stages"][0]["reason"], "starting");
    assert_eq!(report["stages"][0]["remedy"], "Light it.");
    assert_eq!(report["state"], "error");

    check.ready();
    health.sample();
    loaves.with_label_values(&["rye"]).inc_by(7);
    loaves.with_label_values(&["wheat"]).inc_by(100);
    (0..10).for_each(|_| baking.observe(1.5));
    health.sample();
    let (_, report) = get(&router, "/api/v1/health").await;
    let oven = &report["stages"][0];
    assert_eq!(
        (&oven["state"], &oven["reason"]),
        (&"ok".into(), &Value::Null)
    );
    assert_eq!(oven["records_total"], 7.0);
    assert_eq!(oven["p50_seconds"], 1.5);
    assert_eq!(oven["p95_seconds"], 1.95);
    assert!(oven["rate"].as_f64().unwrap() >= 0.0);
    assert_eq!(oven["series"]["rate"].as_array().unwrap().len(), 1);
    assert_eq!(report["services"], serde_json::json!(["bakery", "mill"]));

    burnt.inc_by(2);
    let (_, report) = get(&router, "/api/v1/health/bakery").await;
    assert_eq!(report["stages"][0]["state"], "warning");
    assert_eq!(report["stages"][0]["errors_recent"], 2.0);
    assert_eq!(report["stages"][0]["remedy"], "Look into it.");
    check.note("the door is open");
    let (_, report) = get(&router, "/api/v1/health/bakery").await;
    assert_eq!(report["stages"][0]["reason"], "the door is open");
    assert_eq!(report["stages"][0]["remedy"], "Read on.");
    queue.with_label_values(&["front"]).set(5.0);
    queue.with_label_values(&["back"]).set(31.0);
    let (_, report) = get(&router, "/api/v1/health/bakery").await;
    assert_eq!(report["stages"][0]["lag_seconds"], 31.0);
    assert_eq!(report["stages"][0]["reason"], "it is 31 s behind");
    assert_eq!(report["stages"][0]["remedy"], "Buy a second one.");
    assert_eq!(report["stages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_service_is_told_by_name_and_none_that_is_not_here() {
    let health = Health::new(
        Metrics::new().unwrap(),
        Readiness::new(Shutdown::new()),
        parts(),
    );
    let router = health.routes();

    let (_, report) = get(&router, "/api/v1/health/mill").await;
    assert_eq!(report["stages"][0]["name"], "stones");
    // Not -0, as a sum of nothing is.
    assert_eq!(report["stages"][0]["records_total"].to_string(), "0.0");
    assert_eq!(report["stores"], serde_json::json!([]));
    let (status, problem) = get(&router, "/api/v1/health/butcher").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(problem["detail"].as_str().unwrap().contains("bakery, mill"));
}

#[tokio::test]
async fn what_is_kept_is_told_and_numbers_and_words_by_name() {
    let metrics = Metrics::new().unwrap();
    metrics.gauge("shelf_bytes", "Bytes.").unwrap().set(600.0);
    metrics.gauge("ovens", "Ovens.").unwrap().set(3.0);
    let recipe = metrics
        .gauge_vec("recipe_info", "Recipes.", &["version"])
        .unwrap();
    recipe.with_label_values(&["old"]).set(0.0);
    recipe.with_label_values(&["new"]).set(1.0);
    let health = Health::new(metrics, Readiness::new(Shutdown::new()), parts());

    let (_, report) = get(&health.routes(), "/api/v1/health").await;

    let shelf = &report["stores"][0];
    assert_eq!(
        (&shelf["bytes"], &shelf["days_left"]),
        (&600.0.into(), &Value::Null)
    );
    assert_eq!(shelf["retention_seconds"], 172_800);
    assert_eq!(report["figures"]["ovens"], 3.0);
    assert_eq!(report["words"], serde_json::json!({"recipe": "new"}));
}

#[tokio::test]
async fn an_hour_is_told_in_as_many_points_as_are_asked_for() {
    let metrics = Metrics::new().unwrap();
    let loaves = metrics
        .counter_vec("loaves_total", "Loaves.", &["kind"])
        .unwrap();
    let health = Health::new(metrics, Readiness::new(Shutdown::new()), parts());
    for _ in 0..361 {
        loaves.with_label_values(&["rye"]).inc();
        health.sample();
    }
    let router = health.routes();
    let points = async |query: &str| {
        let (_, report) = get(&router, &format!("/api/v1/health{query}")).await;
        let series = &report["stages"][0]["series"];
        let count = series["rate"].as_array().unwrap().len();
        (count, series["step_ms"].as_u64().unwrap())
    };

    assert_eq!(points("").await, (360, 10_000));
    assert_eq!(points("?points=60").await, (60, 60_000));
    assert_eq!(points("?points=1").await, (1, 3_600_000));
    for query in ["?points=0", "?points=361", "?points=x", "?dots=3"] {
        let (status, problem) = get(&router, &format!("/api/v1/health/mill{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
    }
}

/// Checks that a value has exactly the members that a schema describes.
fn agrees(schemas: &Value, schema: &Value, value: &Value) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => &schemas[reference.rsplit('/').next().unwrap()],
        None => schema,
    };
    match value {
        Value::Object(members) if schema["properties"].is_object() => {
            let described = schema["properties"].as_object().unwrap();
            let known: Vec<_> = described.keys().collect();
            let mut told: Vec<_> = members.keys().collect();
            told.sort();
            assert_eq!(told, known);
            for (name, member) in members {
                agrees(schemas, &described[name], member);
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| agrees(schemas, &schema["items"], value)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_describes_what_is_told() {
    let metrics = Metrics::new().unwrap();
    let readiness = Readiness::new(Shutdown::new());
    readiness.check("oven").note("a note");
    let health = Health::new(metrics, readiness, parts());
    let (_, report) = get(&health.routes(), "/api/v1/health").await;
    let document = openapi();
    let schemas = &document["components"]["schemas"];
    agrees(schemas, &schemas["Health"], &report);
}
