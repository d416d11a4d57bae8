//! The org lives: its people work at a pace, and attacks run their course.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;

use super::tenant::Tenant;

/// How often the clock is looked at: it can be moved.
const GLANCE: Duration = Duration::from_millis(10);
/// Events in a row before others have their turn.
const IN_A_ROW: usize = 100;

/// Lives until `stop` changes or is dropped.
pub(crate) async fn run(tenant: Arc<Tenant>, mut stop: watch::Receiver<bool>) {
    loop {
        for _ in 0..IN_A_ROW {
            if !live_on(&tenant) {
                break;
            }
        }
        tenant.keep();
        let lived_ms = tenant.lived_ms.load(Ordering::Acquire);
        let wait = tenant.clock.until(lived_ms).min(GLANCE);
        if wait.is_zero() {
            tokio::task::yield_now().await;
            if stop.has_changed().unwrap_or(true) {
                return;
            }
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => return,
        }
    }
}

/// How busy the org is, and when the next event of daily life is due.
#[derive(Debug)]
pub(crate) struct Pace {
    /// In simulated time.
    events_per_second: f64,
    /// Unix time in milliseconds, with fractions: at a high pace they add up.
    next_ms: f64,
}

impl Pace {
    /// A pace from this instant on.
    pub(crate) fn new(events_per_second: f64, now_ms: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 ms")]
        let next_ms = now_ms as f64;
        Self {
            events_per_second,
            next_ms,
        }
    }

    /// Returns when the next event is due; never, in an org at rest.
    fn due_ms(&self) -> i64 {
        if self.events_per_second > 0.0 {
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            let due_ms = self.next_ms as i64;
            due_ms
        } else {
            i64::MAX
        }
    }

    fn step(&mut self) {
        self.next_ms += 1000.0 / self.events_per_second;
    }
}

/// Lets the next event happen if it is time, and says whether it was.
fn live_on(tenant: &Tenant) -> bool {
    let now_ms = tenant.clock.now_ms();
    let event = {
        let mut pace = tenant.pace.lock();
        let mut traffic = tenant.traffic.lock();
        let life_ms = pace.due_ms();
        let attack_ms = traffic.due_at().unwrap_or(i64::MAX);
        let at_ms = life_ms.min(attack_ms);
        tenant.lived_ms.store(at_ms, Ordering::Release);
        if at_ms > now_ms {
            return false;
        }
        if life_ms < attack_ms {
            pace.step();
        }
        traffic.next(at_ms)
    };
    tenant.happen(&event);
    true
}
