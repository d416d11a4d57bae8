//! The one thread that writes: it commits what many callers ask for together.

use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{ErrorCode, ffi};
use tokio::sync::watch;

use super::{Done, Request, Work};
use crate::seeded_bugs::{dawdle, seeded_bug, step_aborts};
use crate::topic::fault::{Fault, Faults};
use crate::topic::local::checkpoint::Checkpoints;
use crate::topic::local::write::{Book, Step};
use crate::topic::local::{retention, unopened};
use crate::topic::record::{Outcome, TopicError};

/// How much one commit takes together, in bytes; more waits for the next.
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;
/// How long a commit waits for further callers when the one before had several: those it answered
/// mostly come again, and one commit for all is cheaper and sooner done than two. Measured with 16
/// callers: a quarter less CPU, a third more records a second.
const COMPANY: Duration = Duration::from_micros(100);
/// How often retention looks whether something may go, and how soon again while it does.
const RETENTION_TICK: Duration = Duration::from_millis(500);
const RETENTION_BUSY_TICK: Duration = Duration::from_millis(10);

/// What the thread is given besides the file.
#[derive(Debug)]
pub(in crate::topic::local) struct Orders {
    pub(in crate::topic::local) faults: Faults,
    pub(in crate::topic::local) max_bytes: Option<u64>,
    /// The folder's lock, given back after the file is closed.
    pub(in crate::topic::local) _lock: File,
}

pub(super) struct Thread {
    book: Book,
    checkpoints: Checkpoints,
    inbox: Receiver<Request>,
    failed: watch::Sender<Option<TopicError>>,
    /// When retention and checkpoints are looked at next.
    care_due: Instant,
    /// Whether care has failed since it last went well; said once.
    care_failing: bool,
    steps: u64,
    /// Whether the last commit was for several callers.
    had_company: bool,
    /// Requests that a fault keeps from being answered.
    hung: Vec<Request>,
    /// Last, so that it is dropped last.
    orders: Orders,
}

impl Thread {
    pub(super) fn new(
        mut book: Book,
        orders: Orders,
        inbox: Receiver<Request>,
        failed: watch::Sender<Option<TopicError>>,
    ) -> Result<Self, TopicError> {
        let checkpoints =
            Checkpoints::watch(&mut book.connection).map_err(|error| unopened(&error))?;
        let care_due = Instant::now();
        let (care_failing, steps, had_company, hung) = (false, 0, false, Vec::new());
        Ok(Self {
            book,
            checkpoints,
            inbox,
            failed,
            care_due,
            care_failing,
            steps,
            had_company,
            hung,
            orders,
        })
    }

