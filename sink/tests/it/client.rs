//! A client of the live stream, over a connection of its own.

use std::net::SocketAddr;

use axum::Router;
use axum::response::Response;
use nightlatch_chassis::http::{ServeLimits, serve};
use nightlatch_chassis::shutdown::Shutdown;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::world::{PATIENCE, number};

/// Serves addresses on a port of its own.
pub(crate) async fn listen(router: Router, shutdown: Shutdown) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, ServeLimits::default(), shutdown));
    address
}

/// Reads a response whole.
pub(crate) async fn text(response: Response) -> String {
    use http_body_util::BodyExt;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A connection that follows the stream.
pub(crate) struct Follower {
    lines: Lines<BufReader<TcpStream>>,
    /// The id that a browser would come back with.
    pub(crate) last_id: String,
    /// The type of the last event, if it named one.
    pub(crate) kind: Option<String>,
}

impl Follower {
    /// Connects; `last_id` is the one to go on from.
    pub(crate) async fn connect(address: SocketAddr, query: &str, last_id: Option<&str>) -> Self {
        Self::connect_to(address, "/api/v1/events/stream", query, last_id).await
    }

    /// Connects to the stream at a path.
    pub(crate) async fn connect_to(
        address: SocketAddr,
        path: &str,
        query: &str,
        last_id: Option<&str>,
    ) -> Self {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let last = last_id
            .map(|id| format!("Last-Event-ID: {id}\r\n"))
            .unwrap_or_default();
        // HTTP/1.0: the body comes as it is, without chunks.
        let request = format!("GET {path}?{query} HTTP/1.0\r\nHost: localhost\r\n{last}\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(connection).lines();
        let status = timeout(PATIENCE, lines.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert!(status.contains("200"), "{status}");
        while timeout(PATIENCE, lines.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
            != ""
        {}
        let mut follower = Self {
            lines,
            last_id: String::new(),
            kind: None,
        };
        let first = follower.next().await.unwrap();
        assert_eq!(
            first, None,
            "the stream begins with a place to come back to"
        );
        follower
    }

    /// Returns the next event with its data, or what has only an id; an error at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, ()> {
        let mut data = None;
        self.kind = None;
        loop {
            let line = timeout(PATIENCE, self.lines.next_line()).await.unwrap();
            match line.map_err(drop)?.ok_or(())?.split_once(": ") {
                None => return Ok(data),
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("event", kind)) => self.kind = Some(kind.to_owned()),
                Some(("data", text)) => data = Some(serde_json::from_str(text).unwrap()),
                Some(_) => {}
            }
        }
    }

    /// Returns the next event.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            if let Some(event) = self.next().await.unwrap() {
                return event;
            }
        }
    }

    /// Returns the numbers of the next events.
    pub(crate) async fn numbers(&mut self, count: usize) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(count);
        for _ in 0..count {
            numbers.push(number(&self.event().await));
        }
        numbers
    }

    /// Reads what comes until the end.
    pub(crate) async fn drain(self) {
        let mut rest = Vec::new();
        let mut connection = self.lines.into_inner();
        timeout(PATIENCE, connection.read_to_end(&mut rest))
            .await
            .unwrap()
            .unwrap();
    }
}
