//! The callers' side of the one thread that writes.

mod thread;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::stopped;
use super::table::Topic;
use super::write::{Book, Row, Step};
use crate::topic::record::{Outcome, Place, TopicError};
pub(super) use thread::Orders;
use thread::Thread;

/// How much may wait for the disk, in bytes; callers with more wait before they are let in.
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// What a request weighs besides its records, in bytes.
const REQUEST_BYTES: usize = 256;

/// What callers ask for.
#[derive(Debug)]
pub(super) enum Work {
    Append(Vec<Row>),
    Step(Step),
    /// Returns the position of a group, and gives it one.
    Assign {
        group: String,
        topic: Arc<Topic>,
    },
}

/// What they are answered, once it is durable.
#[derive(Debug)]
pub(super) enum Done {
    Appended(Vec<Place>),
    Stepped(Outcome),
    Assigned(i64),
    Refused(TopicError),
}

/// Work with its caller. One that has gone before it is written is passed over.
#[derive(Debug)]
struct Request {
    work: Work,
    bytes: usize,
    reply: oneshot::Sender<Done>,
    _room: OwnedSemaphorePermit,
}

/// Dropped, it waits until the thread has done what was asked and closed the file.
#[derive(Debug)]
pub(super) struct Writer {
    requests: Option<Sender<Request>>,
    room: Arc<Semaphore>,
    failure: watch::Receiver<Option<TopicError>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(book: Book, orders: Orders) -> Result<Self, TopicError> {
        let (requests, inbox) = channel();
        let (failed, failure) = watch::channel(None);
        let thread = Thread::new(book, orders, inbox, failed)?;
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| TopicError::Fatal(format!("cannot start its writer: {error}")))?;
        let room = Arc::new(Semaphore::new(MAX_WAITING_BYTES));
        Ok(Self {
            requests: Some(requests),
            room,
            failure,
            thread: Some(thread),
        })
    }

    /// Has the thread do something and returns its answer.
    pub(super) async fn ask(&self, work: Work) -> Done {
        let bytes = work.bytes();
        let room = u32::try_from(bytes.min(MAX_WAITING_BYTES)).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(room).await else {
            return Done::Refused(stopped());
        };
        let (reply, answer) = oneshot::channel();
        if let Some(requests) = &self.requests
            && requests
                .send(Request {
                    work,
                    bytes,
                    reply,
                    _room: room,
                })
                .is_ok()
            && let Ok(done) = answer.await
        {
            return done;
        }
        Done::Refused(self.failure.borrow().clone().unwrap_or_else(stopped))
    }

    pub(super) async fn failed(&self) -> TopicError {
        let mut failure = self.failure.clone();
        match failure.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or_else(stopped),
            Err(_) => stopped(),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the log's writer has panicked");
        }
    }
}

impl Work {
    fn bytes(&self) -> usize {
        let rows = match self {
            Self::Append(rows) | Self::Step(Step { rows, .. }) => rows.as_slice(),
            Self::Assign { .. } => &[],
        };
        let bytes = |row: &Row| row.key.len() + row.headers.len() + row.value.len();
        REQUEST_BYTES + rows.iter().map(bytes).sum::<usize>()
    }
}

impl Done {
    /// Returns why it was not done.
    pub(super) fn refusal(self) -> TopicError {
        match self {
            Self::Refused(error) => error,
            Self::Appended(_) | Self::Stepped(_) | Self::Assigned(_) => stopped(),
        }
    }
}
