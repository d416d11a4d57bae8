//! TLS on a listener: its certificate, the handshake, and what is told those who come without it.
//!
//! OpenSSL, as everywhere; TLS 1.2 and 1.3 with what Mozilla advises for servers whose clients are
//! not known ("intermediate", version 5).

mod follow;
mod pair;

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{Ssl, SslAcceptor};
use parking_lot::RwLock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_openssl::SslStream;

use crate::admin::{Latch, Readiness};
use crate::metrics::{Counter, CounterVec, Gauge, GaugeVec, Metrics, MetricsError};
use pair::Pair;

pub use pair::TlsError;

/// What a record of TLS that opens a handshake begins with.
const HANDSHAKE: u8 = 0x16;
/// Told to those who speak plain HTTP. Okta's hook must not work by halves.
const PLAIN: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\
                       Content-Length: 47\r\n\r\nThis address takes HTTPS only: use https://...\n";
/// How long somebody who was told so may take to hang up.
const FAREWELL: Duration = Duration::from_secs(1);
/// How much of what they still send is read, lest our answer is lost with it.
const MOST_UNREAD: u64 = 64 << 10;

/// The files that a listener has its certificate from, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those between it and the authority's.
    pub certificate: PathBuf,
    /// Its private key, not encrypted.
    pub key: PathBuf,
}

/// The metrics of TLS.
#[derive(Debug, Clone)]
pub struct TlsMetrics {
    expiry: GaugeVec,
    reload_failures: CounterVec,
}

impl TlsMetrics {
    /// Declares them.
    pub fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            expiry: metrics.gauge_vec(
                "tls_certificate_expiry_timestamp_seconds",
                "When the certificate in force of a listener expires.",
                &["listener"],
            )?,
            reload_failures: metrics.counter_vec(
                "tls_reload_failures_total",
                "Changed files of a listener's certificate and key that cannot be used; those before them stay in \
                 force.",
                &["listener"],
            )?,
        })
    }
}

/// The certificate of a listener, which follows its files. Clones are the same.
#[derive(Clone)]
pub struct Tls {
    files: Arc<TlsFiles>,
    listener: &'static str,
    current: Arc<RwLock<Pair>>,
    expiry: Gauge,
    reload_failures: Counter,
    latch: Latch,
}

impl Tls {
    /// Reads the files for the listener of this name, which metrics and the check `tls` show.
    ///
    /// # Errors
    /// A certificate or key that cannot be used. One that has expired is only warned of: it may be
    /// about to be renewed.
    pub fn open(
        files: TlsFiles,
        listener: &'static str,
        metrics: &TlsMetrics,
        readiness: &Readiness,
    ) -> Result<Self, TlsError> {
        let pair = pair::read(&files)?;
        let tls = Self {
            files: Arc::new(files),
            listener,
            current: Arc::new(RwLock::new(pair.clone())),
            expiry: metrics.expiry.with_label_values(&[listener]),
            reload_failures: metrics.reload_failures.with_label_values(&[listener]),
            latch: readiness.check("tls"),
        };
        tls.latch.ready();
        tls.take(pair);
        Ok(tls)
    }

    /// Shakes hands within `limit`; none when the other end does not, or speaks no TLS.
    pub(super) async fn accept(
        &self,
        mut stream: TcpStream,
        limit: Duration,
    ) -> io::Result<SslStream<TcpStream>> {
        let acceptor = self.acceptor();
        let handshake = async {
            let mut first = [0];
            // Peeked at, so that OpenSSL finds it still there.
            if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
                dismiss(&mut stream, first[0]).await;
                return Err(io::Error::other("no TLS"));
            }
            let mut tls = SslStream::new(Ssl::new(acceptor.context())?, stream)?;
            Pin::new(&mut tls)
                .accept()
                .await
                .map_err(io::Error::other)?;
            Ok(tls)
        };
        timeout(limit, handshake)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    fn acceptor(&self) -> SslAcceptor {
        self.current.read().acceptor.clone()
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Tls");
        shown.field("files", &self.files).finish_non_exhaustive()
    }
}

/// Tells somebody who speaks plain HTTP what is wrong; others would not understand it.
async fn dismiss(stream: &mut TcpStream, first: u8) {
    if !first.is_ascii_uppercase() {
        return;
    }
    let farewell = async {
        stream.write_all(PLAIN).await?;
        stream.shutdown().await?;
        // Closing with bytes unread would reset the connection, and the answer might be lost.
        let mut rest = stream.take(MOST_UNREAD);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    // Whether they have read it is their concern.
    drop(timeout(FAREWELL, farewell).await);
}
