//! The days that there are, and the connections that read them. A file of each day: what is too old
//! goes at once, with its disk space.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nightlatch_chassis::topic::Positions;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::Semaphore;

use super::day::Day;
use crate::store::StoreError;
use crate::store::sqlite::{give_up_at, open_to_read};

/// Connections that wait for the next query; each has three files open.
const MAX_IDLE: usize = 48;
/// What the name of a day's file ends in, after the day.
const EXTENSION: &str = "db";

/// What is known of a day without a look into its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The number of its events.
    pub(super) rows: u64,
    /// For each partition, the first offset after all that it has.
    pub(super) ends: Positions,
}

/// The days. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
    days: Arc<Mutex<BTreeMap<Day, Extent>>>,
    /// The next offset to read of each partition: what stands before it is in the days, all of it.
    committed: Arc<Mutex<Positions>>,
    idle: Arc<Mutex<Vec<(Day, Connection)>>>,
    /// Days that a query found damaged.
    suspects: Arc<Mutex<BTreeSet<Day>>>,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl Shelf {
    pub(super) fn new(folder: PathBuf, readers: usize, timeout: Duration) -> Self {
        Self {
            folder,
            days: Arc::default(),
            committed: Arc::default(),
            idle: Arc::default(),
            suspects: Arc::default(),
            places: Arc::new(Semaphore::new(readers.clamp(1, Semaphore::MAX_PERMITS))),
            timeout,
        }
    }

    /// Returns the file of a day.
    pub(super) fn file(&self, day: Day) -> PathBuf {
        self.folder.join(format!("{day}.{EXTENSION}"))
    }

    /// Returns the days that have files.
    pub(super) fn files(&self) -> std::io::Result<BTreeSet<Day>> {
        let mut days = BTreeSet::new();
        for entry in self.folder.read_dir()? {
            let name = PathBuf::from(entry?.file_name());
            if name.extension().is_some_and(|it| it == EXTENSION)
                && let Some(day) = name.file_stem().and_then(|stem| stem.to_str())
                && let Ok(day) = day.parse()
            {
                days.insert(day);
            }
        }
        Ok(days)
    }

    /// Returns the days and what is known of them, in their order.
    pub(super) fn days(&self) -> BTreeMap<Day, Extent> {
        self.days.lock().clone()
    }

    /// Changes what is known of a day.
    pub(super) fn change(&self, day: Day, change: impl FnOnce(&mut Extent)) {
        change(self.days.lock().entry(day).or_default());
    }

    /// Takes note of how far the topic is in the days.
    pub(super) fn commit(&self, positions: Positions) {
        *self.committed.lock() = positions;
    }

    /// Forgets a day: no query sees it any more.
    pub(super) fn remove(&self, day: Day) {
        self.days.lock().remove(&day);
        self.idle.lock().retain(|(of, _)| *of != day);
    }

    /// Takes the days that queries found damaged.
    pub(super) fn suspects(&self) -> BTreeSet<Day> {
        std::mem::take(&mut *self.suspects.lock())
    }

    /// Runs a query, on a thread where it may block.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Visit) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| StoreError::Stopped)?;
        let shelf = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let end = Instant::now() + shelf.timeout;
            let result = query(&Visit { shelf, end });
            drop(place);
            result
        });
        task.await.map_err(|_| StoreError::Stopped)?
    }

    /// Takes a connection to a day; the one that was used last.
    fn take(&self, day: Day) -> Result<Connection, StoreError> {
        let mut idle = self.idle.lock();
        if let Some(at) = idle.iter().rposition(|(of, _)| *of == day) {
            return Ok(idle.remove(at).1);
        }
        drop(idle);
        open_to_read(&self.file(day))
    }

    fn give_back(&self, day: Day, connection: Connection) {
        let mut idle = self.idle.lock();
        if !self.days.lock().contains_key(&day) {
            return;
        }
        if idle.len() >= MAX_IDLE {
            idle.remove(0);
        }
        idle.push((day, connection));
    }
}

/// A query's way through the days; it ends in time.
#[derive(Debug)]
pub(super) struct Visit {
    shelf: Shelf,
    end: Instant,
}

impl Visit {
    /// Returns the days and what is known of them, in their order.
    pub(super) fn days(&self) -> BTreeMap<Day, Extent> {
        self.shelf.days()
    }

    /// Returns the next offset to read of each partition: what stands before it is in the days.
    pub(super) fn committed(&self) -> Positions {
        self.shelf.committed.lock().clone()
    }

    /// Asks a day, in a transaction of its own. None when it is gone meanwhile, or damaged.
    pub(super) fn day<T>(
        &self,
        day: Day,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if Instant::now() > self.end {
            return Err(StoreError::TooSlow);
        }
        match self.asked(day, query) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if is_damage(&error) => {
                self.shelf.suspects.lock().insert(day);
                Ok(None)
            }
            Err(_) if !self.shelf.days.lock().contains_key(&day) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn asked<T>(
        &self,
        day: Day,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.shelf.take(day)?;
        give_up_at(&mut connection, self.end)?;
        let transaction = connection.transaction()?;
        let result = query(&transaction)?;
        transaction.finish()?;
        self.shelf.give_back(day, connection);
        Ok(result)
    }
}

/// Says whether an error means that a file is not what we have written.
pub(super) fn is_damage(error: &StoreError) -> bool {
    let StoreError::Sqlite(error) = error else {
        return false;
    };
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Returns a database file and what SQLite keeps beside it.
pub(super) fn with_companions(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    })
}
