//! The loop: read from a topic, write to its store, wake who watches. A record is skipped never:
//! what can't be taken goes to the dead letters, what can't be written now is tried again. The feed
//! and the activity are filled by it, each from its own topic.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::settings::SettingsError;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Bounds, Log, Positions, Reader, Stored, TopicError};
use nightlatch_schemas::topics::DEAD_LETTERS;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::backlog::Backlog;
use crate::dead_letter::DeadLetters;
use crate::keeper::{Happening, Keeper};
use crate::store::{Batch, Letter, Refused, StoreError, Written};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// So many records of the feed are decoded by one thread: of a backlog several take their parts, so that it
/// ends sooner. What gives way to the feed uses one thread.
const PART: usize = 125;
/// After which nothing is at hand.
const QUIET: Duration = Duration::from_millis(50);
/// After which trouble would have shown: a client asks again a second after it was refused.
const CALM: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why the sink has to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log can't be used any more.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The log of triage can't be used.
    #[error("triage: {0}")]
    Triage(#[from] SettingsError),
    /// The store has read another log: its positions mean nothing on this one.
    #[error(
        "the {store} follows the log {known}, but this is {found}: go back to that one, or move {place} \
         away to build the {store} anew"
    )]
    AnotherLog {
        /// What the store is called.
        store: &'static str,
        /// Where it stands in the data folder.
        place: &'static str,
        /// The id of the log that the store has read.
        known: String,
        /// The id of the log that there is.
        found: String,
    },
    /// The store has read further than the topic goes.
    #[error(
        "the {store} has read {topic}/{partition} up to offset {position}, but it ends at {end}: the \
         log was emptied; restore it, or move {place} away to build the {store} anew"
    )]
    Emptied {
        /// What the store is called.
        store: &'static str,
        /// Where it stands in the data folder.
        place: &'static str,
        /// The topic.
        topic: &'static str,
        /// The partition.
        partition: i32,
        /// Where the store wants to go on.
        position: i64,
        /// Where the topic ends.
        end: i64,
    },
}

/// All that the loop works with.
pub(crate) struct Consumer<K> {
    pub(crate) keeper: K,
    /// Whether the store follows its topic.
    pub(crate) check: Latch,
    pub(crate) shutdown: Shutdown,
    /// The feed's.
    pub(crate) backlog: Backlog,
}

/// Why a step was not taken.
enum Interrupted {
    /// A stop has begun.
    Stop,
    /// The sink has to end.
    Failed(RunError),
}

impl<E: Into<RunError>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<K: Keeper> Consumer<K> {
    /// Runs until a stop begins.
    pub(crate) async fn run(self, log: Log) -> Result<(), RunError> {
        match self.follow(&log).await {
            Interrupted::Stop => Ok(()),
            Interrupted::Failed(error) => {
                self.check.not_ready(error.to_string());
                Err(error)
            }
        }
    }

    async fn follow(&self, log: &Log) -> Interrupted {
        match self.steps(log).await {
            Ok(never) => match never {},
            Err(interrupted) => interrupted,
        }
    }

    async fn steps(&self, log: &Log) -> Result<std::convert::Infallible, Interrupted> {
        let mut stored = self.start(log).await?;
        let mut reader = log.reader(K::TOPIC, stored.clone());
        if K::GIVES_WAY.is_some() {
            reader = reader.unhurried();
        }
        let mut letters = DeadLetters::new(log.clone(), self.keeper.clone());
        self.deliver(&mut letters).await?;
        self.check.ready();
        loop {
            if let Some(most) = K::GIVES_WAY {
                tokio::select! {
                    biased;
                    () = self.shutdown.begun() => return Err(Interrupted::Stop),
                    () = self.backlog.over(most) => {}
                }
            }
            let Some(records) = self.read(&mut reader).await? else {
                continue;
            };
            let read_at = tokio::time::Instant::now();
            let is_backlog = reader.has_more();
            self.tell(is_backlog);
            self.keeper.note(Happening::Read(records.len()));
            let to = reader.positions().clone();
            let batch = Arc::new(self.prepare(log, records, &stored, &to).await?);
            let Some(refused) = self.write(&batch).await? else {
                stored = self.keeper.positions().await?;
                warn!(
                    ?stored,
                    store = K::NAME,
                    "another process has written to the store, going on from there"
                );
                reader.seek(stored.clone());
                continue;
            };
            stored = to;
            if refused > 0 {
                self.deliver(&mut letters).await?;
            }
            if !is_backlog {
                tokio::time::sleep_until(read_at + K::BETWEEN_READS).await;
            }
        }
    }

