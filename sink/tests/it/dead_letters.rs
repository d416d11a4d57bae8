//! The list of what could not be taken.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::topics::dead_letter::{REASON, SIZE, STAGE, TRUNCATED};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS};
use nightlatch_schemas::{Redrive, redrive_key};
use serde_json::Value;
use tower::ServiceExt;

use crate::client::text;
use crate::world::{World, until};

async fn list(world: &World, query: &str) -> (StatusCode, Value) {
    let router = nightlatch_sink::dead_letters(world.log.clone());
    let request = Request::get(format!("/api/v1/dead-letters{query}"));
    let request = request.body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&text(response).await).unwrap())
}

async fn append(world: &World, topic: &'static str, key: &str, value: &[u8]) {
    refuse(world, topic, (key, value), "not JSON: \u{202e}<b>").await;
}

async fn refuse(world: &World, topic: &'static str, (key, value): (&str, &[u8]), reason: &str) {
    let headers = [
        (REASON, reason),
        (STAGE, "ingest"),
        (SIZE, "12"),
        (TRUNCATED, "false"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let record = Record {
        key: key.as_bytes().to_vec(),
        headers: headers.into(),
        value: value.to_vec(),
    };
    world
        .log
        .append(vec![Output { topic, record }])
        .await
        .unwrap();
}

#[tokio::test]
async fn letters_are_listed_newest_first_page_by_page() {
    let (_folder, world) = World::new();
    for n in 0..45 {
        append(
            &world,
            DEAD_LETTERS,
            "integration-1",
            format!("letter {n}").as_bytes(),
        )
        .await;
    }
    let (mut letters, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (_, page) = list(&world, &format!("?limit=20{cursor}")).await;
        pages += 1;
        let page_of = page["letters"].as_array().unwrap();
        letters.extend(
            page_of
                .iter()
                .map(|it| it["preview"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..45).rev().map(|n| format!("letter {n}")).collect();
    assert_eq!((letters, pages), (expected, 3));
}

#[tokio::test]
async fn a_letter_tells_why_where_and_whether_it_was_sent_again() {
    let (_folder, world) = World::new();
    world.append_values(vec![b"garbage".to_vec()]).await;
    until(async || world.dead_letters().await.len() == 1).await;
    append(
        &world,
        DEAD_LETTERS,
        "integration-1",
        &[0xff, b'<', 0, b'\n'],
    )
    .await;
    let redrive = Redrive {
        at: 1_780_315_200_000,
        topic: "okta.events".to_owned(),
    };
    let value = serde_json::to_vec(&redrive).unwrap();
    append(&world, CURSORS, &redrive_key(0, 1), &value).await;

    let (_, page) = list(&world, "").await;
    let [of_ingest, of_sink] = page["letters"].as_array().unwrap().as_slice() else {
        panic!("{page}");
    };
    assert_eq!(of_ingest["id"], "0:1");
    assert_eq!(of_ingest["reason"], "not JSON: \u{202e}<b>");
    assert_eq!(of_ingest["preview"], "\u{fffd}<\u{0}\n");
    assert_eq!(of_ingest["redriven_at"], "2026-06-01T12:00:00.000Z");
    assert_eq!(
        of_ingest["redrive"],
        "/api/v1/dead-letters/ingest/0:1/redrive"
    );
    assert_eq!(of_ingest["topic"], "okta.events");
    assert_eq!(of_sink["source"]["topic"], "okta.runtime-events");
    assert_eq!(of_sink["topic"], "okta.runtime-events");
    assert_eq!(
        of_sink["redrive"],
        "/api/v1/dead-letters/detector/0:0/redrive"
    );
    assert_eq!(
        (&of_sink["stage"], &of_sink["redriven_at"]),
        (&"sink".into(), &Value::Null)
    );

    for query in [
        "?limit=0",
        "?cursor=x",
        "?why=x",
        "?stage=hook",
        "?topic=a",
        "?sent=maybe",
    ] {
        assert_eq!(
            list(&world, query).await.0,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
}

#[tokio::test]
async fn letters_are_filtered_by_who_refused_them_why_and_whether_they_were_sent_again() {
    let (_folder, world) = World::new();
    world.append_values(vec![b"garbage".to_vec()]).await;
    until(async || world.dead_letters().await.len() == 1).await;
    for n in 0..60 {
        let reason = if n % 10 == 0 { "too DEEP" } else { "no JSON" };
        refuse(
            &world,
            DEAD_LETTERS,
            ("acme", n.to_string().as_bytes()),
            reason,
        )
        .await;
    }
    let redrive = Redrive {
        at: 1_780_315_200_000,
        topic: "okta.events".to_owned(),
    };
    let value = serde_json::to_vec(&redrive).unwrap();
    append(&world, CURSORS, &redrive_key(0, 1), &value).await;
    let found = async |query: &str| {
        let (mut previews, mut cursor) = (Vec::new(), String::new());
        loop {
            let (_, page) = list(&world, &format!("?{query}&limit=4{cursor}")).await;
            let letters = page["letters"]
                .as_array()
                .unwrap_or_else(|| panic!("{page}"));
            let texts = letters
                .iter()
                .map(|it| it["preview"].as_str().unwrap().to_owned());
            previews.extend(texts);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return previews,
            }
        }
    };

    assert_eq!(
        found("reason=Too%20deep").await,
        ["50", "40", "30", "20", "10", "0"]
    );
    assert_eq!(found("sent=true").await, ["0"]);
    assert_eq!(found("sent=false").await.len(), 60);
    assert_eq!(found("stage=sink").await, ["garbage"]);
    assert_eq!(found("topic=okta.runtime-events").await, ["garbage"]);
    assert_eq!(
        found("topic=okta.events&stage=ingest,detector").await.len(),
        60
    );
    assert_eq!(found("reason=neither").await, Vec::<String>::new());
}

#[tokio::test]
async fn the_bytes_of_a_letter_are_a_file_and_nothing_else() {
    let (_folder, world) = World::new();
    let value = [0xff, b'<', b'b', b'>', 0, b'\n'];
    append(&world, DEAD_LETTERS, "integration-1", &value).await;
    let get = async |id: &str| {
        let router = nightlatch_sink::dead_letters(world.log.clone());
        let request = Request::get(format!("/api/v1/dead-letters/{id}/bytes"));
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    };

    let response = get("0:0").await;
    let header = |name| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").starts_with("attachment; "));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], value);
    for id in ["0:1", "9:0", "x", "0"] {
        assert_eq!(get(id).await.status(), StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn no_letters_are_an_empty_page() {
    let (_folder, world) = World::new();
    let (status, page) = list(&world, "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        page,
        serde_json::json!({"letters": [], "next_cursor": null})
    );
}