    pub(super) fn run(mut self) {
        let failure = loop {
            let wait = self.care_due.saturating_duration_since(Instant::now());
            let worked = match self.inbox.recv_timeout(wait) {
                Ok(first) => {
                    let group = self.gather(first);
                    self.commit(group).and_then(|()| self.care(false))
                }
                Err(RecvTimeoutError::Timeout) => self.care(true),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Err(error) = worked {
                break error;
            }
        };
        tracing::error!(error = %failure, "the log failed, the process must end");
        self.failed.send_replace(Some(failure.clone()));
        // Whoever still asks gets an answer until then.
        while let Ok(request) = self.inbox.recv() {
            drop(request.reply.send(Done::Refused(failure.clone())));
        }
    }

    fn gather(&mut self, first: Request) -> Vec<Request> {
        if self.had_company {
            thread::sleep(COMPANY);
        }
        let mut bytes = first.bytes;
        let mut group = vec![first];
        while bytes < MAX_GROUP_BYTES {
            let Ok(request) = self.inbox.try_recv() else {
                break;
            };
            bytes += request.bytes;
            group.push(request);
        }
        self.had_company = group.len() > 1;
        group.retain(|request| !request.reply.is_closed());
        group
    }

    /// Commits a group. An error is the end of the log; what only hits the group is its answer.
    fn commit(&mut self, group: Vec<Request>) -> Result<(), TopicError> {
        let done = match self.write(&group) {
            Ok(done) => done,
            Err(error) => return self.refuse(group, &error),
        };
        if seeded_bug("ack-before-durable") {
            self.answer(group, done);
            dawdle();
            return self.book.commit().map_err(|error| failure(&error));
        }
        match self.book.commit() {
            Ok(()) => {
                self.answer(group, done);
                Ok(())
            }
            Err(error) => self.refuse(group, &error),
        }
    }

    fn answer(&mut self, group: Vec<Request>, done: Vec<Option<Done>>) {
        for (request, done) in group.into_iter().zip(done) {
            match done {
                // A caller that no longer waits needs no answer.
                Some(done) => drop(request.reply.send(done)),
                None => self.hung.push(request),
            }
        }
    }

    /// Undoes a group that could not be written.
    fn refuse(&mut self, group: Vec<Request>, error: &rusqlite::Error) -> Result<(), TopicError> {
        let error = match self.book.roll_back() {
            Ok(()) => failure(error),
            Err(worse) => TopicError::Fatal(format!("{error}; {worse}")),
        };
        for request in group {
            drop(request.reply.send(Done::Refused(error.clone())));
        }
        if matches!(error, TopicError::Fatal(_)) {
            Err(error)
        } else {
            Ok(())
        }
    }

    /// Writes a group; an answer of `None` is never given.
    fn write(&mut self, group: &[Request]) -> rusqlite::Result<Vec<Option<Done>>> {
        self.book.begin()?;
        group
            .iter()
            .map(|request| self.write_one(&request.work))
            .collect()
    }

    fn write_one(&mut self, work: &Work) -> rusqlite::Result<Option<Done>> {
        Ok(Some(match work {
            Work::Append(rows) => match self.orders.faults.next_for_append() {
                Some(Fault::HangAppend) => return Ok(None),
                Some(Fault::FullDisk) => {
                    self.book.append(rows)?;
                    return Err(injected(ffi::SQLITE_FULL));
                }
                Some(_) => Done::Refused(TopicError::NotDurable("injected".to_owned())),
                None => Done::Appended(self.book.append(rows)?),
            },
            Work::Step(step) => Done::Stepped(self.step(step)?),
            Work::Assign { group, topic } => Done::Assigned(self.book.assign(group, topic)?),
        }))
    }

    fn step(&mut self, step: &Step) -> rusqlite::Result<Outcome> {
        self.steps += 1;
        let unlucky = step_aborts().is_some_and(|every| self.steps.is_multiple_of(every));
        let fault = self.orders.faults.next_for_step();
        Ok(match fault.or(unlucky.then_some(Fault::AbortStep)) {
            None => self.book.step(step)?,
            Some(Fault::FenceStep) => Outcome::Fenced,
            Some(Fault::UnknownStepLost) => Outcome::Unknown("injected".to_owned()),
            Some(Fault::UnknownStepDone) => match self.book.step(step)? {
                Outcome::Committed => Outcome::Unknown("injected".to_owned()),
                other => other,
            },
            Some(Fault::FatalStep) => return Err(injected(ffi::SQLITE_IOERR_FSYNC)),
            Some(_) => Outcome::Aborted("injected".to_owned()),
        })
    }

    /// Keeps the WAL and the file small, when it is time to.
    fn care(&mut self, is_idle: bool) -> Result<(), TopicError> {
        let now = Instant::now();
        let mut cared = self.checkpoints.step(&self.book.connection, is_idle);
        if now >= self.care_due {
            let time = self.book.now();
            let Book {
                connection, topics, ..
            } = &self.book;
            let retained = retention::step(connection, topics, self.orders.max_bytes, time);
            let more = matches!(retained, Ok(true));
            self.care_due = now
                + if more {
                    RETENTION_BUSY_TICK
                } else {
                    RETENTION_TICK
                };
            cared = cared.and(retained.map(|_| ()));
        }
        let error = cared.err().map(|error| failure(&error));
        let was_failing = std::mem::replace(&mut self.care_failing, error.is_some());
        match error {
            Some(fatal @ TopicError::Fatal(_)) => Err(fatal),
            Some(error) if !was_failing => {
                tracing::warn!(%error, "retention of the log waits");
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Tells a failure after which the file is as it was from one after which nobody knows. A failed
/// fsync is of the second kind: the kernel may have dropped what it could not write.
fn failure(error: &rusqlite::Error) -> TopicError {
    let text = error.to_string();
    let is_harmless = match error.sqlite_error() {
        // The shared memory beside the WAL could not grow, on a full disk.
        Some(found) if found.extended_code == ffi::SQLITE_IOERR_SHMSIZE => true,
        Some(found) => matches!(
            found.code,
            ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::OutOfMemory
        ),
        None => false,
    };
    if is_harmless {
        TopicError::NotDurable(text)
    } else {
        TopicError::Fatal(text)
    }
}

fn injected(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some("injected".to_owned()))
}
