//! Producing: what `Log::append` makes of the client, beside the client alone. Both have the same
//! callers, each of whom waits for its record to be durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nightlatch_chassis::topic::{Log, Output};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use tokio::task::JoinSet;

use super::{bare_producer, delete, open, prefix, records};
use crate::median::median;
use crate::scale::Scale;
use crate::table::{Row, thousands};

/// Deliveries that ingest handles at a time.
const CALLERS: usize = 512;
const RECORDS: usize = 2_000;

pub(super) async fn measure(scale: &Scale, brokers: &str) -> anyhow::Result<Vec<Row>> {
    let prefix = prefix("produce");
    let log = open(brokers, &prefix).await?;
    let bare: FutureProducer = bare_producer(brokers).create()?;
    let records = Arc::new(records(RECORDS)?);
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    // The first round of each finds its connections.
    for round in 0..=scale.rounds {
        let of_ours = appends(&log, &records, scale.round).await?;
        let of_bare = sends(&bare, &prefix, &records, scale.round).await?;
        if round > 0 {
            ours.push(of_ours);
            alone.push(of_bare);
        }
    }
    drop((log, bare));
    delete(brokers, &prefix).await?;
    let (ours, alone) = (median(ours), median(alone));
    let ratio = ours / alone;
    let row = Row::new(
        "produce, each record waited for",
        format!("{}/s", thousands(ours)),
    );
    let beside = format!("bare client {}/s: {ratio:.2} of it", thousands(alone));
    Ok(vec![row.beside(beside).at_least(ratio, 0.8, "of bare")])
}

async fn appends(log: &Log, records: &Arc<Vec<Output>>, time: Duration) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (log, records) = (log.clone(), Arc::clone(records));
        callers.spawn(async move {
            let mut done = 0_u32;
            for output in records.iter().cycle().skip(caller) {
                if start.elapsed() > time {
                    break;
                }
                log.append(vec![output.clone()]).await?;
                done += 1;
            }
            anyhow::Ok(done)
        });
    }
    rate(callers, start).await
}

async fn sends(
    producer: &FutureProducer,
    prefix: &str,
    records: &Arc<Vec<Output>>,
    time: Duration,
) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (producer, records) = (producer.clone(), Arc::clone(records));
        let prefix = prefix.to_owned();
        callers.spawn(async move {
            let mut done = 0_u32;
            for Output { topic, record } in records.iter().cycle().skip(caller) {
                if start.elapsed() > time {
                    break;
                }
                let topic = format!("{prefix}{topic}");
                let message = FutureRecord::to(&topic)
                    .key(&record.key)
                    .payload(&record.value);
                let sent = producer.send(message, Timeout::Never).await;
                sent.map_err(|(error, _)| error)?;
                done += 1;
            }
            anyhow::Ok(done)
        });
    }
    rate(callers, start).await
}

async fn rate(callers: JoinSet<anyhow::Result<u32>>, start: Instant) -> anyhow::Result<f64> {
    let done = callers
        .join_all()
        .await
        .into_iter()
        .collect::<anyhow::Result<Vec<u32>>>()?;
    Ok(f64::from(done.into_iter().sum::<u32>()) / start.elapsed().as_secs_f64())
}
