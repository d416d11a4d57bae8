//! What a demo came to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::terminal::{self, Terminal};

/// Counts and times, shared by who watches and who ends it.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_rule: BTreeMap<String, u64>,
    latencies: Vec<Duration>,
    last_landed: Option<Instant>,
}

impl Summary {
    /// Notes a detection in the feed, and how long it took from the hook to there.
    pub(crate) fn landed(&self, rule: &str, latency: Option<Duration>) {
        let mut inner = self.inner();
        *inner.by_rule.entry(rule.to_owned()).or_default() += 1;
        inner.last_landed = Some(Instant::now());
        inner.latencies.extend(latency);
    }

    /// Waits until nothing has landed for half a second, at most `longest`.
    pub(crate) async fn settled(&self, longest: Duration) {
        let begun = Instant::now();
        let quiet = Duration::from_millis(500);
        while begun.elapsed() < longest {
            let last = self.inner().last_landed.unwrap_or(begun).max(begun);
            if last.elapsed() > quiet {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Prints it, with how many events there were at Okta.
    pub(crate) fn print(&self, terminal: Terminal, events: usize) {
        let mut inner = self.inner();
        inner.latencies.sort_unstable();
        let detections: u64 = inner.by_rule.values().sum();
        terminal::print_line(&format!(
            "\n{events} events at Okta, {detections} detections"
        ));
        for (rule, count) in &inner.by_rule {
            terminal::print_line(&format!(
                "{count:>8}  {}",
                terminal.paint(terminal::TITLE, rule)
            ));
        }
        let percentile = |percent: usize| {
            let at = (inner.latencies.len() * percent / 100).min(inner.latencies.len() - 1);
            inner.latencies.get(at).map_or(0, Duration::as_millis)
        };
        if !inner.latencies.is_empty() {
            terminal::print_line(&format!(
                "hook to feed: p50 {} ms, p95 {} ms, p99 {} ms",
                percentile(50),
                percentile(95),
                percentile(99)
            ));
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
