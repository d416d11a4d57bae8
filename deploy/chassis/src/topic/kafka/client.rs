//! What librdkafka tells its clients: log lines, errors, statistics, and changes of the assignment.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::FutureProducer;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::Notify;

use crate::topic::consumer::Batch;
use crate::topic::metrics::TopicMetrics;

pub(super) type Producer = FutureProducer<Context>;
pub(super) type Inspector = BaseConsumer<Context>;
pub(super) type Fetcher = StreamConsumer<Context>;

/// What every client of ours is told.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// What the client is for, as metrics and logs have it.
    role: &'static str,
    metrics: TopicMetrics,
    /// Members of a group only.
    changes: Option<Arc<Changes>>,
    trouble: Arc<Mutex<Option<Trouble>>>,
}

/// What a client has met last.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) reason: String,
    /// Whether trying again changes nothing: brokers refuse us, or we refuse them.
    pub(super) is_refusal: bool,
}

/// A change of what the group has given us, not served yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// These partitions are ours; nothing is fetched of them before we say so.
    Assigned(Vec<i32>),
    /// None is ours any more.
    Revoked,
}

/// The changes that are to be served, in order, and the ends of partitions that were seen.
#[derive(Debug, Default)]
pub(super) struct Changes {
    queue: Mutex<VecDeque<Change>>,
    pub(super) arrived: Notify,
    /// Whether the client is being closed: nobody serves changes then.
    closing: AtomicBool,
    ends: Mutex<BTreeMap<i32, i64>>,
}

impl Changes {
    /// Returns the next change, which stays until [`Changes::served`]. An assignment that was taken
    /// back before it was served has never been.
    pub(super) fn next(&self) -> Option<Change> {
        let mut queue = self.queue.lock();
        while queue.len() > 1 && queue.front() != Some(&Change::Revoked) {
            queue.pop_front();
        }
        queue.front().cloned()
    }

    /// Whether the last change has taken everything away.
    pub(super) fn is_revoked(&self) -> bool {
        self.queue.lock().back() == Some(&Change::Revoked)
    }

    pub(super) fn served(&self) {
        self.queue.lock().pop_front();
    }

    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// Returns where a partition ends for readers, as of the last fetch; `None` when not known.
    pub(super) fn end(&self, partition: i32) -> Option<i64> {
        self.ends.lock().get(&partition).copied()
    }

    /// Whether nothing is known of that stands behind a batch.
    pub(super) fn is_read(&self, batch: &Batch) -> bool {
        self.end(batch.partition())
            .is_none_or(|end| end <= batch.next())
    }

    fn push(&self, change: Change) {
        self.queue.lock().push_back(change);
        self.arrived.notify_one();
    }
}

impl Context {
    pub(super) fn new(role: &'static str, metrics: TopicMetrics) -> Self {
        Self {
            role,
            metrics,
            changes: None,
            trouble: Arc::default(),
        }
    }

    pub(super) fn member(metrics: TopicMetrics, changes: Arc<Changes>) -> Self {
        Self {
            role: "member",
            metrics,
            changes: Some(changes),
            trouble: Arc::default(),
        }
    }

    /// Keeps what was met, unless a refusal says more.
    fn meet(&self, reason: &str, is_refusal: bool) {
        let mut trouble = self.trouble.lock();
        if is_refusal || !trouble.as_ref().is_some_and(|trouble| trouble.is_refusal) {
            let reason = reason.to_owned();
            *trouble = Some(Trouble { reason, is_refusal });
        }
    }

    /// Returns what the client has met last.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().clone()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let role = self.role;
        match level {
            // Each failed try to connect; `error` sums them up, without saying why.
            _ if matches!(facility, "FAIL" | "ERROR") => {
                // What a broker has against our certificate it says in an alert, after the handshake perhaps.
                let is_alert = message.contains(" alert ") && !message.contains("internal error");
                let is_refusal = is_alert || message.contains("SSL handshake failed");
                self.meet(message, is_refusal);
                tracing::debug!(role, facility, message, "librdkafka");
            }
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => {
                tracing::warn!(role, facility, message, "librdkafka");
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(role, facility, message, "librdkafka");
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is told in this way, too.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        let is_refusal = matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::Authentication
                    | RDKafkaErrorCode::SSL
                    | RDKafkaErrorCode::SaslAuthenticationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
            )
        );
        if is_refusal {
            self.meet(reason, true);
        }
        let name = error
            .rdkafka_error_code()
            .map_or_else(|| "unknown".to_owned(), |code| format!("{code:?}"));
        self.metrics.kafka_error(self.role, &name);
        tracing::warn!(role = self.role, %error, reason, "kafka");
    }

    fn stats(&self, statistics: Statistics) {
        self.metrics.kafka_client(self.role, &statistics);
        let Some(changes) = &self.changes else { return };
        let mut ends = changes.ends.lock();
        let topics = statistics.topics.values();
        for partition in topics.flat_map(|topic| topic.partitions.values()) {
            if partition.partition >= 0 && partition.ls_offset >= 0 {
                ends.insert(partition.partition, partition.ls_offset);
            }
        }
        drop(ends);
        // Who waits for records says how far behind it is now.
        changes.arrived.notify_one();
    }
}

impl ConsumerContext for Context {
    /// Called while a member polls, so between two steps. What is taken away is let go of at once;
    /// what is given waits until its positions are known.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        error: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let Some(changes) = &self.changes else { return };
        let is_assignment = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        self.metrics.rebalanced(is_assignment);
        if is_assignment && !changes.closing.load(Ordering::Acquire) {
            let elements = partitions.elements();
            let partitions = elements
                .iter()
                .map(TopicPartitionListElem::partition)
                .collect();
            changes.push(Change::Assigned(partitions));
            return;
        }
        if let Err(error) = consumer.unassign() {
            tracing::warn!(%error, "partitions could not be let go of");
        }
        changes.push(Change::Revoked);
    }
}

/// Drops a client on a thread of its own: closing one waits for brokers, for long when they are
/// away, and nobody needs to wait for that.
pub(super) fn discard<T: Send + 'static>(client: Option<T>) {
    let Some(client) = client else { return };
    let closing = std::thread::Builder::new().name("kafka-close".to_owned());
    if let Err(error) = closing.spawn(move || drop(client)) {
        tracing::debug!(%error, "a client is closed in place");
    }
}
