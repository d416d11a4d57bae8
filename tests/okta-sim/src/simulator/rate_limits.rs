//! The org's rate limits: buckets a minute wide that every client may use a share of.
//!
//! Windows are of real time. A window begins with the first request of its bucket, so that no two
//! buckets begin a minute together.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde::Serialize;

use super::endpoint::Endpoint;
use super::options::LimitOptions;

const WINDOW_MS: i64 = 60_000;

/// The buckets of an org.
#[derive(Debug)]
pub(crate) struct RateLimits {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limits: LimitOptions,
    windows: BTreeMap<Endpoint, Window>,
    peaks: BTreeMap<(Endpoint, String), Peak>,
}

#[derive(Debug)]
struct Window {
    ends_ms: i64,
    used: u32,
    clients: BTreeMap<String, u32>,
    /// Each is logged once a window.
    warned: bool,
    violated: bool,
}

/// What a request finds of its bucket: what the headers say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Unix time in seconds.
    pub(crate) reset_s: i64,
    pub(crate) refused: bool,
    pub(crate) notice: Option<Notice>,
}

impl Allowance {
    /// What the headers say when too many requests are answered at a time: no bucket, no time.
    pub(crate) const NONE: Self = Self {
        limit: 0,
        remaining: 0,
        reset_s: 0,
        refused: true,
        notice: None,
    };
}

/// What Okta logs about the use of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Warning,
    Violation,
}

/// The fullest that a client has had a bucket in any window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// Whose it is: `app:` or `token:` with an id, or `anonymous`.
    pub client: String,
    /// The endpoint's bucket.
    pub endpoint: Endpoint,
    /// Requests in that window, those refused included.
    pub used: u32,
    /// The limit that the answers of that window advertised.
    pub limit: u32,
}

impl Peak {
    /// Returns how much of the advertised limit was used: 1 is all of it.
    pub fn share(&self) -> f64 {
        f64::from(self.used) / f64::from(self.limit.max(1))
    }
}

impl RateLimits {
    pub(crate) fn new(limits: LimitOptions) -> Self {
        Self {
            state: Mutex::new(State {
                limits,
                windows: BTreeMap::new(),
                peaks: BTreeMap::new(),
            }),
        }
    }

    /// Changes the limits; windows go on.
    pub(crate) fn set(&self, limits: LimitOptions) {
        self.state.lock().limits = limits;
    }

    pub(crate) fn limits(&self) -> LimitOptions {
        self.state.lock().limits
    }

    /// Counts a request of a client.
    pub(crate) fn take(&self, endpoint: Endpoint, client: &str, wall_ms: i64) -> Allowance {
        self.state.lock().take(endpoint, client, wall_ms)
    }

    pub(crate) fn peaks(&self) -> Vec<Peak> {
        self.state.lock().peaks.values().cloned().collect()
    }
}

impl State {
    fn take(&mut self, endpoint: Endpoint, client: &str, wall_ms: i64) -> Allowance {
        let org_limit = match endpoint {
            Endpoint::Logs => self.limits.logs,
            Endpoint::Token => self.limits.token,
            _ => self.limits.management,
        };
        // The token endpoint does not know yet who calls.
        let limit = match endpoint {
            Endpoint::Token => org_limit,
            _ => share(org_limit, self.limits.client_share).max(1),
        };
        let window = self
            .windows
            .entry(endpoint)
            .or_insert_with(|| Window::new(wall_ms));
        if window.ends_ms <= wall_ms {
            *window = Window::new(wall_ms);
        }
        let used = window.clients.entry(client.to_owned()).or_default();
        *used += 1;
        let used = *used;
        let refused = used > limit || window.used >= org_limit;
        if !refused {
            window.used += 1;
        }
        let notice = if refused && !window.violated {
            window.violated = true;
            Some(Notice::Violation)
        } else if used >= share(limit, self.limits.warning_share).max(1)
            && !window.warned
            && endpoint != Endpoint::Token
        {
            window.warned = true;
            Some(Notice::Warning)
        } else {
            None
        };
        let reset_s = window.ends_ms.div_euclid(1000) + 1;
        let remaining = if refused {
            0
        } else {
            limit
                .saturating_sub(used)
                .min(org_limit.saturating_sub(window.used))
        };
        self.note(endpoint, client, used, limit);
        Allowance {
            limit,
            remaining,
            reset_s,
            refused,
            notice,
        }
    }

    fn note(&mut self, endpoint: Endpoint, client: &str, used: u32, limit: u32) {
        let now = Peak {
            client: client.to_owned(),
            endpoint,
            used,
            limit,
        };
        let peak = self
            .peaks
            .entry((endpoint, client.to_owned()))
            .or_insert_with(|| now.clone());
        if now.share() > peak.share() {
            *peak = now;
        }
    }
}

impl Window {
    fn new(wall_ms: i64) -> Self {
        Self {
            ends_ms: wall_ms + WINDOW_MS,
            used: 0,
            clients: BTreeMap::new(),
            warned: false,
            violated: false,
        }
    }
}

/// Returns a share of a limit, rounded down.
fn share(limit: u32, share: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let share = (f64::from(limit) * share) as u32;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_half_of_the_bucket_and_a_new_one_after_a_minute() {
        let limits = RateLimits::new(LimitOptions {
            logs: 20,
            ..LimitOptions::default()
        });
        let take = |at_ms| limits.take(Endpoint::Logs, "app:1", at_ms);
        let notices: Vec<_> = (0..10).filter_map(|_| take(1_000).notice).collect();
        assert_eq!(notices, [Notice::Warning]);
        let refused = take(1_000);
        assert_eq!(
            (refused.limit, refused.remaining, refused.refused),
            (10, 0, true)
        );
        assert_eq!(refused.notice, Some(Notice::Violation));
        assert_eq!(take(2_000).notice, None);
        assert!(!limits.take(Endpoint::Logs, "app:2", 2_000).refused);
        assert!(!take(61_001).refused);
        let peak = &limits.peaks()[0];
        assert_eq!((peak.used, peak.limit), (12, 10));
    }
}
