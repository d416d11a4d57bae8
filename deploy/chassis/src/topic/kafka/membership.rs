//! A member of a group that reads nothing: it learns which partitions are its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use tokio::task::JoinSet;

use super::append::partition_of;
use super::client::{Change, Changes, Context, Fetcher, discard};
use super::{Kafka, unreadable};
use crate::topic::TopicError;

/// How often the member looks what the group has decided; a lease is renewed as often.
const TICK: Duration = Duration::from_millis(100);
/// Waited before another membership begins.
const RETRY: Duration = Duration::from_secs(1);

/// Our membership of a group.
#[derive(Debug)]
pub(in crate::topic) struct KafkaMembership {
    kafka: Kafka,
    held: Arc<Mutex<Held>>,
    partitions: i32,
    /// For how long a look is good.
    lease: Duration,
    _member: JoinSet<()>,
}

/// What is ours.
#[derive(Debug, Default)]
struct Held {
    partitions: BTreeSet<i32>,
    /// When that was last looked at.
    looked: Option<Instant>,
    /// Until when it does not count: we were asleep, and the group may have decided otherwise.
    doubted: Option<Instant>,
}

impl KafkaMembership {
    /// Joins a group of the readers of a topic.
    pub(in crate::topic) fn join(
        kafka: Kafka,
        group: &str,
        topic: &'static str,
    ) -> Result<Self, TopicError> {
        let partitions = kafka.topic(topic)?.partitions;
        // Half of what the group waits until it gives the partitions to another.
        let lease = kafka.config().session() / 2;
        let held = Arc::new(Mutex::new(Held::default()));
        let mut member = JoinSet::new();
        member.spawn(take_part(
            kafka.clone(),
            group.to_owned(),
            topic,
            Arc::clone(&held),
            lease,
        ));
        Ok(Self {
            kafka,
            held,
            partitions,
            lease,
            _member: member,
        })
    }

    pub(in crate::topic) fn holds(&self, key: &[u8]) -> bool {
        let Some(partition) = partition_of(key, self.partitions) else {
            return false;
        };
        let (held, now) = (self.held.lock(), Instant::now());
        held.partitions.contains(&partition)
            && held.looked.is_some_and(|looked| now - looked < self.lease)
            && held.doubted.is_none_or(|until| now >= until)
    }

    pub(in crate::topic) async fn failed(&self) -> TopicError {
        self.kafka.failed().await
    }
}

/// Is a member for as long as it is not dropped; a membership that ends is followed by another.
async fn take_part(
    kafka: Kafka,
    group: String,
    topic: &'static str,
    held: Arc<Mutex<Held>>,
    lease: Duration,
) {
    loop {
        let ended = membership(&kafka, &group, topic, &held, lease).await;
        held.lock().partitions.clear();
        if let Err(error) = ended {
            tracing::warn!(group, %error, "a membership is over, another one begins");
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Closes the client wherever the task is left.
struct Client(Option<Arc<Fetcher>>, Arc<Changes>);

impl Drop for Client {
    fn drop(&mut self) {
        self.1.close();
        discard(self.0.take());
    }
}

async fn membership(
    kafka: &Kafka,
    group: &str,
    topic: &'static str,
    held: &Mutex<Held>,
    lease: Duration,
) -> Result<(), TopicError> {
    let changes = Arc::new(Changes::default());
    let context = Context::member(kafka.metrics().clone(), Arc::clone(&changes));
    let client: Fetcher = kafka
        .config()
        .group(group)
        .create_with_context(context)
        .map_err(unreadable)?;
    let client = Arc::new(client);
    let _closing = Client(Some(Arc::clone(&client)), Arc::clone(&changes));
    client
        .subscribe(&[kafka.name(topic)?.as_ref()])
        .map_err(unreadable)?;
    loop {
        // Who polls stays a member.
        if let Some(Err(error)) = client.recv().now_or_never() {
            tracing::debug!(%error, group, "the membership goes on");
        }
        if let Some((_, reason)) = client.client().fatal_error() {
            return Err(TopicError::Unreadable(reason));
        }
        if look(held, &changes, lease, Instant::now()) {
            // Taken in, and nothing of it is fetched. Who does not say so is never asked again.
            client
                .assign(&TopicPartitionList::new())
                .map_err(unreadable)?;
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Takes in what the group has decided; says whether it has given us something.
fn look(held: &Mutex<Held>, changes: &Changes, lease: Duration, now: Instant) -> bool {
    let mut held = held.lock();
    let mut is_given = false;
    while let Some(change) = changes.next() {
        is_given = matches!(change, Change::Assigned(_));
        held.partitions = match change {
            Change::Assigned(partitions) => partitions.into_iter().collect(),
            Change::Revoked => BTreeSet::new(),
        };
        changes.served();
    }
    let slept = held.looked.map(|looked| now - looked);
    if slept.is_some_and(|slept| slept >= lease) {
        held.doubted = Some(now + lease);
    }
    held.looked = Some(now);
    is_given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_asleep_for_long_doubts_what_it_holds_for_a_while() {
        let (held, changes) = (Mutex::new(Held::default()), Changes::default());
        let (lease, start) = (Duration::from_secs(3), Instant::now());
        look(&held, &changes, lease, start);
        look(&held, &changes, lease, start + Duration::from_secs(2));
        assert_eq!(held.lock().doubted, None);

        let awake = start + Duration::from_secs(20);
        look(&held, &changes, lease, awake);

        assert_eq!(held.lock().doubted, Some(awake + lease));
    }
}
