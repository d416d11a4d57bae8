//! Each state, and what leads to it.

use serde_json::json;

use super::*;
use crate::integration::directory::Set;
use crate::integration::trouble::Trouble;
use crate::reconcile::catch_up::CatchUp;
use crate::reconcile::expected::Expected;

/// When Okta has verified the hook.
const VERIFIED: &str = "2026-01-01T00:00:00Z";

fn after(seconds: i64) -> Timestamp {
    let verified: Timestamp = VERIFIED.parse().unwrap();
    verified + SignedDuration::from_secs(seconds)
}

/// An integration whose hook Okta has verified, with some members other than usual.
fn entry(change: impl FnOnce(&mut serde_json::Value)) -> Entry {
    let sealed = json!({"sealed": "", "set": VERIFIED});
    let mut settings = json!({
        "name": "acme", "org_id": "00o1", "domain": "acme.okta.com",
        "credentials": {"mode": "client_secret", "client_id": "0oa1", "secret": sealed},
        "hook": {
            "path_key": sealed,
            "secrets": [{"sealed": "", "set": VERIFIED, "verified": VERIFIED}],
        },
        "start": VERIFIED, "created": VERIFIED,
    });
    change(&mut settings);
    let set = Set {
        version: "0011223344556677".parse().unwrap(),
        who: "ann".to_owned(),
        when: after(0),
        settings: Ok(serde_json::from_value(settings).unwrap()),
        problem: None,
    };
    Entry {
        id: "1".to_owned(),
        name: "acme".to_owned(),
        domain: "acme.okta.com".to_owned(),
        origin: Origin::Settings(Box::new(set)),
    }
}

/// Events came by the hook and the log until that second.
fn alive(second: i64) -> Seen {
    Seen {
        last_event: Some(after(second)),
        last_delivery: Some(after(second)),
        log: Some(log(second)),
        ..Seen::default()
    }
}

/// The same, and the log was read on until another second, with nothing new in it.
fn read_on(seen: Seen, second: i64) -> Seen {
    let log = seen.log.map(|log| Standing {
        complete_to: Some(after(second)),
        ..log
    });
    Seen { log, ..seen }
}

/// A System Log that is read to its end.
fn log(second: i64) -> Standing {
    let mut log = Standing::begin(after(0));
    log.complete_to = Some(after(second));
    log
}

fn expected(seconds: impl IntoIterator<Item = i64>) -> Expected {
    let mut expected = Expected::default();
    seconds.into_iter().for_each(|at| expected.see(after(at)));
    expected
}

/// The state, its reason and remedy, and its age in seconds, as of a second.
fn status(entry: &Entry, seen: &Seen, second: i64) -> (State, String, Option<i64>) {
    let Status {
        state,
        reason,
        remedy,
        since,
    } = Status::of(entry, seen, after(second));
    let age = since.map(|since| after(second).duration_since(since).as_secs());
    let text = [Some(reason), remedy].into_iter().flatten();
    (state, text.collect::<Vec<_>>().join(" "), age)
}

#[test]
fn it_is_connected_while_what_the_log_has_comes_by_the_hook() {
    let mut seen = alive(1000);
    seen.log.as_mut().unwrap().expected = expected(900..=1000);
    let (state, text, age) = status(&entry(|_| ()), &seen, 1060);
    assert_eq!(
        (state, text.as_str()),
        (State::Connected, "Okta has verified its event hook.")
    );
    assert_eq!(age, Some(1060));
}

#[test]
fn it_is_pending_until_okta_has_verified_the_hook() {
    let entry = entry(|settings| {
        settings["hook"]["secrets"][0]
            .as_object_mut()
            .unwrap()
            .remove("verified");
    });
    let (state, text, _) = status(&entry, &Seen::default(), 10);
    assert_eq!(state, State::Pending);
    assert_eq!(
        text,
        "Okta has not verified its event hook yet. Validate it."
    );
}

