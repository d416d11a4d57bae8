//! Waiting for a condition: never for luck, never for ever.

use std::time::{Duration, Instant};

/// How long anything may take that has no reason to take long, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_mins(1);

const POLL: Duration = Duration::from_millis(10);

/// Returns what `condition` finds, or panics saying what was waited for.
pub(crate) async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    match within(SOON, condition).await {
        Some(found) => found,
        None => panic!("not within {SOON:?}: {what}"),
    }
}

/// Returns what `condition` finds, or `None` when it finds nothing within `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = condition().await {
            return Some(found);
        }
        if Instant::now() > end {
            return None;
        }
        tokio::time::sleep(POLL).await;
    }
}
