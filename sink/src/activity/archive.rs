//! What writes the days: one thread has the connections, a few at a time, and the file that says how
//! far the topic was read.
//!
//! Days first, position after: each day's commit is on the disk before the position moves, and rows
//! are written by uuid, so what a crash leaves between the two is read again and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nightlatch_chassis::topic::Positions;
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior};
use tracing::{error, info};

use super::day::Day;
use super::row::Row;
use super::shelf::{Extent, Shelf, is_damage, with_companions};
use super::write::{self, Names};
use crate::store::read::positions;
use crate::store::sqlite::{Settings, open_to_write};
use crate::store::{Batch, StoreError, Written, advance, letters};

/// The file of positions. Its name is no day's.
const POSITIONS: &str = "position.db";
/// Days that are open to be written at once: in steady flow it is one.
const MAX_OPEN: usize = 4;
/// What the name of a file that was set aside ends in.
const DAMAGED: &str = "damaged";

const DAY: Settings = Settings {
    migrations: &[
        include_str!("../../migrations/activity_0001.sql"),
        include_str!("../../migrations/activity_0002.sql"),
    ],
    and_then: |_, _| Ok(()),
    // The position is in another file: a power cut must not keep it and take the rows.
    synchronous: "FULL",
    cache_kib: 8192,
};
const POSITION: Settings = Settings {
    migrations: &[include_str!("../../migrations/activity_position_0001.sql")],
    and_then: |_, _| Ok(()),
    synchronous: "NORMAL",
    cache_kib: 256,
};

/// How a batch went, beside what the loop asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Copies {
    /// Rows that took the place of a copy that tells less.
    pub(super) richer: usize,
    /// Rows that were there already.
    pub(super) repeated: usize,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Days that ended before go, milliseconds since 1970.
    pub(crate) since: i64,
    /// More bytes than this, and the oldest days go.
    pub(crate) max_bytes: u64,
}

/// The writer's state.
#[derive(Debug)]
pub(super) struct Archive {
    folder: PathBuf,
    shelf: Shelf,
    positions: Connection,
    /// The one that was used last stands last.
    open: Vec<Open>,
    /// What was set aside since the start, for people.
    damages: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
struct Open {
    day: Day,
    connection: Connection,
    names: Names,
}

impl Archive {
    /// Opens the folder, makes it when it is not there, and looks at each day.
    pub(super) fn open(
        folder: &Path,
        shelf: &Shelf,
        damages: &Arc<Mutex<Vec<String>>>,
    ) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder {
            folder: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let file = folder.join(POSITIONS);
        let connection = open_to_write(&file, POSITION).map_err(|error| match error {
            StoreError::Sqlite(source) => StoreError::Open { file, source },
            error => error,
        })?;
        let mut archive = Self {
            folder: folder.to_owned(),
            shelf: shelf.clone(),
            positions: connection,
            open: Vec::new(),
            damages: Arc::clone(damages),
        };
        shelf.commit(positions(&archive.positions)?);
        for day in shelf.files().map_err(failed)? {
            match archive.look_at(day) {
                Err(error) if is_damage(&error) => archive.set_aside(day, &error)?,
                result => result?,
            }
        }
        Ok(archive)
    }

    /// Takes note of what a day has.
    fn look_at(&mut self, day: Day) -> Result<(), StoreError> {
        let extent = extent(&self.day(day)?.connection)?;
        self.shelf.change(day, |known| *known = extent);
        Ok(())
    }

    /// Returns the file of positions.
    pub(super) const fn positions(&mut self) -> &mut Connection {
        &mut self.positions
    }

    /// Writes a batch: each day's rows, then refused records and positions.
    pub(super) fn write(&mut self, batch: &Batch<Row>) -> Result<(Written, Copies), StoreError> {
        let mut days: BTreeMap<Day, Vec<(usize, &Row)>> = BTreeMap::new();
        for (place, row) in batch.rows.iter().enumerate() {
            let day = days.entry(Day::of(row.occurred_at)).or_default();
            day.push((place, row));
        }
        let (mut new, mut copies) = (Vec::new(), Copies::default());
        for (day, rows) in days {
            let outcome = match self.write_day(day, &rows) {
                Err(error) if is_damage(&error) => {
                    self.set_aside(day, &error)?;
                    self.write_day(day, &rows)?
                }
                outcome => outcome?,
            };
            copies.richer += outcome.richer;
            new.extend(outcome.new);
        }
        copies.repeated = batch.rows.len() - new.len() - copies.richer;
        let transaction = self
            .positions
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if !advance(&transaction, &batch.from, &batch.to)? {
            return Ok((Written::TakenOver, copies));
        }
        for letter in &batch.letters {
            letters::keep(&transaction, letter)?;
        }
        transaction.commit()?;
        self.shelf.commit(positions(&self.positions)?);
        let letters = batch.letters.len();
        Ok((Written::Done { new, letters }, copies))
    }