#[test]
fn a_pause_goes_before_all_else() {
    let entry = entry(|settings| settings["paused"] = json!(after(5)));
    let (state, text, age) = status(&entry, &Seen::default(), 4000);
    assert_eq!((state, age), (State::Paused, Some(3995)));
    assert_eq!(
        text,
        "Somebody has paused it. Resume it to take its events."
    );
}

#[test]
fn within_a_minute_it_says_that_the_hook_has_fallen_silent_though_the_org_is_busy() {
    let mut seen = alive(1000);
    let told = (1000..1100).find(|now| {
        seen.log.as_mut().unwrap().expected.see(after(*now));
        status(&entry(|_| ()), &seen, *now).0 == State::Warning
    });
    let told = told.unwrap();
    // The log is read every ten seconds at the most.
    assert!(told - 1000 + 10 <= 60, "told after {} s", told - 1000);
    let (_, text, age) = status(&entry(|_| ()), &seen, told);
    assert!(
        text.starts_with("Events stopped arriving by the event hook:"),
        "{text}"
    );
    assert!(text.contains("Check that Okta reaches the hook's address"));
    assert_eq!(age, Some(told - 1000));

    seen.last_delivery = Some(after(told));
    assert_eq!(status(&entry(|_| ()), &seen, told).0, State::Connected);
}

#[test]
fn a_quiet_org_is_not_taken_for_a_silent_hook() {
    let mut seen = alive(1000);
    seen.log.as_mut().unwrap().expected = expected([1000]);
    let seen = read_on(seen, 90_000);
    assert_eq!(status(&entry(|_| ()), &seen, 90_000).0, State::Connected);
}

#[test]
fn an_event_that_came_is_not_missed_however_far_our_clock_is_behind_oktas() {
    // Okta published it in second 1000 by its own clock, and it came in second 990 by ours.
    let mut seen = alive(990);
    seen.log.as_mut().unwrap().expected = expected([1000]);
    let seen = read_on(seen, 1060);
    assert_eq!(status(&entry(|_| ()), &seen, 1060).0, State::Warning);
    let mut seen = Seen {
        delivered_to: Some(after(1000)),
        ..seen
    };
    assert_eq!(status(&entry(|_| ()), &seen, 1060).0, State::Connected);

    // One that did not come is missed as soon as ever.
    seen.log.as_mut().unwrap().expected.see(after(1010));
    assert_eq!(status(&entry(|_| ()), &seen, 1050).0, State::Connected);
    let (state, text, _) = status(&entry(|_| ()), &seen, 1051);
    assert_eq!(state, State::Warning);
    assert!(
        text.starts_with("Events stopped arriving by the event hook:"),
        "{text}"
    );
}

#[test]
fn nothing_within_five_minutes_of_the_verification_is_a_state_with_what_to_check() {
    // What the System Log brings says nothing of the hook.
    let seen = Seen {
        last_delivery: None,
        ..alive(200)
    };
    assert_eq!(status(&entry(|_| ()), &seen, 299).0, State::Connected);
    let (state, text, _) = status(&entry(|_| ()), &seen, 300);
    assert_eq!(state, State::Warning);
    assert_eq!(
        text,
        "No event has come within five minutes of the verification. Sign in to the org once; if \
         nothing comes then, check the event types that were chosen, and validate the integration."
    );
}

#[test]
fn deliveries_that_failed_are_told_of_for_a_day() {
    let mut seen = alive(9000);
    seen.log.as_mut().unwrap().failures = vec![after(7000), after(8000)];
    let (state, text, _) = status(&entry(|_| ()), &seen, 9000);
    assert_eq!(state, State::Warning);
    assert!(
        text.starts_with(
            "Okta could not deliver 2 times within 24 hours, at 2026-01-01T02:13:20Z last."
        ),
        "{text}"
    );
    let day_later = 8001 + 24 * 3600;
    let seen = read_on(seen, day_later);
    assert_eq!(status(&entry(|_| ()), &seen, day_later).0, State::Connected);
}

