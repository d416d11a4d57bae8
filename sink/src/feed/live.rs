//! The live stream: events in the order of their arrival, as server-sent events.
//!
//! A client is a task that asks the store what has arrived since, woken by each commit. So what a
//! client sees is what is stored, from wherever it goes on, and nothing waits in memory for a
//! client that is slow.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::sse::Event;
use nightlatch_chassis::metrics::Gauge;
use nightlatch_chassis::topic::Positions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tracing::{info, warn};

use super::cursor::StreamCursor;
use super::json::event_json;
use crate::config::StreamConfig;
use crate::store::{Filter, Store, StoreError};
use crate::triage::action_json;

/// The type of an event that tells what somebody did.
const TRIAGE: &str = "triage";
/// Events read from the store at once.
const PAGE: usize = 50;
/// Events on their way to a client.
const IN_FLIGHT: usize = 16;
/// The least time between two queries of a client that has read all: under load events gather.
const BETWEEN_QUERIES: Duration = Duration::from_millis(10);
/// No heartbeat is faster, whatever is configured.
const LEAST_HEARTBEAT: Duration = Duration::from_millis(10);
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// Tells clients of the stream that there is news. Clones tell the same clients.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    news: Arc<watch::Sender<News>>,
    places: Arc<Semaphore>,
    config: StreamConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Committed,
    Closed,
}

/// Events on their way to a client: text, and where each stands on its topic.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// Partition, offset and JSON of each.
    pub(crate) events: Vec<(i32, i64, String)>,
    /// The next offset to look at, of each partition.
    pub(crate) next: Positions,
    /// Whether there were more than asked for.
    pub(crate) has_more: bool,
}

/// Where a client's events come from.
pub(crate) trait Source: Send + Sync + 'static {
    /// Returns up to `max` events in the order of their arrival, from positions on.
    fn arrivals(
        &self,
        from: Positions,
        max: usize,
    ) -> impl Future<Output = Result<Arrived, StoreError>> + Send;

    /// Returns the next thing that somebody did after so many others: its number and JSON. Nobody does
    /// anything with what has no triage.
    fn action(
        &self,
        _seen: u64,
    ) -> impl Future<Output = Result<Option<(u64, String)>, StoreError>> + Send {
        std::future::ready(Ok(None))
    }
}

/// The feed's events that a client wants.
pub(super) struct FeedSource {
    pub(super) store: Store,
    pub(super) filter: Arc<Filter>,
}

impl Source for FeedSource {
    async fn arrivals(&self, from: Positions, max: usize) -> Result<Arrived, StoreError> {
        let found = self.store.arrivals(Arc::clone(&self.filter), from, max);
        let found = found.await?;
        let event = |found| {
            let text = event_json(found)?.to_string();
            Ok((found.partition, found.offset, text))
        };
        let events = found.events.iter().map(event);
        Ok(Arrived {
            events: events.collect::<Result<_, serde_json::Error>>()?,
            next: found.next,
            has_more: found.has_more,
        })
    }

    async fn action(&self, seen: u64) -> Result<Option<(u64, String)>, StoreError> {
        let next = self.store.triage_after(seen).await?;
        Ok(next.map(|(number, action, events)| (number, action_json(action, &events).to_string())))
    }
}

/// What a client gets.
pub(crate) type Events = ReceiverStream<Result<Event, Infallible>>;

/// A client's end: it went away, was too slow, or the server stops.
struct Gone;

impl Live {
    pub(crate) fn new(config: StreamConfig) -> Self {
        let places = config.max_clients.min(Semaphore::MAX_PERMITS);
        let (news, places) = (watch::Sender::new(News::Committed), Semaphore::new(places));
        Self {
            news: Arc::new(news),
            places: Arc::new(places),
            config,
        }
    }

    /// Wakes the clients: there may be new events.
    pub(crate) fn wake(&self) {
        self.news.send_if_modified(|news| *news == News::Committed);
    }

