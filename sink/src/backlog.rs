//! Detections go first: while the feed has a backlog, the activity leaves it the machine.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Whether the feed has a backlog. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backlog(Arc<watch::Sender<bool>>);

impl Backlog {
    /// Says whether there is one.
    pub(crate) fn tell(&self, is_there: bool) {
        self.0.send_replace(is_there);
    }

    /// Waits until there is none, but no longer than `most`: nobody waits for ever.
    pub(crate) async fn over(&self, most: Duration) {
        let mut told = self.0.subscribe();
        // The sender lives as long as we do.
        drop(timeout(most, told.wait_for(|is_there| !is_there)).await);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const MOST: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_way_waits_for_the_end_of_a_backlog_but_not_for_ever() {
        let (backlog, started) = (Backlog::default(), Instant::now());
        backlog.over(MOST).await;
        assert_eq!(started.elapsed(), Duration::ZERO);

        backlog.tell(true);
        backlog.over(MOST).await;
        assert_eq!(started.elapsed(), MOST);

        let end = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            backlog.tell(false);
        };
        tokio::join!(backlog.over(MOST), end);
        assert_eq!(started.elapsed(), MOST + Duration::from_secs(1));
    }
}
