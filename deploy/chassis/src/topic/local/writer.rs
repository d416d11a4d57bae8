//! The one thread that writes: it commits what many callers ask for together.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, params};
use tokio::sync::{oneshot, watch};

use super::{Fault, LocalOptions, PARTITION, read, retention};
use crate::topic::record::{Outcome, Place, TopicError};

/// How much one commit takes together; more waits for the next.
const MAX_GROUP_ROWS: usize = 2048;
/// How often retention looks whether something may go, and how soon again while it does.
const RETENTION_TICK: Duration = Duration::from_millis(500);
const RETENTION_BUSY_TICK: Duration = Duration::from_millis(10);

/// A record ready to be written.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) table: i64,
    pub(super) compacted: bool,
    pub(super) key: Vec<u8>,
    pub(super) headers: Vec<u8>,
    pub(super) value: Vec<u8>,
}

/// An atomic step ready to be written.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) group: String,
    pub(super) table: i64,
    pub(super) expected: i64,
    pub(super) next: i64,
    pub(super) rows: Vec<Row>,
}

/// What callers ask for.
#[derive(Debug)]
pub(super) enum Request {
    Append { rows: Vec<Row>, reply: oneshot::Sender<Result<Vec<Place>, TopicError>> },
    Step { step: Step, reply: oneshot::Sender<Outcome> },
}

impl Request {
    fn rows(&self) -> usize {
        match self {
            Self::Append { rows, .. } | Self::Step { step: Step { rows, .. }, .. } => rows.len(),
        }
    }

    fn refuse(self, error: &TopicError) {
        // A caller that no longer waits needs no answer.
        match self {
            Self::Append { reply, .. } => drop(reply.send(Err(error.clone()))),
            Self::Step { reply, .. } => drop(reply.send(match error {
                TopicError::Fatal(reason) => Outcome::Fatal(reason.clone()),
                other => Outcome::Aborted(other.to_string()),
            })),
        }
    }
}

/// The callers' side.
#[derive(Debug)]
pub(super) struct Writer {
    requests: Sender<Request>,
    failure: watch::Receiver<Option<TopicError>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        ends: Vec<(i64, watch::Sender<i64>)>,
        options: LocalOptions,
    ) -> Result<Self, TopicError> {
        let (requests, inbox) = channel();
        let (failed, failure) = watch::channel(None);
        let next = ends.iter().map(|(table, end)| (*table, *end.borrow())).collect();
        let mut latest = 0;
        for (table, _) in &ends {
            latest = latest.max(read::latest_timestamp(&connection, *table)?);
        }
        let thread = Thread {
            connection,
            inbox,
            ends: ends.into_iter().collect(),
            next,
            latest,
            options,
            retention_due: Instant::now(),
            failed,
            hung: Vec::new(),
        };
        std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| TopicError::Fatal(format!("cannot start the log's writer: {error}")))?;
        Ok(Self { requests, failure })
    }

    pub(super) fn send(&self, request: Request) -> Result<(), TopicError> {
        self.requests.send(request).map_err(|_| match &*self.failure.borrow() {
            Some(error) => error.clone(),
            None => super::stopped(),
        })
    }

    pub(super) async fn failed(&self) -> TopicError {
        let mut failure = self.failure.clone();
        match failure.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or_else(super::stopped),
            Err(_) => super::stopped(),
        }
    }
}

struct Thread {
    connection: Connection,
    inbox: Receiver<Request>,
    ends: BTreeMap<i64, watch::Sender<i64>>,
    /// The next offset of each topic.
    next: BTreeMap<i64, i64>,
    /// The last record time that was given; record time never goes back.
    latest: i64,
    options: LocalOptions,
    /// When retention looks next.
    retention_due: Instant,
    failed: watch::Sender<Option<TopicError>>,
    /// Requests that a fault keeps from being answered.
    hung: Vec<Request>,
}

/// What a request is answered once the group is durable.
enum Done {
    Appended(Vec<Place>),
    Stepped(Outcome),
    Refused(TopicError),
    Hung,
}

