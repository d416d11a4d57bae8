//! Reading from given positions on, as no member of any group.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::task::spawn_blocking;

use super::client::{Context, Fetcher, discard};
use super::{Kafka, assign, seek, stored, unreadable};
use crate::topic::{Positions, Stored, TopicError};

/// How long steps that others have open may keep a read to the end waiting.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks whether they are decided.
const LOOK: Duration = Duration::from_millis(20);
/// How much is returned at once, in bytes: memory must not follow the size of a backlog.
const MAX_CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// Reads partitions of a topic.
pub(in crate::topic) struct KafkaReader {
    kafka: Kafka,
    topic: &'static str,
    /// Those that are read.
    partitions: Vec<i32>,
    positions: Positions,
    client: Option<Arc<Fetcher>>,
    /// Whether the client was made for a read to the end.
    is_hasty: bool,
    /// Whether records that come may be gathered first.
    is_unhurried: bool,
    mode: Mode,
    /// Fetched and not returned yet.
    fetched: VecDeque<Stored>,
    /// The client may have more at hand than was taken.
    is_cut: bool,
    /// Met while there was something to return, to be told next.
    trouble: Option<KafkaError>,
}

/// What the client was told to fetch.
#[derive(Debug, PartialEq, Eq)]
enum Mode {
    /// Nothing, or not from where we stand now.
    Idle,
    /// Everything, as it comes.
    Following,
    /// Everything up to these ends; the partitions that have not been read so far.
    ToTheEnd {
        ends: Positions,
        unfinished: BTreeMap<i32, Unfinished>,
    },
}

/// A partition that is being read to its end.
#[derive(Debug, PartialEq, Eq)]
struct Unfinished {
    /// The offset after the last record that was fetched.
    next: i64,
    end: End,
}

/// What is known of a partition's end. It may be of a broker that has just become its leader and
/// does not know yet how far the records are committed, or of one that has just ceased to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Ahead,
    /// A broker has nothing more.
    Told,
    /// Its leader says that all is decided; so the next time that there is nothing more is the end.
    Confirmed,
}

impl KafkaReader {
    pub(in crate::topic) fn new(
        kafka: Kafka,
        topic: &'static str,
        partition: Option<i32>,
        positions: Positions,
    ) -> Self {
        let partitions = match partition {
            Some(partition) => vec![partition],
            None => kafka.partitions(topic),
        };
        Self {
            kafka,
            topic,
            partitions,
            positions,
            client: None,
            is_hasty: false,
            is_unhurried: false,
            mode: Mode::Idle,
            fetched: VecDeque::new(),
            is_cut: false,
            trouble: None,
        }
    }

    pub(in crate::topic) const fn unhurried(&mut self) {
        self.is_unhurried = true;
    }

    pub(in crate::topic) const fn has_more(&self) -> bool {
        self.is_cut
    }

    pub(in crate::topic) async fn begin(&mut self) -> Result<(), TopicError> {
        if self.mode != Mode::Following {
            self.mode = Mode::Idle;
            let positions = self.start().await?.0;
            self.fetch(&positions, false).await?;
            self.mode = Mode::Following;
        }
        Ok(())
    }

    pub(in crate::topic) async fn next(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        self.begin().await?;
        loop {
            self.drain(max);
            if !self.fetched.is_empty() {
                return Ok(self.take(max));
            }
            self.receive().await?;
        }
    }

