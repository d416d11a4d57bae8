//! Sharing work out among replicas: what belongs to a key is looked after by the replica that holds
//! the key's partition in a group which reads nothing.

use super::TopicError;
use super::kafka::KafkaMembership;

/// What this replica holds of a topic's partitions. Dropping it leaves the group.
#[derive(Debug)]
pub struct Membership(Carried);

#[derive(Debug)]
pub(super) enum Carried {
    /// The embedded log has one replica alone.
    Local,
    Kafka(KafkaMembership),
}

impl Membership {
    pub(super) const fn new(carried: Carried) -> Self {
        Self(carried)
    }

    /// Says whether this replica looks after what belongs to `key`, as of now: it is a lease, to be
    /// asked for before each thing that only one replica may do. A replica that was asleep for long
    /// holds nothing until it has learnt what the group has decided meanwhile.
    pub fn holds(&self, key: &[u8]) -> bool {
        match &self.0 {
            Carried::Local => true,
            Carried::Kafka(membership) => membership.holds(key),
        }
    }

    /// Waits until the membership is over for good and says why: the process must end then.
    pub async fn failed(&self) -> TopicError {
        match &self.0 {
            Carried::Local => std::future::pending().await,
            Carried::Kafka(membership) => membership.failed().await,
        }
    }
}
