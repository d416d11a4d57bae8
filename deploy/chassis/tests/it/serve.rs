//! Serving on a real socket: limits and the graceful end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use nightlatch_chassis::http::{Peer, ServeLimits, serve};
use nightlatch_chassis::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No test waits longer; a wait this long is a failure.
const DEADLINE: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    running: JoinHandle<std::io::Result<()>>,
}

async fn server(router: Router, limits: ServeLimits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let running = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
    Server {
        address,
        shutdown,
        running,
    }
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn end(self) {
        self.shutdown.begin();
        timeout(DEADLINE, self.running)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

/// What the server sends until it closes.
async fn all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is a close, too.
    timeout(DEADLINE, stream.read_to_end(&mut bytes))
        .await
        .unwrap()
        .ok();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn requests_are_answered_on_one_connection() {
    let server = server(hello(), ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(all(&mut stream).await.matches("hello").count(), 2);
    server.end().await;
}

#[tokio::test]
async fn a_handler_sees_the_other_end() {
    let router = Router::new().route(
        "/",
        get(async |Extension(peer): Extension<Peer>| peer.0.to_string()),
    );
    let server = server(router, ServeLimits::default()).await;
    let mut stream = server.connect().await;
    let own = stream.local_addr().unwrap().to_string();
    stream
        .write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(all(&mut stream).await.ends_with(&own));
    server.end().await;
}

#[tokio::test]
async fn a_slow_or_silent_sender_is_cut_off() {
    let limits = ServeLimits {
        header_read_timeout: Duration::from_millis(100),
        ..ServeLimits::default()
    };
    let server = server(hello(), limits).await;
    for head in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX-"] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        assert!(!all(&mut stream).await.contains("hello"), "{head}");
    }
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(
        all(&mut idle).await.contains("hello"),
        "an idle connection ends after its answer"
    );
    server.end().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_answered_with_431() {
    let server = server(hello(), ServeLimits::default()).await;
    let large = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20 << 10));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(100));
    let endless = "GET / HTTP/1.1\r\nX: ".to_owned() + &"x".repeat(1 << 20);
    for head in [large, many, endless] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.ok();
        let mut start = [0; 12];
        timeout(DEADLINE, stream.read_exact(&mut start))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&start, b"HTTP/1.1 431");
    }
    server.end().await;
}

#[tokio::test]
async fn connections_over_the_cap_wait_for_a_place() {
    let server = server(
        hello(),
        ServeLimits {
            max_connections: 1,
            ..ServeLimits::default()
        },
    )
    .await;
    let mut first = server.connect().await;
    first.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut start = [0; 15];
    timeout(DEADLINE, first.read_exact(&mut start))
        .await
        .unwrap()
        .unwrap();
    let mut second = server.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let early = timeout(Duration::from_millis(100), second.read_exact(&mut start)).await;
    assert!(early.is_err(), "answered beside a full house");
    drop(first);
    assert!(all(&mut second).await.contains("hello"));
    server.end().await;
}

#[tokio::test]
async fn the_end_waits_for_the_request_in_flight_and_takes_no_new_ones() {
    let (entered, leave) = (
        Box::leak(Box::new(Notify::new())),
        Box::leak(Box::new(Notify::new())),
    );
    let (entered, leave): (&'static Notify, &'static Notify) = (entered, leave);
    let router = Router::new().route(
        "/",
        get(async || {
            entered.notify_one();
            leave.notified().await;
            "finished"
        }),
    );
    let server = server(router, ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    timeout(DEADLINE, entered.notified()).await.unwrap();
    server.shutdown.begin();
    let refused = async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, refused).await.unwrap();
    assert!(!server.running.is_finished());
    leave.notify_one();
    assert!(all(&mut stream).await.ends_with("finished"));
    server.end().await;
}

#[tokio::test]
async fn idle_connections_do_not_hold_the_end_up() {
    let limits = ServeLimits {
        header_read_timeout: DEADLINE * 2,
        ..ServeLimits::default()
    };
    let server = server(hello(), limits).await;
    let mut used = server.connect().await;
    used.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 15];
    timeout(DEADLINE, used.read_exact(&mut start))
        .await
        .unwrap()
        .unwrap();
    let _fresh = server.connect().await;
    server.end().await;
}
