//! Copying the WAL into the file between commits, so that it stays small.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::schema::BUSY;

/// Pages that are added to the WAL before it is copied: 4 MiB.
const EVERY_PAGES: i32 = 512;
/// Pages from which on the writer waits for readers to let it start the WAL anew: 64 MiB.
const PRESSING_PAGES: i32 = 8192;
/// How long it waits then.
const PRESSING_WAIT: Duration = Duration::from_millis(100);

/// When to copy.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Pages in the WAL after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages in the WAL when it was last copied.
    copied: i32,
}

impl Checkpoints {
    /// Counts the pages that `connection` writes.
    pub(super) fn watch(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicI32::new(0));
        let count = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            count.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, copied: 0 })
    }

    /// Copies the WAL when there is enough of it, or something and time. SQLite would do it within
    /// the commit, and would keep to itself that it failed.
    pub(super) fn step(&mut self, connection: &Connection, is_idle: bool) -> rusqlite::Result<()> {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.copied {
            // It has started anew.
            self.copied = 0;
        }
        let enough = if is_idle { 1 } else { EVERY_PAGES };
        if pages - self.copied < enough {
            return Ok(());
        }
        self.copied = pages;
        if pages < PRESSING_PAGES {
            return checkpoint(connection, "PASSIVE");
        }
        connection.busy_timeout(PRESSING_WAIT)?;
        let result = checkpoint(connection, "RESTART");
        connection.busy_timeout(BUSY)?;
        result
    }
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
}
