//! Steps: what a transaction for each step costs. The same loop judges the same events, writes a
//! record for each and commits its position; once atomically, once without transactions.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nightlatch_chassis::topic::{Log, Outcome, Output, Polled, Record};
use nightlatch_engine::{Context, Event, Ruleset, State};
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{OktaEvent, decode};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use tokio::task::block_in_place;

use super::{bare_producer, client, delete, open, prefix, records};
use crate::managed;
use crate::median::median;
use crate::scale::Scale;
use crate::table::{Row, thousands};

/// The detector's own default.
const MAX_STEP: usize = 10_000;
/// As many outputs the detector hands over at a time.
const MANY: usize = 256;
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn measure(scale: &Scale, brokers: &str) -> anyhow::Result<Vec<Row>> {
    let prefix = prefix("step");
    let log = open(brokers, &prefix).await?;
    let records = records(scale.stepped)?;
    let count = records.len();
    for chunk in records.chunks(500) {
        log.append(chunk.to_vec()).await?;
    }
    let ruleset = managed::as_shipped()?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..scale.rounds.div_ceil(2) {
        with.push(steps(&log, &format!("with-{round}"), count, &ruleset).await?);
        let bare = Bare::new(brokers, &prefix, round)?;
        without.push(bare.run(count, &ruleset).await?);
    }
    drop(log);
    delete(brokers, &prefix).await?;
    let (with, without) = (median(with), median(without));
    let cost = (1.0 - with / without) * 100.0;
    let row = Row::new(
        "detector steps, a transaction each",
        format!("{}/s", thousands(with)),
    );
    let beside = format!("without {}/s: they cost {cost:.0} %", thousands(without));
    Ok(vec![row.beside(beside).at_most(cost, 20.0, "%")])
}

/// Judges a record as the detector does; what is written is the record itself.
fn judge(ruleset: &Ruleset, value: &[u8], offset: i64) -> anyhow::Result<usize> {
    let okta: OktaEvent = decode(value)?;
    let event = Event::parse(&okta.raw)?;
    let context = Context {
        integration: &okta.integration,
        org: &okta.org,
        uuid: &okta.uuid,
        appended_ms: okta.received,
        published_ms: okta.received,
        offset,
    };
    let changes = ruleset.evaluate(&event, &context, &mut State::default());
    Ok(changes.detections.len())
}

async fn steps(log: &Log, group: &str, count: usize, ruleset: &Ruleset) -> anyhow::Result<f64> {
    let mut consumer = log.consumer(group, OKTA_EVENTS);
    let mut start = None;
    let mut done = 0;
    while done < count {
        let polled = tokio::time::timeout(PATIENCE, consumer.poll(MAX_STEP)).await??;
        let Polled::Batches(batches) = polled else {
            continue;
        };
        let start = *start.get_or_insert_with(Instant::now);
        let mut outputs = Vec::new();
        for stored in batches.iter().flat_map(|batch| &batch.records) {
            block_in_place(|| judge(ruleset, &stored.record.value, stored.offset))?;
            let record: Record = stored.record.clone();
            outputs.push(Output {
                topic: RUNTIME_EVENTS,
                record,
            });
            done += 1;
            // As the detector does.
            if outputs.len() >= MANY {
                block_in_place(|| consumer.hand_over(std::mem::take(&mut outputs)));
            }
        }
        match consumer.commit(&batches, outputs).await {
            Outcome::Committed => {}
            outcome => bail!("a step ended as {}", outcome.name()),
        }
        if done >= count {
            return Ok(rate(done, start));
        }
    }
    bail!("nothing was read")
}

/// The loop without transactions.
struct Bare {
    consumer: BaseConsumer,
    producer: FutureProducer,
    prefix: String,
}

impl Bare {
    fn new(brokers: &str, prefix: &str, round: usize) -> anyhow::Result<Self> {
        let mut config = client(brokers);
        config
            .set("group.id", format!("{prefix}without-{round}"))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("fetch.queue.backoff.ms", "10")
            .set("queued.max.messages.kbytes", "32768");
        let consumer: BaseConsumer = config.create()?;
        consumer.subscribe(&[&format!("{prefix}{OKTA_EVENTS}")])?;
        let producer = bare_producer(brokers).create()?;
        Ok(Self {
            consumer,
            producer,
            prefix: prefix.to_owned(),
        })
    }

    async fn run(&self, count: usize, ruleset: &Ruleset) -> anyhow::Result<f64> {
        let (from, to) = (
            format!("{}{OKTA_EVENTS}", self.prefix),
            format!("{}{RUNTIME_EVENTS}", self.prefix),
        );
        let began = Instant::now();
        let mut start = None;
        let mut done = 0;
        while done < count {
            anyhow::ensure!(began.elapsed() < PATIENCE, "the bare loop takes too long");
            let mut positions = BTreeMap::new();
            let mut sent = Vec::new();
            let mut wait = Duration::from_millis(100);
            while sent.len() < MAX_STEP
                && let Some(message) = block_in_place(|| self.consumer.poll(wait))
            {
                let message = message?;
                start.get_or_insert_with(Instant::now);
                wait = Duration::ZERO;
                let value = message.payload().context("a record without a value")?;
                block_in_place(|| judge(ruleset, value, message.offset()))?;
                let key = message.key().unwrap_or_default();
                let record = FutureRecord::to(&to).key(key).payload(value);
                sent.push(
                    self.producer
                        .send_result(record)
                        .map_err(|(error, _)| error)?,
                );
                positions.insert(message.partition(), message.offset() + 1);
            }
            done += sent.len();
            for delivery in sent {
                delivery.await?.map_err(|(error, _)| error)?;
            }
            let mut committed = TopicPartitionList::new();
            for (partition, position) in positions {
                committed.add_partition_offset(&from, partition, Offset::Offset(position))?;
            }
            if committed.count() > 0 {
                self.consumer.commit(&committed, CommitMode::Async)?;
            }
        }
        Ok(rate(done, start.context("nothing was read")?))
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn rate(done: usize, start: Instant) -> f64 {
    done as f64 / start.elapsed().as_secs_f64()
}