#[test]
fn a_quota_that_is_nearly_used_up_is_told_of_for_a_day() {
    let mut seen = alive(9000);
    seen.log.as_mut().unwrap().quota = Some(after(8000));
    let (state, text, _) = status(&entry(|_| ()), &seen, 9000);
    assert_eq!(state, State::Warning);
    assert!(text.contains("400,000 hook deliveries"), "{text}");
    let day_later = 8001 + 24 * 3600;
    let seen = read_on(seen, day_later);
    assert_eq!(status(&entry(|_| ()), &seen, day_later).0, State::Connected);
}

#[test]
fn a_hook_that_okta_has_switched_off_is_an_error_and_a_lost_log_a_warning() {
    let mut seen = alive(100);
    seen.log
        .as_mut()
        .unwrap()
        .meet(Trouble::new("It lacks a scope.", "Grant it."), after(90));
    let (state, text, age) = status(&entry(|_| ()), &seen, 100);
    assert_eq!((state, age), (State::Warning, Some(10)));
    assert!(text.contains("events that hooks lose or can't carry are missed"));

    seen.hook = Some(Observation {
        since: after(95),
        is_active: Some(false),
        is_verified: Some(true),
        trouble: Some(Trouble::new("It is off.", "Switch it on.")),
    });
    let (state, text, age) = status(&entry(|_| ()), &seen, 100);
    assert_eq!((state, age), (State::Error, Some(5)));
    assert_eq!(text, "It is off. Switch it on.");
}

#[test]
fn a_hook_that_could_not_be_looked_at_is_a_warning_until_more_is_known() {
    let mut seen = alive(100);
    let unknown = Observation {
        since: after(95),
        is_active: None,
        is_verified: None,
        trouble: Some(Trouble::new("Okta did not answer.", "Try again.")),
    };
    seen.hook = Some(unknown.clone());
    let (state, text, age) = status(&entry(|_| ()), &seen, 100);
    assert_eq!((state, age), (State::Warning, Some(5)));
    assert_eq!(text, "Okta did not answer. Try again.");

    seen.hook = Some(Observation {
        is_verified: Some(false),
        ..unknown
    });
    assert_eq!(status(&entry(|_| ()), &seen, 100).0, State::Error);
}

#[test]
fn where_the_log_cannot_be_read_it_is_told_first_that_the_hook_has_brought_nothing() {
    let mut seen = Seen {
        last_delivery: None,
        ..alive(100)
    };
    let trouble = Trouble::new("It lacks a scope.", "Grant it.");
    seen.log.as_mut().unwrap().meet(trouble, after(90));
    let (state, text, _) = status(&entry(|_| ()), &seen, 299);
    assert_eq!(state, State::Warning);
    assert!(
        text.starts_with("The System Log can't be read: It lacks a scope."),
        "{text}"
    );

    let (state, text, age) = status(&entry(|_| ()), &seen, 300);
    assert_eq!((state, age), (State::Warning, Some(300)));
    assert_eq!(
        text,
        "No event has come within five minutes of the verification. The System Log can't be read \
         either: It lacks a scope. Sign in to the org once; if nothing comes then, check the event \
         types that were chosen, and validate the integration."
    );

    seen.last_delivery = Some(after(301));
    let (_, text, _) = status(&entry(|_| ()), &seen, 302);
    assert!(
        text.starts_with("The System Log can't be read: It lacks a scope."),
        "{text}"
    );
}

/// A walk that makes up for what was written since a second, and goes on at another.
fn behind(from: i64, begun: i64, read_to: i64) -> Seen {
    let mut log = log(from);
    let mut catch_up = CatchUp::begin(after(from), after(begun));
    catch_up.read(Some(after(read_to)));
    (log.catch_up, log.last_read) = (Some(catch_up), Some(after(begun)));
    let mut seen = alive(from);
    (seen.last_delivery, seen.log) = (Some(after(begun)), Some(log));
    seen
}

#[test]
fn how_far_the_log_is_read_is_told_until_its_end_is_reached_once() {
    let mut seen = behind(0, 990, 500);
    seen.log.as_mut().unwrap().complete_to = None;
    let (state, text, _) = status(&entry(|_| ()), &seen, 1000);
    assert_eq!(state, State::Connected);
    assert!(text.ends_with("is being read: 50 % is done."), "{text}");
}