impl Thread {
    fn run(mut self) {
        loop {
            let written = match self.inbox.recv_timeout(self.retention_due.saturating_duration_since(Instant::now())) {
                Ok(first) => {
                    let group = self.gather(first);
                    self.commit(group)
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Err(error) = written.and_then(|()| self.retain()) {
                tracing::error!(%error, "the log failed");
                self.failed.send_replace(Some(error.clone()));
                // Whoever still asks gets an answer until the process ends.
                while let Ok(request) = self.inbox.recv() {
                    request.refuse(&error);
                }
                return;
            }
        }
    }

    fn gather(&self, first: Request) -> Vec<Request> {
        let mut rows = first.rows();
        let mut group = vec![first];
        while rows < MAX_GROUP_ROWS {
            let Ok(request) = self.inbox.try_recv() else { break };
            rows += request.rows();
            group.push(request);
        }
        group
    }

    /// Commits a group. What it returns is fatal; a group that could not be written is told so.
    fn commit(&mut self, group: Vec<Request>) -> Result<(), TopicError> {
        let mut next = self.next.clone();
        let written = self.write(&group, &mut next);
        let committed =
            written.and_then(|done| self.connection.execute_batch("COMMIT").map(|()| done));
        match committed {
            Ok(done) => {
                for (request, done) in group.into_iter().zip(done) {
                    self.answer(request, done);
                }
                for (table, end) in &next {
                    if let Some(watched) = self.ends.get(table) {
                        watched.send_if_modified(|known| std::mem::replace(known, *end) != *end);
                    }
                }
                self.next = next;
                Ok(())
            }
            Err(error) => {
                let error = classify(&error);
                // It fails when the failure itself has already ended the transaction.
                drop(self.connection.execute_batch("ROLLBACK"));
                for request in group {
                    request.refuse(&error);
                }
                if matches!(error, TopicError::Fatal(_)) { Err(error) } else { Ok(()) }
            }
        }
    }

    fn answer(&mut self, request: Request, done: Done) {
        // A caller that no longer waits needs no answer.
        match (request, done) {
            (Request::Append { reply, .. }, Done::Appended(places)) => drop(reply.send(Ok(places))),
            (Request::Step { reply, .. }, Done::Stepped(outcome)) => drop(reply.send(outcome)),
            (request, Done::Refused(error)) => request.refuse(&error),
            (request, _) => self.hung.push(request),
        }
    }

    fn write(
        &mut self,
        group: &[Request],
        next: &mut BTreeMap<i64, i64>,
    ) -> rusqlite::Result<Vec<Done>> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.latest = self.latest.max(i64::try_from(now).unwrap_or(i64::MAX));
        let mut done = Vec::with_capacity(group.len());
        for request in group {
            done.push(match request {
                Request::Append { rows, .. } => match self.options.faults.next_for_append() {
                    Some(Fault::HangAppend) => Done::Hung,
                    Some(_) => Done::Refused(TopicError::NotDurable("injected".to_owned())),
                    None => Done::Appended(self.insert(rows, next)?),
                },
                Request::Step { step, .. } => self.step(step, next)?,
            });
        }
        for (table, end) in next.iter().filter(|(table, end)| self.next.get(table) != Some(end)) {
            self.connection
                .prepare_cached("UPDATE topic SET next = ?2 WHERE id = ?1")?
                .execute([table, end])?;
        }
        Ok(done)
    }

    fn step(&self, step: &Step, next: &mut BTreeMap<i64, i64>) -> rusqlite::Result<Done> {
        let fault = self.options.faults.next_for_step();
        let injected = || "injected".to_owned();
        Ok(match fault {
            Some(Fault::FenceStep) => Done::Stepped(Outcome::Fenced),
            Some(Fault::UnknownStepLost) => Done::Stepped(Outcome::Unknown(injected())),
            Some(Fault::FatalStep) => Done::Refused(TopicError::Fatal(injected())),
            Some(Fault::UnknownStepDone) => match self.advance(step, next)? {
                Outcome::Committed => Done::Stepped(Outcome::Unknown(injected())),
                other => Done::Stepped(other),
            },
            Some(_) => Done::Stepped(Outcome::Aborted(injected())),
            None => Done::Stepped(self.advance(step, next)?),
        })
    }

    /// Writes a step's outputs and position, if the position is still the one that was read.
    fn advance(&self, step: &Step, next: &mut BTreeMap<i64, i64>) -> rusqlite::Result<Outcome> {
        let Step { group, table, expected, next: position, rows } = step;
        let changed = self
            .connection
            .prepare_cached(
                "INSERT INTO position (reader, topic, next) VALUES (?1, ?2, ?3)
                 ON CONFLICT (reader, topic) DO UPDATE SET next = ?3 WHERE next = ?4",
            )?
            .execute(params![group, table, position, expected])?;
        if changed == 0 {
            return Ok(Outcome::Fenced);
        }
        self.insert(rows, next)?;
        Ok(Outcome::Committed)
    }

    fn insert(&self, rows: &[Row], next: &mut BTreeMap<i64, i64>) -> rusqlite::Result<Vec<Place>> {
        let mut places = Vec::with_capacity(rows.len());
        for Row { table, compacted, key, headers, value } in rows {
            let end = next.entry(*table).or_default();
            if *compacted {
                self.connection
                    .prepare_cached(&format!("DELETE FROM record_{table} WHERE key = ?1"))?
                    .execute([key])?;
            }
            self.connection
                .prepare_cached(&format!(
                    "INSERT INTO record_{table} (id, timestamp, key, headers, value)
                     VALUES (?1, ?2, ?3, ?4, ?5)"
                ))?
                .execute(params![*end, self.latest, key, headers, value])?;
            places.push(Place { partition: PARTITION, offset: *end });
            *end += 1;
        }
        Ok(places)
    }

    fn retain(&mut self) -> Result<(), TopicError> {
        let now = Instant::now();
        if now < self.retention_due {
            return Ok(());
        }
        let (wait, result) = match retention::step(&self.connection, &self.options, self.latest) {
            Ok(true) => (RETENTION_BUSY_TICK, Ok(())),
            Ok(false) => (RETENTION_TICK, Ok(())),
            Err(error) => (RETENTION_TICK, Err(classify(&error))),
        };
        self.retention_due = now + wait;
        match result {
            Err(TopicError::NotDurable(error)) => {
                tracing::warn!(%error, "retention of the log waits");
                Ok(())
            }
            other => other,
        }
    }
}

/// Tells a failure after which the file is as it was from one after which nobody knows.
fn classify(error: &rusqlite::Error) -> TopicError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::OutOfMemory) => {
            TopicError::NotDurable(text)
        }
        _ => TopicError::Fatal(text),
    }
}