    /// Ends all streams, for good.
    pub(crate) fn close(&self) {
        self.news.send_replace(News::Closed);
    }

    /// Takes a client's place; none when all are taken.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Starts a stream that goes on at `cursor`.
    pub(crate) fn stream(
        &self,
        place: OwnedSemaphorePermit,
        clients: &Gauge,
        source: impl Source,
        cursor: StreamCursor,
    ) -> Events {
        let (sender, events) = mpsc::channel(IN_FLIGHT);
        let client = Client {
            source,
            cursor,
            news: self.news.subscribe(),
            sender,
            config: self.config.clone(),
        };
        let counted = Counted::new(clients.clone());
        tokio::spawn(async move {
            // It runs until it can't.
            let Err(Gone) = client.run().await;
            drop((counted, place));
        });
        ReceiverStream::new(events)
    }
}

/// One client of the stream.
struct Client<S> {
    source: S,
    cursor: StreamCursor,
    news: watch::Receiver<News>,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    config: StreamConfig,
}

impl<S: Source> Client<S> {
    async fn run(mut self) -> Result<Infallible, Gone> {
        // Somewhere to come back to, before there is any event.
        let start = self.here().retry(RETRY);
        self.send(start).await?;
        loop {
            if *self.news.borrow_and_update() == News::Closed {
                return Err(Gone);
            }
            let asked = Instant::now();
            let has_more = self.send_arrivals().await?;
            let has_more = self.send_action().await? || has_more;
            if !has_more {
                self.wait().await?;
                tokio::time::sleep(BETWEEN_QUERIES.saturating_sub(asked.elapsed())).await;
            }
        }
    }

    /// Sends what has arrived; returns whether there is more.
    async fn send_arrivals(&mut self) -> Result<bool, Gone> {
        let from = self.cursor.positions().clone();
        let arrivals = self.source.arrivals(from, PAGE).await;
        let arrivals = arrivals.map_err(|error| {
            warn!(%error, "a client of the stream is cut off");
            Gone
        })?;
        for (partition, offset, text) in arrivals.events {
            self.cursor.pass(partition, offset);
            let event = self.here().data(text);
            self.send(event).await?;
        }
        self.cursor.go_to(&arrivals.next);
        Ok(arrivals.has_more)
    }

    /// Sends the next thing that somebody did; returns whether there was any.
    async fn send_action(&mut self) -> Result<bool, Gone> {
        let Some(seen) = self.cursor.triage() else {
            return Ok(false);
        };
        let next = self.source.action(seen).await.map_err(|error| {
            warn!(%error, "a client of the stream is cut off");
            Gone
        })?;
        let Some((number, text)) = next else {
            return Ok(false);
        };
        self.cursor.pass_triage(number);
        self.send(self.here().event(TRIAGE).data(text)).await?;
        Ok(true)
    }

    /// Waits for news. While there is none, shows that the stream is alive, and how far it is: a
    /// client that comes back need not look again at what its filter left out.
    async fn wait(&mut self) -> Result<(), Gone> {
        let heartbeat = self.config.heartbeat.duration().max(LEAST_HEARTBEAT);
        loop {
            tokio::select! {
                news = self.news.changed() => return news.map_err(|_| Gone),
                () = self.sender.closed() => return Err(Gone),
                () = tokio::time::sleep(heartbeat) => {}
            }
            let here = self.here();
            self.send(here).await?;
        }
    }

    /// Returns an event that only says how far the stream is: browsers keep it to themselves.
    fn here(&self) -> Event {
        Event::default().id(self.cursor.to_string())
    }

    async fn send(&self, event: Event) -> Result<(), Gone> {
        let stall_timeout = self.config.stall_timeout.duration();
        let Ok(sent) = timeout(stall_timeout, self.sender.send(Ok(event))).await else {
            info!("a client of the stream reads too slowly and is cut off");
            return Err(Gone);
        };
        sent.map_err(|_| Gone)
    }
}

/// Counts a client for as long as it is there.
struct Counted(Gauge);

impl Counted {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
