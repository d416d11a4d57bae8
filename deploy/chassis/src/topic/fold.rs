//! A topic folded into a value: read to its end, then followed. Every process that folds the same
//! topic comes to the same value.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::record::{Place, Positions, Stored, TopicError};
use super::{Log, Reader};

/// Records read at once.
const CHUNK: usize = 512;
/// How long after a failed read the next one is tried.
const RETRY: Duration = Duration::from_secs(1);

/// What a topic is folded into.
pub(crate) trait Fold: Send + Sync + 'static {
    /// Takes the next record in.
    fn apply(&mut self, stored: Stored);
}

/// A value that follows its topic until it is dropped.
#[derive(Debug)]
pub(crate) struct Folded<T> {
    log: Log,
    topic: &'static str,
    value: Arc<RwLock<T>>,
    reached: watch::Receiver<Reached>,
    _follower: JoinSet<()>,
}

/// How far the value has come, or why it follows no more.
pub(crate) type Reached = Result<Positions, TopicError>;

impl<T: Fold> Folded<T> {
    /// Folds `topic` into `value` to its end as of now, and follows it from then on.
    pub(crate) async fn open(
        log: &Log,
        topic: &'static str,
        mut value: T,
    ) -> Result<Self, TopicError> {
        let mut reader = log.reader(topic, Positions::new());
        loop {
            let records = reader.read(CHUNK).await?;
            if records.is_empty() {
                break;
            }
            for stored in records {
                value.apply(stored);
            }
        }
        let value = Arc::new(RwLock::new(value));
        let (reach, reached) = watch::channel(Ok(reader.positions().clone()));
        let mut follower = JoinSet::new();
        follower.spawn(follow(Arc::clone(&value), reader, reach));
        Ok(Self {
            log: log.clone(),
            topic,
            value,
            reached,
            _follower: follower,
        })
    }

    /// Returns the value as it stands. It must not be held across an await.
    pub(crate) fn value(&self) -> RwLockReadGuard<'_, T> {
        self.value.read()
    }

    /// Waits until the record at `place` has been taken in.
    pub(crate) async fn includes(&self, place: Place) -> Result<(), TopicError> {
        self.reached(place.partition, place.offset + 1).await
    }

    /// Waits until all that the topic holds now has been taken in.
    pub(crate) async fn catch_up(&self) -> Result<(), TopicError> {
        for bounds in self.log.bounds(self.topic).await? {
            self.reached(bounds.partition, bounds.end).await?;
        }
        Ok(())
    }

    /// Returns what changes each time that something has been taken in.
    pub(crate) fn watch(&self) -> watch::Receiver<Reached> {
        self.reached.clone()
    }

    /// Waits until the topic can't be followed any more and says why.
    pub(crate) async fn failed(&self) -> TopicError {
        let mut reached = self.reached.clone();
        match reached.wait_for(Result::is_err).await {
            Ok(reached) => reached.as_ref().err().cloned().unwrap_or_else(stopped),
            Err(_) => stopped(),
        }
    }

    async fn reached(&self, partition: i32, end: i64) -> Result<(), TopicError> {
        let there = |reached: &Reached| match reached {
            Ok(positions) => positions
                .get(&partition)
                .is_some_and(|position| *position >= end),
            Err(_) => true,
        };
        match self.reached.clone().wait_for(there).await {
            Ok(reached) => reached.as_ref().map(|_| ()).map_err(Clone::clone),
            Err(_) => Err(stopped()),
        }
    }
}

async fn follow<T: Fold>(value: Arc<RwLock<T>>, mut reader: Reader, reach: watch::Sender<Reached>) {
    loop {
        match reader.next(CHUNK).await {
            Ok(records) => {
                let mut value = value.write();
                for stored in records {
                    value.apply(stored);
                }
                drop(value);
                drop(reach.send_replace(Ok(reader.positions().clone())));
            }
            Err(error @ TopicError::Unreadable(_)) => {
                tracing::warn!(%error, "a topic cannot be followed, trying again");
                tokio::time::sleep(RETRY).await;
            }
            Err(error) => {
                drop(reach.send_replace(Err(error)));
                return;
            }
        }
    }
}

fn stopped() -> TopicError {
    TopicError::Fatal("nobody follows the topic any more".to_owned())
}