    pub(in crate::topic) async fn read(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        self.is_cut = false;
        if !matches!(self.mode, Mode::ToTheEnd { .. }) {
            self.mode = Mode::Idle;
            let (positions, ends) = self.start().await?;
            let unread =
                |(partition, position): &(&i32, &i64)| ends.get(*partition) > Some(*position);
            let unread: Positions = positions
                .iter()
                .filter(unread)
                .map(|(p, at)| (*p, *at))
                .collect();
            if unread.is_empty() {
                self.positions = positions;
                return Ok(Vec::new());
            }
            for partition in unread.keys() {
                self.decided(*partition, &ends).await?;
            }
            self.fetch(&positions, true).await?;
            let begin = |(partition, next)| {
                let end = End::Ahead;
                (partition, Unfinished { next, end })
            };
            let unfinished = unread.into_iter().map(begin).collect();
            self.mode = Mode::ToTheEnd { ends, unfinished };
        }
        loop {
            self.drain(max);
            if !self.fetched.is_empty() {
                return Ok(self.take(max));
            }
            self.confirm().await?;
            if let Mode::ToTheEnd { ends, unfinished } = &self.mode
                && unfinished.is_empty()
            {
                // Behind the last record may be marks of steps, which nobody reads.
                for (partition, end) in ends {
                    let position = self.positions.entry(*partition).or_insert(*end);
                    *position = (*position).max(*end);
                }
                self.mode = Mode::Idle;
                return Ok(Vec::new());
            }
            self.receive().await?;
        }
    }

    pub(in crate::topic) const fn positions(&self) -> &Positions {
        &self.positions
    }

    pub(in crate::topic) fn seek(&mut self, positions: Positions) {
        self.positions = positions;
        self.mode = Mode::Idle;
    }

    /// Returns the position of each partition, and where each ends now.
    async fn start(&self) -> Result<(Positions, Positions), TopicError> {
        let mut positions = Positions::new();
        let mut ends = Positions::new();
        let bounds = self
            .kafka
            .bounds_of(self.topic, self.partitions.clone())
            .await?;
        for bounds in bounds {
            let wanted = self.positions.get(&bounds.partition).copied();
            let position = super::position_within(self.topic, wanted, bounds)?;
            positions.insert(bounds.partition, position);
            ends.insert(bounds.partition, bounds.end);
        }
        Ok((positions, ends))
    }