#[test]
fn a_walk_that_catches_up_is_connected_and_says_how_far_it_is() {
    let seen = behind(1000, 8100, 4600);
    let (state, text, _) = status(&entry(|_| ()), &seen, 8200);
    assert_eq!(
        (state, text.as_str()),
        (
            State::Connected,
            "Okta has verified its event hook. The System Log since 2026-01-01T00:16:40Z is being read: 50 % is \
             done, 2 hours behind."
        )
    );
    // So little is not worth a word.
    let seen = behind(1000, 1050, 1010);
    let (_, text, _) = status(&entry(|_| ()), &seen, 1055);
    assert_eq!(text, "Okta has verified its event hook.");
}

#[test]
fn a_walk_that_is_slower_than_the_org_is_told_of() {
    let mut seen = behind(1000, 2000, 1300);
    seen.log.as_mut().unwrap().last_read = Some(after(2590));
    let (state, text, age) = status(&entry(|_| ()), &seen, 2600);
    assert_eq!((state, age), (State::Warning, Some(600)));
    assert_eq!(
        text,
        "The System Log grows faster than Okta lets us read it: it is read 26 minutes behind. Give Nightlatch a \
         larger share of the org's limit for /api/v1/logs: the tab Application rate limits of its app, or \
         Security > API > Tokens."
    );
}

#[test]
fn a_walk_that_stalls_without_an_error_is_told_of_after_five_minutes() {
    let mut seen = alive(1000);
    assert_eq!(status(&entry(|_| ()), &seen, 1300).0, State::Connected);
    let (state, text, age) = status(&entry(|_| ()), &seen, 1301);
    assert_eq!((state, age), (State::Warning, Some(301)));
    assert_eq!(
        text,
        "The System Log was read 5 minutes ago last. Until it is, events that hooks lose or can't carry are \
         missed. Look into the log of ingest for what holds it up, then start ingest anew: it goes on where it \
         was."
    );

    // Whoever looks seldom is not late.
    seen.log_poll = Duration::from_mins(10);
    assert_eq!(status(&entry(|_| ()), &seen, 2200).0, State::Connected);
    assert_eq!(status(&entry(|_| ()), &seen, 2201).0, State::Warning);

    // In the middle of what it makes up for.
    let seen = behind(1000, 8100, 4600);
    assert_eq!(status(&entry(|_| ()), &seen, 8400).0, State::Connected);
    let (state, text, _) = status(&entry(|_| ()), &seen, 8401);
    assert_eq!(state, State::Warning);
    assert!(
        text.starts_with("The System Log was read 5 minutes ago last."),
        "{text}"
    );
}

#[test]
fn a_log_that_nobody_has_begun_to_read_is_told_of() {
    let seen = Seen {
        log: None,
        ..alive(200)
    };
    assert_eq!(status(&entry(|_| ()), &seen, 300).0, State::Connected);
    let (state, text, _) = status(&entry(|_| ()), &seen, 301);
    assert_eq!(state, State::Warning);
    assert!(
        text.starts_with("The System Log has not been read yet."),
        "{text}"
    );
}

#[test]
fn whoever_was_resumed_just_now_has_time_to_read() {
    let mut resumed = entry(|_| ());
    let Origin::Settings(set) = &mut resumed.origin else {
        unreachable!("it is set")
    };
    set.when = after(9000);
    assert_eq!(status(&resumed, &alive(1000), 9200).0, State::Connected);
}

#[test]
fn spans_are_told_roughly() {
    let told = [60, 119, 120, 7_199, 7_200, 172_799, 172_800];
    let told = told.map(|seconds| rough(Duration::from_secs(seconds)));
    let expected = [
        "60 seconds",
        "119 seconds",
        "2 minutes",
        "119 minutes",
        "2 hours",
        "47 hours",
        "2 days",
    ];
    assert_eq!(told, expected);
}