    /// Returns where to go on; an error when this is another log, or does not reach that far.
    async fn start(&self, log: &Log) -> Result<Positions, Interrupted> {
        if let Some(found) = log.id().await? {
            let known = self.keeper.log(found.clone()).await?;
            if known != found {
                return Err(RunError::AnotherLog {
                    store: K::NAME,
                    place: K::PLACE,
                    known,
                    found,
                }
                .into());
            }
        }
        let positions = self.keeper.positions().await?;
        for bounds in self.bounds(log, K::TOPIC).await? {
            let partition = bounds.partition;
            if let Some(&position) = positions.get(&partition)
                && position > bounds.end
            {
                let (topic, end) = (K::TOPIC, bounds.end);
                return Err(RunError::Emptied {
                    store: K::NAME,
                    place: K::PLACE,
                    topic,
                    partition,
                    position,
                    end,
                }
                .into());
            }
        }
        info!(?positions, "the {} follows {}", K::NAME, K::TOPIC);
        Ok(positions)
    }

    /// Reads the next records; none when the reader had to go past a gap.
    async fn read(&self, reader: &mut Reader) -> Result<Option<Vec<Stored>>, Interrupted> {
        let mut pause = FIRST_PAUSE;
        loop {
            let read = tokio::select! {
                biased;
                () = self.shutdown.begun() => return Err(Interrupted::Stop),
                read = self.next(reader) => read,
            };
            match read {
                Ok(records) => return Ok(Some(records)),
                Err(TopicError::Gap {
                    topic,
                    partition,
                    wanted,
                    earliest,
                }) => {
                    error!(
                        topic,
                        partition, wanted, earliest, "retention took unread records"
                    );
                    self.keeper.note(Happening::Gap);
                    self.check.note(format!(
                        "records {wanted} to {earliest} of {topic}/{partition} were gone before \
                         they were read"
                    ));
                    let mut positions = reader.positions().clone();
                    positions.insert(partition, earliest);
                    reader.seek(positions);
                    return Ok(None);
                }
                Err(error @ TopicError::Unreadable(_)) => self.wait(&mut pause, &error).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads on. Where nothing comes at once there is no backlog, whatever the last reading said; and
    /// where no trouble comes for a while either, what there was is over.
    async fn next(&self, reader: &mut Reader) -> Result<Vec<Stored>, TopicError> {
        reader.begin().await?;
        let mut next = pin!(reader.next(K::MAX_BATCH));
        if let Ok(read) = timeout(QUIET, &mut next).await {
            return read;
        }
        self.tell(false);
        if let Ok(read) = timeout(CALM, &mut next).await {
            return read;
        }
        self.check.ready();
        next.await
    }

    /// Says to who gives way whether the feed has a backlog.
    fn tell(&self, is_backlog: bool) {
        if K::GIVES_WAY.is_none() {
            self.backlog.tell(is_backlog);
        }
    }

    /// Decodes records, off the threads that must not block.
    async fn prepare(
        &self,
        log: &Log,
        records: Vec<Stored>,
        from: &Positions,
        to: &Positions,
    ) -> Result<Batch<K::Row>, Interrupted> {
        let part = K::GIVES_WAY.map_or(PART, |_| K::MAX_BATCH);
        let decoding: Vec<_> = parts(records, part)
            .into_iter()
            .map(|records| {
                let keeper = self.keeper.clone();
                let take = move |record| keeper.take(record);
                spawn_blocking(|| records.into_iter().map(take).collect::<Vec<_>>())
            })
            .collect();
        let mut batch = Batch::between(from.clone(), to.clone());
        let mut refused: Vec<Refused> = Vec::new();
        for decoded in decoding {
            for decoded in decoded.await.map_err(|_| StoreError::Stopped)? {
                match decoded {
                    Ok(row) => batch.rows.extend(row),
                    Err(record) => refused.push(*record),
                }
            }
        }
        if !refused.is_empty() {
            let ends = self.dead_letters_end(log).await?;
            let letter = |refused| self.letter(refused, ends.clone());
            batch.letters = refused.into_iter().map(letter).collect();
        }
        Ok(batch)
    }

    async fn dead_letters_end(&self, log: &Log) -> Result<Positions, Interrupted> {
        let bounds = self.bounds(log, DEAD_LETTERS).await?;
        Ok(bounds.iter().map(|b| (b.partition, b.end)).collect())
    }

    /// Returns the ends of a topic, however often it takes.
    async fn bounds(&self, log: &Log, topic: &str) -> Result<Vec<Bounds>, Interrupted> {
        let mut pause = FIRST_PAUSE;
        loop {
            match log.bounds(topic).await {
                Ok(bounds) => return Ok(bounds),
                Err(error @ TopicError::Unreadable(_)) => self.wait(&mut pause, &error).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn letter(&self, refused: Refused, looked_from: Positions) -> Letter {
        let Refused {
            record,
            reason,
            problem,
        } = &refused;
        let (partition, offset) = (record.partition, record.offset);
        warn!(partition, offset, %problem, "a record of {} goes to the dead letters", K::TOPIC);
        self.keeper.note(Happening::Refused(reason));
        Letter::new(refused, looked_from)
    }

    /// Writes a batch, however often it takes. Returns how many of its records were refused; none
    /// when the store was written by another process since.
    async fn write(&self, batch: &Arc<Batch<K::Row>>) -> Result<Option<usize>, Interrupted> {
        let mut pause = FIRST_PAUSE;
        loop {
            let started = Instant::now();
            match self.keeper.write(batch).await {
                Ok(Written::Done { new, letters }) => {
                    self.keeper.wrote(batch, &new, started.elapsed());
                    self.check.ready();
                    return Ok(Some(letters));
                }
                Ok(Written::TakenOver) => return Ok(None),
                Err(StoreError::Stopped) => return Err(StoreError::Stopped.into()),
                Err(error) => self.wait(&mut pause, &error).await?,
            }
        }
    }

    /// Writes what waits to the dead letters, however often it takes.
    async fn deliver(&self, letters: &mut DeadLetters<K>) -> Result<(), Interrupted> {
        let mut pause = FIRST_PAUSE;
        loop {
            match letters.deliver().await {
                Ok(()) => {
                    self.check.ready();
                    return Ok(());
                }
                Err(RunError::Topic(error @ TopicError::Fatal(_))) => return Err(error.into()),
                Err(RunError::Store(StoreError::Stopped)) => return Err(StoreError::Stopped.into()),
                Err(error) => self.wait(&mut pause, &error).await?,
            }
        }
    }

    /// Says that something does not work and waits, longer each time.
    async fn wait(
        &self,
        pause: &mut Duration,
        error: &(dyn std::error::Error + Send + Sync),
    ) -> Result<(), Interrupted> {
        error!(%error, ?pause, "the {} cannot go on, trying again", K::NAME);
        self.check.not_ready(error.to_string());
        self.tell(false);
        tokio::select! {
            () = self.shutdown.begun() => return Err(Interrupted::Stop),
            () = tokio::time::sleep(*pause) => {}
        }
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// Splits records into parts of so many, in order.
fn parts(mut records: Vec<Stored>, size: usize) -> Vec<Vec<Stored>> {
    let mut parts = Vec::new();
    while records.len() > size {
        let rest = records.split_off(size);
        parts.push(std::mem::replace(&mut records, rest));
    }
    parts.push(records);
    parts
}