    fn write_day(
        &mut self,
        day: Day,
        rows: &[(usize, &Row)],
    ) -> Result<write::Outcome, StoreError> {
        let open = self.day(day)?;
        let written = write::write(&mut open.connection, &mut open.names, rows);
        if written.is_err() {
            // Numbers of names that were taken back.
            open.names.clear();
        }
        let outcome = written?;
        self.shelf.change(day, |extent| {
            extent.rows += outcome.new.len() as u64;
            for (_, row) in rows {
                let end = extent.ends.entry(row.partition).or_default();
                *end = (*end).max(row.offset.saturating_add(1));
            }
        });
        Ok(outcome)
    }

    /// Returns a day that is open to be written.
    fn day(&mut self, day: Day) -> Result<&mut Open, StoreError> {
        let at = self.open.iter().position(|open| open.day == day);
        let open = if let Some(at) = at {
            self.open.remove(at)
        } else {
            if self.open.len() >= MAX_OPEN {
                self.open.remove(0).close();
            }
            Open {
                day,
                connection: open_to_write(&self.shelf.file(day), DAY)?,
                names: Names::new(),
            }
        };
        self.open.push(open);
        self.open.last_mut().ok_or(StoreError::Stopped)
    }

    /// Moves a day's file away that is not what we have written; the day begins anew.
    fn set_aside(&mut self, day: Day, why: &StoreError) -> Result<(), StoreError> {
        self.forget(day);
        let file = self.shelf.file(day);
        let now = jiff::Timestamp::now().as_second();
        let aside = file.with_extension(format!("{DAMAGED}-{now}"));
        let pairs = with_companions(&file)
            .into_iter()
            .zip(with_companions(&aside));
        for (from, to) in pairs {
            ignore_missing(fs::rename(&from, to)).map_err(|source| StoreError::Folder {
                folder: self.folder.clone(),
                source,
            })?;
        }
        let note = format!(
            "the activity of {day} could not be read ({why}) and was set aside as {}; what it held is \
             missing until the folder activity is moved away and built anew from the topic",
            aside.display()
        );
        error!(%day, file = %aside.display(), %why, "a damaged file of activity was set aside");
        self.damages.lock().push(note);
        Ok(())
    }

    /// Deletes what need not be kept, whole days; sets aside what queries found damaged. Returns how
    /// many days went.
    pub(super) fn tidy(&mut self, keep: Keep) -> Result<usize, StoreError> {
        for day in self.shelf.suspects() {
            self.forget(day);
            match self.look_at(day) {
                Ok(()) => self.check(day)?,
                Err(error) if is_damage(&error) => self.set_aside(day, &error)?,
                Err(error) => return Err(error),
            }
        }
        let mut deleted = 0;
        while let Some((&oldest, _)) = self.shelf.days().first_key_value() {
            let is_too_old = oldest.end() <= keep.since;
            let is_too_much = self.shelf.days().len() > 1 && self.bytes() > keep.max_bytes;
            if !is_too_old && !is_too_much {
                break;
            }
            self.delete(oldest)?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Reads all of a day that a query stumbled over; sets it aside unless it is whole.
    fn check(&mut self, day: Day) -> Result<(), StoreError> {
        let connection = &self.day(day)?.connection;
        let verdict =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match verdict.map_err(StoreError::from) {
            Ok(verdict) if verdict == "ok" => Ok(()),
            Ok(verdict) => self.set_aside(day, &StoreError::Body(verdict)),
            Err(error) if is_damage(&error) => self.set_aside(day, &error),
            Err(error) => Err(error),
        }
    }

    fn delete(&mut self, day: Day) -> Result<(), StoreError> {
        self.forget(day);
        for file in with_companions(&self.shelf.file(day)) {
            ignore_missing(fs::remove_file(&file)).map_err(|source| StoreError::Folder {
                folder: self.folder.clone(),
                source,
            })?;
        }
        info!(%day, "retention has deleted a day of activity");
        Ok(())
    }

    /// Closes a day for good.
    fn forget(&mut self, day: Day) {
        self.shelf.remove(day);
        self.open.retain(|open| open.day != day);
    }

    /// Returns the size of all files.
    pub(super) fn bytes(&self) -> u64 {
        let files = self.folder.read_dir().into_iter().flatten().flatten();
        let sizes = files.filter_map(|file| file.metadata().ok());
        sizes.map(|metadata| metadata.len()).sum()
    }
}

impl Open {
    /// Closes the day for now; its log is written to its file first.
    fn close(self) {
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        if let Err(error) = self.connection.query_row(truncate, [], |_| Ok(())) {
            info!(day = %self.day, %error, "the log of a day stays beside it");
        }
    }
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn extent(connection: &Connection) -> Result<Extent, StoreError> {
    let rows = connection.query_row("SELECT coalesce(sum(count), 0) FROM minute", [], |row| {
        row.get(0)
    })?;
    let mut ends = Positions::new();
    let mut next = -1;
    // A step of its own for each partition: the index has the last offset of each at hand.
    let mut last = connection.prepare(
        "SELECT topic_partition, max(topic_offset) FROM event WHERE topic_partition =
             (SELECT min(topic_partition) FROM event WHERE topic_partition > ?1)",
    )?;
    loop {
        let (partition, offset): (Option<i32>, Option<i64>) =
            last.query_row([next], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(partition), Some(offset)) = (partition, offset) else {
            return Ok(Extent { rows, ends });
        };
        ends.insert(partition, offset.saturating_add(1));
        next = partition;
    }
}
