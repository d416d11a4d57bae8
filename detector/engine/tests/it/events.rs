//! Reading events: odd ones are read, broken ones are refused with a reason.

use nightlatch_engine::{Event, EventError};
use proptest::prelude::*;

use super::fixture::{NOON_MS, SIGN_IN, holds};

#[test]
fn an_event_tells_who_what_when_and_where() {
    let event = Event::parse(SIGN_IN).unwrap();
    assert_eq!(event.uuid(), Some("6f1c"));
    assert_eq!(event.event_type(), Some("user.session.start"));
    assert_eq!(event.published_ms(), Some(NOON_MS + 250));
    assert_eq!(event.message(), Some("User login to Okta"));
    assert_eq!(event.raw(), SIGN_IN);
    let actor = event.actor().unwrap();
    assert_eq!(
        (actor.id.as_deref(), actor.kind.as_deref()),
        (Some("00u1"), Some("User"))
    );
    assert_eq!(actor.login.as_deref(), Some("ann@example.com"));
    assert_eq!(actor.name.as_deref(), Some("Ann Example"));
    let targets = event.targets();
    assert_eq!(targets.len(), 4);
    assert_eq!(targets[3].name.as_deref(), Some("Mail App"));
    let client = event.client().unwrap();
    assert_eq!(client.ip.as_deref(), Some("203.0.113.7"));
    assert_eq!((client.lat, client.lon), (Some(46.77), Some(23.59)));
    assert_eq!(
        (client.as_number, client.is_proxy),
        (Some(64496), Some(false))
    );
    assert_eq!(
        client.user_agent.as_deref(),
        Some("Mozilla/5.0 (Macintosh)")
    );
    let outcome = event.outcome().unwrap();
    assert_eq!(outcome.result.as_deref(), Some("FAILURE"));
    assert_eq!(outcome.reason.as_deref(), Some("INVALID_CREDENTIALS"));
}

#[test]
fn an_empty_event_is_an_event_of_which_nothing_is_known() {
    for raw in [
        "{}",
        r#"{"actor": null, "target": null, "client": [], "outcome": 5, "published": "soon", "uuid": 3}"#,
    ] {
        let event = Event::parse(raw).unwrap();
        assert_eq!(event.uuid(), None);
        assert_eq!(event.event_type(), None);
        assert_eq!(event.published_ms(), None);
        assert_eq!(event.actor(), None);
        assert_eq!(event.targets(), []);
        assert_eq!(event.client(), None);
        assert_eq!(event.outcome(), None);
    }
}

#[test]
fn booleans_and_numbers_that_came_as_text_are_read() {
    let raw =
        r#"{"securityContext": {"isProxy": "true", "asNumber": "64496"}, "actor": {"id": 17}}"#;
    let event = Event::parse(raw).unwrap();
    let client = event.client().unwrap();
    assert_eq!(
        (client.is_proxy, client.as_number),
        (Some(true), Some(64496))
    );
    assert_eq!(event.actor().unwrap().id.as_deref(), Some("17"));
}

#[test]
fn of_a_key_written_twice_the_last_counts_at_every_depth() {
    let raw = r#"{"eventType": "a", "actor": {"id": "1"}, "eventType": "b",
        "actor": {"id": "2", "id": "3"}, "\u0061ctor": {"id": "4", "\u0069d": "5"}}"#;
    let event = Event::parse(raw).unwrap();
    assert_eq!(event.event_type(), Some("b"));
    assert_eq!(event.actor().unwrap().id.as_deref(), Some("5"));
    assert!(holds(
        "okta.evt.type = b and okta.actor.id = 5 and json.value[/actor/id] = 5",
        raw
    ));
    assert_eq!(
        Event::parse(r#"{"uuid": "a", "uuid": null}"#)
            .unwrap()
            .uuid(),
        None
    );
}

#[test]
fn numbers_keep_the_digits_they_came_with() {
    for number in [
        "123456789012345678901234567890",
        "1e999",
        "-0.10",
        "1E+2",
        "0.1000000000000000055511151231257827",
    ] {
        let raw = format!(r#"{{"actor": {{"id": {number}}}}}"#);
        assert!(
            holds(
                &format!("okta.actor.id = {number} and json.value[/actor/id] = {number}"),
                &raw
            ),
            "{number}"
        );
    }
}

#[test]
fn odd_unicode_is_read() {
    let raw = r#"{"actor": {"displayName": "\ud800x \ud83d\ude00 \u0000é", "id": "\ude00", "alternateId": "\ud800"}}"#;
    let actor = Event::parse(raw).unwrap().actor().unwrap();
    assert_eq!(actor.name.as_deref(), Some("\u{fffd}x \u{1f600} \u{0}é"));
    assert_eq!(actor.id.as_deref(), Some("\u{fffd}"));
    assert_eq!(actor.login.as_deref(), Some("\u{fffd}"));
}

#[test]
fn what_is_no_json_is_refused() {
    for raw in [
        "",
        "{",
        "{\"a\":}",
        "{\"a\":1,}",
        "{} x",
        "{\"a\":01}",
        "{\"a\":tru}",
        "{'a':1}",
        "{\"a\":\"\\q\"}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\ud800\\u12\"}",
        "{\"a\":NaN}",
        "\u{feff}{}",
    ] {
        let error = Event::parse(raw).expect_err(raw);
        assert!(matches!(error, EventError::Json(_)), "{raw}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn what_is_no_object_is_refused() {
    for raw in ["[]", "null", "\"x\"", "1", "[{}]", "true"] {
        assert_eq!(
            Event::parse(raw).unwrap_err(),
            EventError::NotAnObject,
            "{raw}"
        );
    }
}

#[test]
fn nesting_is_allowed_to_depth_64() {
    let nested =
        |depth: usize| format!("{}{}", "{\"a\":".repeat(depth - 1) + "{", "}".repeat(depth));
    assert!(Event::parse(&nested(64)).is_ok());
    assert_eq!(Event::parse(&nested(65)).unwrap_err(), EventError::TooDeep);
    assert_eq!(
        Event::parse(&"[".repeat(1_000_000)).unwrap_err(),
        EventError::TooDeep
    );
    assert_eq!(
        Event::parse(&"{\"a\":".repeat(1_000_000)).unwrap_err(),
        EventError::TooDeep
    );
    let in_text = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(1000));
    assert!(
        Event::parse(&in_text).is_ok(),
        "brackets within text do not nest"
    );
    let wide = format!("{{\"a\":[{}[]]}}", "[],".repeat(1000));
    assert!(
        Event::parse(&wide).is_ok(),
        "nor do those beside one another"
    );
}

proptest! {
    /// What this reader takes is what serde_json takes, save for depth, huge numbers and unpaired
    /// surrogates.
    #[test]
    fn the_reader_agrees_with_another_one(raw in "\\{(\"[a-c]\":(\"[a-z\\\\\"u0-9]{0,4}\"|[0-9e.-]{1,4}|\\{\\}|\\[1\\]|null|true|tru),?){0,3}\\}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&raw);
        match (Event::parse(&raw), theirs) {
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) if error.to_string().contains("out of range") => {}
            (Ok(_), Err(error)) if error.to_string().contains("surrogate") => {}
            (ours, theirs) => prop_assert!(false, "{raw}: {ours:?} but {theirs:?}"),
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(raw in "\\PC*") {
        drop(Event::parse(&raw));
    }
}