    /// Waits until every step that had something before the end of a partition is committed or
    /// aborted: what is fetched from then on reaches so far.
    async fn decided(&self, partition: i32, ends: &Positions) -> Result<(), TopicError> {
        let topic = self.kafka.name(self.topic)?;
        let started = Instant::now();
        let end = ends.get(&partition).copied().unwrap_or_default();
        loop {
            let (kafka, topic) = (self.kafka.clone(), Arc::clone(&topic));
            let look = spawn_blocking(move || kafka.stable_end(&topic, partition));
            if look.await.map_err(unreadable)?? >= end {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(TopicError::Unreadable(format!(
                    "a step on {topic}/{partition} has been open for {PATIENCE:?}",
                    topic = self.topic
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Asks the leaders of partitions whose end was told whether it is the end, and looks again.
    async fn confirm(&mut self) -> Result<(), TopicError> {
        let Mode::ToTheEnd { ends, unfinished } = &self.mode else {
            return Ok(());
        };
        let told = unfinished.iter().filter(|(_, held)| held.end == End::Told);
        let told: Positions = told
            .map(|(partition, held)| (*partition, held.next))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        for partition in told.keys() {
            self.decided(*partition, ends).await?;
        }
        let (client, topic) = (self.client()?, self.kafka.name(self.topic)?);
        let from = told.clone();
        let sought = spawn_blocking(move || seek(&client, &topic, &from)).await;
        if let Err(error) = sought.map_err(unreadable)? {
            self.mode = Mode::Idle;
            return Err(unreadable(error));
        }
        if let Mode::ToTheEnd { unfinished, .. } = &mut self.mode {
            let held = unfinished.iter_mut();
            held.filter(|(partition, _)| told.contains_key(partition))
                .for_each(|(_, held)| held.end = End::Confirmed);
        }
        Ok(())
    }

    fn client(&mut self) -> Result<Arc<Fetcher>, TopicError> {
        if let Some(client) = &self.client {
            return Ok(Arc::clone(client));
        }
        let context = Context::new("reader", self.kafka.metrics().clone());
        let config = self.kafka.config();
        let config = if self.is_hasty {
            config.hasty_reader()
        } else if self.is_unhurried {
            config.unhurried_reader()
        } else {
            config.reader()
        };
        let client: Fetcher = config.create_with_context(context).map_err(unreadable)?;
        Ok(Arc::clone(self.client.insert(Arc::new(client))))
    }

    /// Begins to fetch from `positions`, and drops what was fetched from others.
    async fn fetch(&mut self, positions: &Positions, is_hasty: bool) -> Result<(), TopicError> {
        if self.is_hasty != is_hasty {
            discard(self.client.take());
            self.is_hasty = is_hasty;
        }
        let is_new = self.client.is_none();
        let client = self.client()?;
        let topic = self.kafka.name(self.topic)?;
        self.fetched.clear();
        self.trouble = None;
        let from = positions.clone();
        let begin = move || {
            if is_new {
                assign(&client, &topic, &from)
            } else {
                seek(&client, &topic, &from)
            }
        };
        // A future that is dropped leaves no client of which nobody knows what it was told to fetch.
        let mut told = Told(self.client.take());
        spawn_blocking(begin)
            .await
            .map_err(unreadable)?
            .map_err(unreadable)?;
        self.client = told.0.take();
        Ok(())
    }

    /// Takes what has been fetched already, up to `max` records.
    fn drain(&mut self, max: usize) {
        self.is_cut = false;
        let Some(client) = self.client.clone() else {
            return;
        };
        let mut bytes = 0;
        while self.fetched.len() < max.max(1) && bytes < MAX_CHUNK_BYTES {
            match client.recv().now_or_never() {
                Some(Ok(message)) => {
                    let record = stored(&message);
                    bytes += record.record.value.len();
                    self.push(record);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => self.finish(partition),
                Some(Err(error)) => {
                    self.trouble = Some(error);
                    return;
                }
                None => return,
            }
        }
        self.is_cut = true;
    }

    /// Waits for what comes next.
    async fn receive(&mut self) -> Result<(), TopicError> {
        self.kafka.alive()?;
        if let Some(error) = self.trouble.take() {
            return self.tell(&error).await;
        }
        let client = self.client()?;
        match client.recv().await {
            Ok(message) => self.push(stored(&message)),
            Err(KafkaError::PartitionEOF(partition)) => self.finish(partition),
            Err(error) => self.tell(&error).await?,
        }
        Ok(())
    }

    fn push(&mut self, record: Stored) {
        if let Mode::ToTheEnd { ends, unfinished } = &mut self.mode
            && let Some(held) = unfinished.get_mut(&record.partition)
        {
            held.next = record.offset + 1;
            if ends.get(&record.partition) <= Some(&held.next) {
                unfinished.remove(&record.partition);
            }
        }
        self.fetched.push_back(record);
    }

    fn finish(&mut self, partition: i32) {
        if let Mode::ToTheEnd { unfinished, .. } = &mut self.mode
            && let Some(held) = unfinished.get_mut(&partition)
        {
            if held.end == End::Confirmed {
                unfinished.remove(&partition);
            } else {
                held.end = End::Told;
            }
        }
    }

    /// Tells what has to be told; what librdkafka deals with itself has not.
    async fn tell(&mut self, error: &KafkaError) -> Result<(), TopicError> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.mode = Mode::Idle;
                self.start().await?;
                Err(TopicError::Unreadable(error.to_string()))
            }
            Some(
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition,
            ) => {
                self.mode = Mode::Idle;
                Err(unreadable(error))
            }
            _ => {
                tracing::debug!(%error, topic = self.topic, "fetching goes on");
                Ok(())
            }
        }
    }

    fn take(&mut self, max: usize) -> Vec<Stored> {
        let count = self.fetched.len().min(max.max(1));
        let records: Vec<Stored> = self.fetched.drain(..count).collect();
        for record in &records {
            self.positions.insert(record.partition, record.offset + 1);
        }
        records
    }
}

/// A client that is being told what to fetch; it is closed unless it is taken back.
struct Told(Option<Arc<Fetcher>>);

impl Drop for Told {
    fn drop(&mut self) {
        discard(self.0.take());
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        discard(self.client.take());
    }
}

impl std::fmt::Debug for KafkaReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaReader")
            .field("topic", &self.topic)
            .field("positions", &self.positions)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
