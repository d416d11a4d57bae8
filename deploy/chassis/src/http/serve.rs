//! Serving a router on a listener: HTTP/1.1, bounded, with a graceful end; with TLS or without.
//!
//! HTTP/2 is off: nothing here needs it, and its server code has had more than its share of
//! vulnerabilities. hyper is driven directly because `axum::serve` sets no time limits.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service;
use tracing::{debug, warn};

use super::Tls;
use crate::shutdown::Shutdown;

/// Room for a head and the first part of its body; the head itself has a limit of its own.
const READ_BUFFER: usize = 64 << 10;
/// Waited after an accept that failed for want of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeLimits {
    /// A request's head must have arrived so long after the connection, or after the answer before;
    /// so it ends idle connections as well. With TLS the handshake may take as long before it.
    pub header_read_timeout: Duration,
    /// Connections at a time; further ones wait to be accepted.
    pub max_connections: usize,
    /// A request's head: request line and headers; more is answered with 431.
    pub max_header_bytes: usize,
    /// Headers in a request; more are answered with 431.
    pub max_headers: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            header_read_timeout: Duration::from_secs(5),
            max_connections: 1024,
            max_header_bytes: 16 << 10,
            max_headers: 64,
        }
    }
}

/// The other end of a connection, among the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Serves until `shutdown` begins, then returns when every request in flight is answered.
///
/// A response without an end, such as a stream of events, must watch `shutdown` itself.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    shutdown: Shutdown,
) -> io::Result<()> {
    serve_with(listener, None, router, limits, shutdown).await
}

/// As [`serve`], with TLS. Whoever comes with plain HTTP is told so.
pub async fn serve_tls(
    listener: TcpListener,
    tls: Tls,
    router: Router,
    limits: ServeLimits,
    shutdown: Shutdown,
) -> io::Result<()> {
    serve_with(listener, Some(tls), router, limits, shutdown).await
}

async fn serve_with(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    limits: ServeLimits,
    shutdown: Shutdown,
) -> io::Result<()> {
    let server = Server {
        http: protocol(&limits),
        tls,
        router,
        patience: limits.header_read_timeout,
        shutdown,
    };
    let places = Arc::new(Semaphore::new(
        limits.max_connections.min(Semaphore::MAX_PERMITS),
    ));
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.shutdown.begun() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let connection = server
            .clone()
            .connection(stream, peer, connections.watcher());
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// What every connection is served with.
#[derive(Clone)]
struct Server {
    http: http1::Builder,
    tls: Option<Tls>,
    router: Router,
    /// How long a handshake may take.
    patience: Duration,
    shutdown: Shutdown,
}

impl Server {
    /// Serves a connection to its end.
    async fn connection(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let Some(tls) = &self.tls else {
            return self.requests(stream, peer, watcher).await;
        };
        let shaken = tokio::select! {
            biased;
            // Nothing was asked yet.
            () = self.shutdown.begun() => return,
            shaken = tls.accept(stream, self.patience) => shaken,
        };
        match shaken {
            Ok(stream) => self.requests(stream, peer, watcher).await,
            Err(error) => debug!(%peer, %error, "no TLS handshake"),
        }
    }

    async fn requests(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let service = with_peer(self.router.clone(), peer);
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            debug!(%peer, %error, "connection ended early");
        }
    }
}

fn protocol(limits: &ServeLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_header_size(limits.max_header_bytes)
        .max_headers(limits.max_headers)
        .max_buf_size(READ_BUFFER.max(limits.max_header_bytes));
    http
}

/// Waits for a free place, then for a connection; none when accepting failed.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are short: waiting to fill a packet only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%peer, %error, "cannot switch off delayed sending");
            }
            Some((stream, peer, place))
        }
        Err(error) => {
            warn!(%error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// The router as a service for one connection, whose other end it tells.
fn with_peer(
    router: Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = Response<axum::body::Body>,
    Error = Infallible,
    Future: Send + 'static,
> {
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        // A router is always ready; polling it first would only cost.
        router.clone().call(request)
    })
}
