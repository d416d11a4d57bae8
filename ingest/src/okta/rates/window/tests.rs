//! Windows with a clock that the test turns.

use reqwest::header::HeaderValue;

use super::*;

/// The time by Okta's clock: 2026-08-01T00:00:00Z.
const NOON: i64 = 1_785_542_400;
const DATE_TEXT: &str = "Sat, 01 Aug 2026 00:00:00 GMT";

fn headers(limit: i64, remaining: i64, reset: i64) -> HeaderMap {
    let numbers = [(LIMIT, limit), (REMAINING, remaining), (RESET, reset)];
    let numbers = numbers.map(|(name, number)| {
        let value = HeaderValue::from_str(&number.to_string()).unwrap();
        (name.parse().unwrap(), value)
    });
    let mut headers = HeaderMap::from_iter(numbers);
    headers.insert(DATE, HeaderValue::from_static(DATE_TEXT));
    headers
}

/// Calls until the window is closed, each answered; returns how many went and until when it is.
fn call_on(window: &mut Window, limit: i64, mut remaining: i64, now: Instant) -> (u32, Instant) {
    for calls in 0..=u32::MAX {
        if let Some(until) = window.enter(now) {
            return (calls, until);
        }
        remaining -= 1;
        window.learn(&headers(limit, remaining, NOON + 30), now);
    }
    unreachable!("a window has an end")
}

#[test]
fn half_of_the_limit_less_a_spare_is_used_in_a_window_and_then_its_end_awaited() {
    let (mut window, now) = (Window::default(), Instant::now());
    let (calls, until) = call_on(&mut window, 120, 120, now);
    assert_eq!(calls, 54);
    assert_eq!(window.closed(now), Some(until));
    assert_eq!(
        until,
        now + 31 * SECOND,
        "the end, and a second for rounding"
    );
    assert_eq!((window.limit, window.remaining, window.ours), (120, 66, 54));

    assert_eq!(window.closed(until), None);
    assert_eq!(window.enter(until), None, "the next window");
    window.learn(&headers(120, 119, NOON + 91), until);
    assert_eq!(window.ours, 1);
}

#[test]
fn what_was_used_before_a_restart_counts_as_ours() {
    let (mut window, now) = (Window::default(), Instant::now());
    let (calls, _) = call_on(&mut window, 120, 75, now);
    assert_eq!(calls, 9, "45 of 54 were used already");
}

/// What windows of processes on one bucket have used of it, which only Okta knows.
struct Bill {
    used: i64,
    reset: i64,
}

impl Bill {
    fn call(&mut self, window: &mut Window, now: Instant) -> bool {
        let may = window.enter(now).is_none();
        if may {
            self.used += 1;
            window.learn(&headers(120, 120 - self.used, self.reset), now);
        }
        may
    }
}

#[test]
fn processes_that_share_a_bucket_use_half_of_it_together() {
    let mut windows = [(); 4].map(|()| Window::of_walks());
    let mut now = Instant::now();
    for round in 0..3 {
        let mut bill = Bill {
            used: 0,
            reset: NOON + 30 + round * 61,
        };
        // One walks until it may not; the others come, each in turn, when the half is used up.
        while bill.call(&mut windows[0], now) {}
        for window in &mut windows {
            while bill.call(window, now) {}
        }
        assert!((54..=60).contains(&bill.used), "{}", bill.used);
        now += Duration::from_secs(62);
    }
}

#[test]
fn a_process_that_takes_a_walk_over_in_the_middle_of_a_window_goes_on_with_the_count() {
    let (mut first, mut second) = (Window::of_walks(), Window::of_walks());
    let mut now = Instant::now();
    // The second one has walked before, and the first one since.
    for reset in [NOON + 30, NOON + 91] {
        let mut bill = Bill { used: 0, reset };
        for _ in 0..20 {
            assert!(bill.call(&mut second, now));
        }
        for _ in 0..20 {
            assert!(bill.call(&mut first, now));
        }
        while bill.call(&mut second, now) {}
        assert_eq!(bill.used, 54);
        now += Duration::from_secs(62);
    }
}

#[test]
fn what_others_use_up_is_left_to_them() {
    let (mut window, now) = (Window::default(), Instant::now());
    assert_eq!(window.enter(now), None);
    window.learn(&headers(120, 119, NOON + 30), now);
    assert_eq!(window.enter(now), None);
    window.learn(&headers(120, 12, NOON + 30), now);
    assert!(window.enter(now).is_some(), "a tenth is left");
}

#[test]
fn one_call_is_possible_whatever_the_limit() {
    for limit in [0, 1, 2] {
        let (mut window, now) = (Window::default(), Instant::now());
        assert_eq!(window.enter(now), None);
        window.learn(&headers(limit, 0, NOON + 30), now);
        let until = now + Duration::from_secs(32);
        assert_eq!(window.enter(until), None, "a limit of {limit}");
    }
}

#[test]
fn a_reset_in_the_past_is_a_window_of_a_minute() {
    let (mut window, now) = (Window::default(), Instant::now());
    assert_eq!(window.enter(now), None);
    window.learn(&headers(2, 1, NOON - 3600), now);
    assert_eq!(window.enter(now), Some(now + MINUTE));
    assert_eq!(window.enter(now + MINUTE), None);
}

