//! Membership in the group, and what the group has decided: which partitions are whose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;

use super::GroupConsumer;
use crate::topic::TopicError;
use crate::topic::consumer::Polled;
use crate::topic::kafka::client::{Change, Changes, Context, Fetcher, discard};
use crate::topic::kafka::member::{Member, Partition};
use crate::topic::kafka::unreadable;

/// So often within so long a member may be fenced until it is sure to have a namesake.
const FENCED_AT_MOST: usize = 3;
const NAMESAKES: Duration = Duration::from_secs(30);

impl GroupConsumer {
    /// Joins the group.
    pub(super) fn join(&mut self) -> Result<(), TopicError> {
        let topic = self.kafka.name(self.topic)?;
        if self.member.is_some() {
            return Ok(());
        }
        let changes = Arc::new(Changes::default());
        let context = Context::member(self.kafka.metrics().clone(), Arc::clone(&changes));
        let config = self.kafka.config().group(&self.group);
        let client: Fetcher = config.create_with_context(context).map_err(unreadable)?;
        client.subscribe(&[&topic]).map_err(unreadable)?;
        self.member = Some(Member {
            client: Arc::new(client),
            changes,
            assignment: 0,
            metadata: None,
            is_fetching: false,
            partitions: BTreeMap::new(),
            last: -1,
            gap: -1,
            to_tell: VecDeque::new(),
            producer: None,
            beginning: None,
            finding: None,
            open: None,
            step: None,
        });
        Ok(())
    }

    /// Takes in what the group has decided.
    pub(super) fn serve_change(&mut self) -> Result<(), TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(());
        };
        if let Some((code, reason)) = member.client.client().fatal_error() {
            return Err(self.thrown_out(code, &reason));
        }
        while let Some(change) = member.changes.next() {
            let gone = std::mem::take(&mut member.partitions);
            for partition in gone.into_keys() {
                self.kafka
                    .metrics()
                    .unread(&self.group, self.topic, partition, 0);
                member.to_tell.push_back(Polled::Revoked { partition });
            }
            member.metadata = None;
            member.is_fetching = false;
            if let Change::Assigned(partitions) = change {
                let metadata = member.client.group_metadata();
                // A membership that is over has no generation: what it commits nobody checks.
                if !member.client.assignment_lost() {
                    member.metadata = metadata.map(Arc::new);
                    member.assignment += 1;
                    let new = partitions
                        .into_iter()
                        .map(|number| (number, Partition::default()));
                    member.partitions = new.collect();
                    if member.partitions.is_empty() {
                        member.to_tell.push_back(Polled::Spare);
                    }
                }
            }
            member.changes.served();
        }
        Ok(())
    }

    /// Ends a membership that was declared over. A member is taken for fenced, too, when its session
    /// has run out, or when a broker died while it joined; so another membership begins. Who is
    /// fenced again and again has a namesake, who lives.
    fn thrown_out(&mut self, code: RDKafkaErrorCode, reason: &str) -> TopicError {
        if code != RDKafkaErrorCode::FencedInstanceId {
            return self.kafka.fail(reason);
        }
        self.fenced.push_back(Instant::now());
        self.fenced.retain(|at| at.elapsed() < NAMESAKES);
        if self.fenced.len() > FENCED_AT_MOST {
            let instance = &self.kafka.config().instance;
            return self.kafka.fail(&format!(
                "another process has taken over under the name {instance} (kafka.instance)"
            ));
        }
        self.leave();
        TopicError::Unreadable(format!("the membership of the group is over: {reason}"))
    }

    /// Gives the membership up, so that the next poll begins another.
    pub(super) fn leave(&mut self) {
        discard(self.member.take());
    }

    /// Takes batches back that were given out and never committed.
    pub(super) fn take_back(&mut self) {
        let partitions = self
            .member
            .iter_mut()
            .flat_map(|member| member.partitions.values_mut());
        for partition in partitions {
            if partition.out.take().is_some() {
                partition.position = None;
            }
        }
    }
}
