//! Free text: what words find.

use axum::http::StatusCode;
use nightlatch_schemas::RuntimeEvent;

use crate::fixtures::{event, event_of, event_with};
use crate::world::{World, encoded};

/// Encodes a query for a URL.
fn q(text: &str) -> String {
    format!("q={}", encoded(text))
}

async fn world(events: &[RuntimeEvent]) -> (tempfile::TempDir, World) {
    let (folder, world) = World::new();
    world.put(events).await;
    (folder, world)
}

#[tokio::test]
async fn okta_finds_all() {
    let bare = event_with(3, |event| {
        event.event = None;
        event.actor = None;
        event.policy.name.clear();
        event.output.clear();
        "acme.example.com".clone_into(&mut event.org);
    });
    let (_folder, world) = world(&[event(0), event(1), event(2)]).await;
    for query in ["okta", "Okta", "OKTA", "okt*"] {
        assert_eq!(world.found(&q(query)).await, [2, 1, 0], "{query}");
    }
    world.put(std::slice::from_ref(&bare)).await;
    let (_, page) = world.get("/api/v1/events?q=Okta").await;
    assert_eq!(page["events"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn every_part_of_an_event_is_found() {
    let (_folder, world) = world(&[event(0)]).await;
    for query in [
        "policy-1",
        "\"okta threats\"",
        "\"rule a\"",
        "integration-1",
        "acme.okta.com",
        "mfa",
        "T1556.006",
        "\"number 0\"",
        "cause-0",
        "ann@acme.com",
        "\"ann ott\"",
        "00u1",
        "mozilla",
        "203.0.113.7",
        "2119",
        "false",
        "\"new device\"",
        "positive",
        "AppInstance",
    ] {
        assert_eq!(world.found(&q(query)).await, [0], "{query}");
    }
    for query in [
        "alternateId",
        "nothing",
        "null",
        "ann@other.com",
        "203.0.113.70",
    ] {
        assert_eq!(world.found(&q(query)).await, [0; 0], "{query}");
    }
}

#[tokio::test]
async fn composite_words_are_found_whole_and_by_each_part() {
    let raw = r#"{"a":"ann.ott@mail.acme.com","b":"2001:DB8:0:0::1","c":"user.session.start","d":"198.51.100.23"}"#;
    let (_folder, world) = world(&[event_of(0, raw)]).await;
    for query in [
        "ann.ott@mail.acme.com",
        "ANN.OTT@MAIL.acme.com",
        "ott",
        "mail",
        "acme.com",
        "mail.acme.com",
        "ann.ott@*",
        "ann.ott@ma*",
        "2001:db8::1",
        "2001:0db8:0000::0001",
        "2001:db8:*",
        "db8",
        "user.session.start",
        "session",
        "session.start",
        "198.51.100.23",
        "198.51.100",
        "198.51.*",
        "100",
        "\"ann ott\"",
    ] {
        assert_eq!(world.found(&q(query)).await, [0], "{query}");
    }
    for query in [
        "ott@acme.com",
        "acme.mail",
        "2001:db8::2",
        "start.session",
        "198.51.10",
        "ott.ann",
    ] {
        assert_eq!(world.found(&q(query)).await, [0; 0], "{query}");
    }
}

#[tokio::test]
async fn words_are_anded_excluded_and_completed() {
    let raw = |word: &str| format!(r#"{{"a":"{word}","b":"shared words here"}}"#);
    let (_folder, world) = world(&[
        event_of(0, &raw("alpha")),
        event_of(1, &raw("beta")),
        event_of(2, &raw("alphabet beta")),
    ])
    .await;
    for (query, expected) in [
        ("alpha", vec![0]),
        ("alpha*", vec![2, 0]),
        ("alpha* beta", vec![2]),
        ("beta alpha*", vec![2]),
        ("shared -beta", vec![0]),
        ("-beta", vec![0]),
        ("-alpha* -beta", vec![]),
        ("-alpha* shared", vec![1]),
        ("\"shared words\"", vec![2, 1, 0]),
        ("\"words shared\"", vec![]),
        ("\"beta shared\"", vec![]),
        ("okta -\"alphabet beta\"", vec![1, 0]),
        ("alpha AND beta", vec![]),
        ("alpha OR beta", vec![2, 1, 0]),
        ("", vec![2, 1, 0]),
        ("  ", vec![2, 1, 0]),
    ] {
        assert_eq!(world.found(&q(query)).await, expected, "{query}");
    }
}

#[tokio::test]
async fn other_scripts_and_broken_escapes_are_found() {
    let raw = r#"{"a":"Käthe МОСКВА 山田太郎","b":"J\u00fcrgen","c":"\ud83d\ude00 \ud800 broken","d":"ﬁne"}"#;
    let (_folder, world) = world(&[event_of(0, raw)]).await;
    for query in [
        "käthe",
        "KÄTHE",
        "ka\u{308}the",
        "москва",
        "моск*",
        "山田*",
        "jürgen",
        "broken",
        "fine",
    ] {
        assert_eq!(world.found(&q(query)).await, [0], "{query}");
    }
}

#[tokio::test]
async fn an_event_without_its_json_is_found_by_what_the_record_tells() {
    let large = event_with(0, |event| {
        if let Some(event) = &mut event.event {
            event.raw = None;
        }
    });
    let (_folder, world) = world(&[large]).await;
    for query in [
        "ann@acme.com",
        "\"ann ott\"",
        "203.0.113.7",
        "norway",
        "success",
        "cause-0",
        "reset_all",
    ] {
        assert_eq!(world.found(&q(query)).await, [0], "{query}");
    }
}

#[tokio::test]
async fn odd_json_is_found_too() {
    let events = [
        event_of(0, "not json at all, yet found"),
        event_of(
            1,
            r#"{"a":1e400,"b":-12345678901234567890123456789,"c":[[["deepest"]]]}"#,
        ),
        event_of(
            2,
            &format!("{}\"bottom\"{}", "[".repeat(20_000), "]".repeat(20_000)),
        ),
        event_of(3, r#"{"k":"first","k":"second"}"#),
        event_of(4, r#"{"k":"unclosed"#),
    ];
    let (_folder, world) = world(&events).await;
    for (query, expected) in [
        ("found", 0),
        ("1e400", 1),
        ("12345678901234567890123456789", 1),
        ("deepest", 1),
        ("bottom", 2),
        ("first second", 3),
        ("unclosed", 4),
    ] {
        assert_eq!(world.found(&q(query)).await, [expected], "{query}");
    }
}

#[tokio::test]
async fn odd_queries_get_an_answer() {
    let (_folder, world) = world(&[event(0)]).await;
    for query in [
        "a' OR 1=1 --x",
        "NEAR(a b)",
        "words : x",
        "{words} : x",
        "a^b",
        "(a",
        "a)",
        "^a",
        "🙂a",
        "a+b",
    ] {
        let (status, _) = world.get(&format!("/api/v1/events?{}", q(query))).await;
        let is_answer = matches!(status, StatusCode::OK | StatusCode::BAD_REQUEST);
        assert!(is_answer, "{query}: {status}");
    }
}
