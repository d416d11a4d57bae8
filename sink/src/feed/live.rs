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
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tracing::{info, warn};

use super::cursor::StreamCursor;
use super::json::event_json;
use crate::config::StreamConfig;
use crate::metrics::SinkMetrics;
use crate::store::{Filter, Store};
use crate::triage::action_json;

/// The type of an event that tells what somebody did.
const TRIAGE: &str = "triage";
/// Events read from the store at once.
const PAGE: usize = 50;
/// Events on their way to a client.
const IN_FLIGHT: usize = 16;
/// The least time between two queries of a client that has read all: under load events gather.
const BETWEEN_QUERIES: Duration = Duration::from_millis(20);
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

/// What a client gets.
pub(super) type Events = ReceiverStream<Result<Event, Infallible>>;

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
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Starts a stream that goes on at `cursor`.
    pub(super) fn stream(
        &self,
        place: OwnedSemaphorePermit,
        store: Store,
        metrics: &SinkMetrics,
        filter: Filter,
        cursor: StreamCursor,
    ) -> Events {
        let (sender, events) = mpsc::channel(IN_FLIGHT);
        let client = Client {
            store,
            filter: Arc::new(filter),
            cursor,
            news: self.news.subscribe(),
            sender,
            config: self.config.clone(),
        };
        let counted = Counted::new(metrics.stream_clients().clone());
        tokio::spawn(async move {
            // It runs until it can't.
            let Err(Gone) = client.run().await;
            drop((counted, place));
        });
        ReceiverStream::new(events)
    }
}

/// One client of the stream.
struct Client {
    store: Store,
    filter: Arc<Filter>,
    cursor: StreamCursor,
    news: watch::Receiver<News>,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    config: StreamConfig,
}

impl Client {
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
        let arrivals = self
            .store
            .arrivals(Arc::clone(&self.filter), from, PAGE)
            .await;
        let arrivals = arrivals.map_err(|error| {
            warn!(%error, "a client of the stream is cut off");
            Gone
        })?;
        for found in &arrivals.events {
            self.cursor.pass(found.partition, found.offset);
            let text = event_json(found)
                .map(|event| event.to_string())
                .map_err(|_| Gone)?;
            let event = self.here().data(text);
            self.send(event).await?;
        }
        self.cursor.go_to(&arrivals.next);
        Ok(arrivals.has_more)
    }

    /// Sends the next thing that somebody did; returns whether there was any.
    async fn send_action(&mut self) -> Result<bool, Gone> {
        let seen = self.cursor.triage().unwrap_or_default();
        let next = self.store.triage_after(seen).await.map_err(|error| {
            warn!(%error, "a client of the stream is cut off");
            Gone
        })?;
        let Some((revision, action, events)) = next else {
            return Ok(false);
        };
        self.cursor.pass_triage(revision);
        let text = action_json(action, &events).to_string();
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
