//! How much of what Okta allows we use ("Rate limits"): of each bucket never more than half in a
//! window, a twentieth of it spared for whoever has yet to see an answer, and less where others use it
//! up. What is over waits for the next window.
//!
//! Calls of one bucket go one after the other, so that each knows what those before it have learnt. Walks
//! along the System Log move from process to process: of that bucket all counts as ours that answers show
//! as used.

mod window;

use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use window::Window;

pub(super) use window::{is_concurrency, remaining};

/// What Okta counts calls of together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// The token endpoint.
    Token,
    /// Event hooks.
    EventHooks,
    /// The System Log.
    SystemLog,
    /// What the org says of itself.
    Organization,
}

impl Bucket {
    pub(super) const ALL: [Self; 4] = [
        Self::Token,
        Self::EventHooks,
        Self::SystemLog,
        Self::Organization,
    ];

    /// What it is called in metrics.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::EventHooks => "event_hooks",
            Self::SystemLog => "system_log",
            Self::Organization => "organization",
        }
    }
}

/// The windows of all buckets.
#[derive(Debug)]
pub(super) struct Rates {
    token: Lane,
    event_hooks: Lane,
    system_log: Lane,
    organization: Lane,
}

#[derive(Debug, Default)]
struct Lane {
    /// Held during a call.
    turn: Mutex<()>,
    window: parking_lot::Mutex<Window>,
}

/// Leave for one call.
pub(super) struct Turn<'a> {
    window: &'a parking_lot::Mutex<Window>,
    _turn: MutexGuard<'a, ()>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            token: Lane::default(),
            event_hooks: Lane::default(),
            system_log: Lane {
                window: parking_lot::Mutex::new(Window::of_walks()),
                ..Lane::default()
            },
            organization: Lane::default(),
        }
    }
}

impl Rates {
    const fn lane(&self, bucket: Bucket) -> &Lane {
        match bucket {
            Bucket::Token => &self.token,
            Bucket::EventHooks => &self.event_hooks,
            Bucket::SystemLog => &self.system_log,
            Bucket::Organization => &self.organization,
        }
    }

    /// Waits until a call may be made.
    pub(super) async fn turn(&self, bucket: Bucket) -> Turn<'_> {
        let lane = self.lane(bucket);
        let turn = lane.turn.lock().await;
        loop {
            let until = lane.window.lock().enter(Instant::now());
            let Some(until) = until else { break };
            tracing::debug!(?bucket, wait = ?until - Instant::now(), "waiting for okta's next window");
            tokio::time::sleep_until(until).await;
        }
        Turn {
            window: &lane.window,
            _turn: turn,
        }
    }

    /// How long a call would have to wait.
    pub(super) fn until_room(&self, bucket: Bucket) -> Option<Duration> {
        let now = Instant::now();
        let until = self.lane(bucket).window.lock().closed(now)?;
        Some(until.saturating_duration_since(now))
    }
}

impl Turn<'_> {
    /// Takes what the answer tells.
    pub(super) fn answered(&self, status: u16, headers: &HeaderMap) {
        let jitter = u64::from(rand::random::<u16>());
        let jitter = Duration::from_micros(jitter * 1_000_000 / u64::from(u16::MAX));
        let mut window = self.window.lock();
        window.learn(headers, Instant::now());
        if status == 429 {
            window.refuse(headers, Instant::now(), jitter);
        } else {
            window.admit();
        }
    }
}