/// Calls as often as may be, slowly and quickly by turns, so that the end of one window and the beginning of
/// the next come close; returns when.
fn call_greedily(window: &mut Window, told: impl Fn(i64) -> HeaderMap) -> Vec<Instant> {
    let begun = Instant::now();
    let (mut now, mut calls) = (begun, Vec::new());
    let (mut used, mut ends) = (0, begun + MINUTE);
    for step in 0..4000 {
        let pause = if step % 700 < 350 { 20 } else { 400 };
        now += Duration::from_millis(pause);
        while ends <= now {
            (used, ends) = (0, ends + MINUTE);
        }
        if window.enter(now).is_none() {
            used += 1;
            window.learn(&told(120 - used), now);
            calls.push(now);
        }
    }
    calls
}

#[test]
fn a_reset_that_stays_the_same_leaves_no_minute_with_more_than_half_of_the_limit() {
    for reset in [NOON - 3600, NOON, NOON + 5] {
        for mut window in [Window::default(), Window::of_walks()] {
            let calls = call_greedily(&mut window, |left| headers(120, left, reset));
            for first in &calls {
                let is_within = |call: &&Instant| (*first..*first + MINUTE).contains(*call);
                let count = calls.iter().filter(is_within).count();
                assert!(count <= 60, "{count} calls in a minute, reset {reset}");
            }
            // It goes on nevertheless, for thirteen minutes.
            assert!(calls.len() > 500, "{} calls", calls.len());
        }
    }
}

#[test]
fn a_reset_in_milliseconds_begins_no_window_with_each_call() {
    let reset = std::cell::Cell::new(NOON * 1000);
    let calls = call_greedily(&mut Window::default(), |left| {
        reset.set(reset.get() + 60);
        headers(120, left, reset.get())
    });
    for first in &calls {
        let is_within = |call: &&Instant| (*first..*first + MINUTE).contains(*call);
        let count = calls.iter().filter(is_within).count();
        assert!(count <= 60, "{count} calls in a minute");
    }
}

#[test]
fn a_date_ahead_of_the_limiter_adds_no_calls_to_the_window() {
    let (mut window, now) = (Window::default(), Instant::now());
    for call in 1..=40 {
        assert_eq!(window.enter(now), None);
        window.learn(&headers(120, 120 - call, NOON + 30), now);
    }
    // By Date it is over, and the limiter goes on counting in it.
    let late = now + Duration::from_secs(32);
    let mut calls = 40;
    let until = loop {
        if let Some(until) = window.enter(late) {
            break until;
        }
        calls += 1;
        window.learn(&headers(120, 120 - calls, NOON + 30), late);
    };
    assert_eq!(calls, 54);
    assert!(until <= late + MINUTE, "{:?}", until - late);

    assert_eq!(window.enter(until), None);
    window.learn(&headers(120, 119, NOON + 95), until);
    assert_eq!((window.ours, window.is_guess), (1, false));
}

#[test]
fn nodes_that_differ_about_an_end_by_a_second_tell_of_one_window() {
    let (mut window, now) = (Window::default(), Instant::now());
    let mut calls = 0;
    while window.enter(now).is_none() {
        calls += 1;
        window.learn(&headers(120, 120 - calls, NOON + 30 + calls % 2), now);
    }
    assert_eq!(calls, 54);
}

#[test]
fn calls_that_are_not_answered_do_not_count_before_a_limit_is_known() {
    let (mut window, now) = (Window::default(), Instant::now());
    for _ in 0..100 {
        assert_eq!(window.enter(now), None);
    }
    window.learn(&headers(120, 119, NOON + 30), now);
    assert_eq!((window.ours, window.closed(now)), (1, None));
}

#[test]
fn a_reset_far_ahead_is_not_waited_for() {
    let (mut window, now) = (Window::default(), Instant::now());
    assert_eq!(window.enter(now), None);
    window.learn(&headers(2, 1, NOON + 86_400), now);
    let until = window.enter(now).unwrap();
    assert!(until <= now + MINUTE + SECOND, "{:?}", until - now);
}

#[test]
fn headers_that_are_missing_or_no_numbers_change_nothing() {
    let (mut window, now) = (Window::default(), Instant::now());
    let mut wrong = headers(120, 119, NOON);
    wrong.insert(LIMIT, HeaderValue::from_static("many"));
    for headers in [HeaderMap::new(), wrong] {
        window.learn(&headers, now);
        assert_eq!(window.ends, None);
        assert_eq!(window.enter(now), None);
    }
}

#[test]
fn a_refused_call_closes_the_bucket_until_the_window_ends_and_longer_each_time() {
    let (mut window, now) = (Window::default(), Instant::now());
    assert_eq!(window.enter(now), None);
    let told = headers(50, 0, NOON + 7);
    window.learn(&told, now);
    window.refuse(&told, now, SECOND / 2);
    let first = window.enter(now).unwrap();
    assert_eq!(first, now + 8 * SECOND + SECOND / 2);

    let mut waits = Vec::new();
    let mut now = first;
    for _ in 0..8 {
        assert_eq!(window.enter(now), None);
        // It says that there is room, and refuses.
        window.refuse(&HeaderMap::new(), now, Duration::ZERO);
        let until = window.enter(now).unwrap();
        waits.push((until - now).as_secs());
        now = until;
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
    window.admit();
    window.refuse(&HeaderMap::new(), now, Duration::ZERO);
    assert_eq!(window.enter(now), Some(now + SECOND));
}

#[test]
fn too_many_calls_at_a_time_say_nothing_of_the_window() {
    let (mut window, now) = (Window::default(), Instant::now());
    assert_eq!(window.enter(now), None);
    window.learn(&headers(120, 119, NOON + 30), now);
    let told = headers(0, 0, NOON + 30);
    assert!(is_concurrency(&told));
    window.learn(&told, now);
    window.refuse(&told, now, Duration::ZERO);
    assert_eq!(window.enter(now), Some(now + SECOND));
    assert_eq!(window.limit, 120);
}
