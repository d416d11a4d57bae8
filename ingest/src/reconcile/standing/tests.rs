//! Where a walk stands, step by step.

use super::*;
use crate::OktaConfig;

const MINUTE: Duration = Duration::from_mins(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A page whose last event was published then.
fn published(text: &str) -> Notable {
    Notable {
        last_published: Some(at(text)),
        ..Notable::default()
    }
}

fn address() -> OrgAddress {
    let config: OktaConfig = serde_json::from_value(serde_json::json!({
        "allowed_domains": [], "connect_timeout": "5s", "timeout": "35s",
        "allow_loopback": false, "ca_file": "",
    }))
    .unwrap();
    OrgAddress::read("acme", &config).unwrap()
}

fn link() -> NextLink {
    NextLink::read("https://acme.okta.com/api/v1/logs?after=1", &address()).unwrap()
}

fn since(request: &LogRequest) -> Timestamp {
    match request {
        LogRequest::Since { since, .. } => *since,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_walk_begins_where_it_shall_and_goes_on_along_the_link() {
    let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let mut standing = Standing::begin(start);
    assert_eq!(since(&standing.request(&address(), now)), start);

    let next = link();
    standing.advance(Some(&next), Notable::default(), None);

    assert_eq!(standing.request(&address(), now), LogRequest::Next(next));
}

#[test]
fn a_lost_place_is_found_again_an_hour_before_what_is_complete() {
    let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let mut standing = Standing::begin(start);
    standing.advance(None, Notable::default(), Some(at("2026-01-01T12:00:00Z")));
    standing.lose_place();
    standing.fall_behind(now, MINUTE);
    let from = at("2026-01-01T11:00:00Z");
    assert_eq!(since(&standing.request(&address(), now)), from);
    assert_eq!(standing.catch_up, Some(CatchUp::begin(from, now)));
    // However soon after the end of the log was reached: an hour is read again.
    let soon = at("2026-01-01T12:00:01Z");
    standing.lose_place();
    standing.fall_behind(soon, MINUTE);
    assert_eq!(standing.catch_up, Some(CatchUp::begin(from, soon)));

    standing.complete_to = Some(at("2026-01-01T00:10:00Z"));
    assert_eq!(since(&standing.request(&address(), now)), start);
    // Okta keeps no more than 90 days.
    let late = at("2026-12-01T00:00:00Z");
    assert_eq!(
        since(&standing.request(&address(), late)),
        at("2026-09-02T00:00:00Z")
    );
}

#[test]
fn a_walk_begins_anew_with_another_start_and_with_another_integration() {
    let (start, created) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    let settings = |start: &str, created: &str| -> IntegrationSettings {
        let sealed = serde_json::json!({"sealed": "", "set": created});
        let settings = serde_json::json!({
            "name": "acme", "org_id": "00o1", "domain": "acme.okta.com",
            "credentials": {"mode": "api_token", "secret": sealed},
            "hook": {"path_key": sealed, "secrets": []},
            "start": start, "created": created,
        });
        serde_json::from_value(settings).unwrap()
    };
    let standing = Standing::begin_of(&settings(start, created));
    assert!(standing.is_of(&settings(start, created)));
    for other in ["2025-12-31T00:00:00Z", "2026-01-01T12:00:00Z"] {
        assert!(!standing.is_of(&settings(other, created)), "from {other}");
    }
    assert!(!standing.is_of(&settings(start, "2026-01-03T00:00:00Z")));
}

#[test]
fn a_link_that_leads_to_no_page_is_left_for_a_time() {
    let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let mut standing = Standing::begin(start);
    standing.next = Some("https://acme.okta.com/api/v1/users?after=1".to_owned());
    assert_eq!(since(&standing.request(&address(), now)), start);
    standing.next = Some("https://id.acme.example/api/v1/logs?after=1".to_owned());
    assert_eq!(
        standing.request(&address(), now),
        LogRequest::Next(link()),
        "it is called at the org itself"
    );
}

#[test]
fn progress_follows_the_times_of_what_is_made_up_for_until_the_end_is_reached() {
    let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-03T00:00:00Z"));
    let mut standing = Standing::begin(start);
    standing.fall_behind(now, MINUTE);
    assert!(standing.progress(now) < 0.01);
    standing.advance(Some(&link()), published("2026-01-02T00:00:00Z"), None);
    assert!((standing.progress(now) - 0.5).abs() < 0.01);
    standing.advance(Some(&link()), Notable::default(), Some(now));
    assert!(standing.progress(now) > 0.99);

    // A stop of ten minutes, of which half is read.
    let later = at("2026-01-03T00:10:00Z");
    standing.fall_behind(later, MINUTE);
    assert!(standing.progress(later) < 0.01);
    standing.advance(Some(&link()), published("2026-01-03T00:05:00Z"), None);
    let still = at("2026-01-03T00:10:01Z");
    standing.fall_behind(still, MINUTE);
    assert!((standing.progress(still) - 0.5).abs() < 0.01);
    assert_eq!(standing.lag(still), Some(Duration::from_secs(601)));
    standing.advance(Some(&link()), Notable::default(), Some(still));
    assert!(standing.progress(still) > 0.99);
}

#[test]
fn a_look_that_comes_in_time_makes_up_for_nothing() {
    let mut standing = Standing::begin(at("2026-01-01T00:00:00Z"));
    standing.advance(
        Some(&link()),
        Notable::default(),
        Some(at("2026-01-01T00:00:10Z")),
    );
    standing.fall_behind(at("2026-01-01T00:01:09Z"), MINUTE);
    assert_eq!(standing.catch_up, None);
    standing.fall_behind(at("2026-01-01T00:01:10Z"), MINUTE);
    assert!(standing.catch_up.is_some());
}

#[test]
fn the_same_trouble_stays_as_old_as_it_is() {
    let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"));
    let mut standing = Standing::begin(first);
    standing.meet(Trouble::new("No.", "Mend it."), first);
    standing.meet(Trouble::new("No.", "Mend it."), later);
    assert_eq!(standing.trouble.as_ref().unwrap().1, first);
    standing.meet(Trouble::new("Another.", "Mend it."), later);
    assert_eq!(standing.trouble.as_ref().unwrap().1, later);
}

#[test]
fn a_stop_in_the_middle_of_catching_up_is_no_slowness() {
    let mut standing = Standing::begin(at("2026-01-01T10:00:00Z"));
    let begun = at("2026-01-01T11:00:00Z");
    standing.fall_behind(begun, MINUTE);
    standing.advance(Some(&link()), published("2026-01-01T10:30:00Z"), None);
    standing.last_read = Some(at("2026-01-01T11:01:00Z"));
    let at_work = standing.catch_up.clone();
    standing.fall_behind(at("2026-01-01T11:01:30Z"), MINUTE);
    assert_eq!(standing.catch_up, at_work);

    let again = at("2026-01-01T15:00:00Z");
    standing.fall_behind(again, MINUTE);
    let anew = CatchUp::begin(at("2026-01-01T10:30:00Z"), again);
    assert_eq!(standing.catch_up, Some(anew.clone()));
    // Nothing could be read yet.
    standing.fall_behind(at("2026-01-01T15:00:30Z"), MINUTE);
    assert_eq!(standing.catch_up, Some(anew));
}
