//! What stands in front of the hooks: one address, whichever ingests run and wherever they listen.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes that are passed on at a time.
const PIECE: usize = 64 << 10;

/// What callers of hooks have sent, when it is listened to.
type Wire = Option<Arc<Mutex<Vec<u8>>>>;

/// A gateway, open until it is dropped.
#[derive(Debug)]
pub(super) struct Gateway {
    address: SocketAddr,
    hooks: watch::Sender<Vec<SocketAddr>>,
    closed: watch::Sender<bool>,
    wire: Wire,
    task: JoinHandle<()>,
}

impl Gateway {
    pub(super) async fn open() -> Self {
        Self::with(None).await
    }

    /// One that keeps what callers send.
    pub(super) async fn listening() -> Self {
        Self::with(Some(Arc::default())).await
    }

    async fn with(wire: Wire) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (hooks, closed) = (watch::Sender::default(), watch::Sender::default());
        let pass = pass_on(
            listener,
            hooks.subscribe(),
            closed.subscribe(),
            wire.clone(),
        );
        Self {
            address,
            hooks,
            closed,
            wire,
            task: tokio::spawn(pass),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says where the hooks are, now.
    pub(super) fn lead_to(&self, hooks: Vec<SocketAddr>) {
        self.hooks.send_if_modified(|known| {
            let is_news = *known != hooks;
            *known = hooks;
            is_news
        });
    }

    /// Closes it, and every connection through it, or opens it again.
    pub(super) fn close(&self, closed: bool) {
        self.closed.send_replace(closed);
    }

    /// The values of a header that callers have sent, and the paths that they have called.
    pub(super) fn heard(&self, header: &str) -> (Vec<String>, Vec<String>) {
        let wire = self.wire.as_ref().map(|wire| wire.lock().unwrap().clone());
        let text = String::from_utf8_lossy(&wire.unwrap_or_default()).into_owned();
        let (mut values, mut paths) = (Vec::new(), Vec::new());
        for line in text.lines() {
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case(header)
            {
                values.push(value.to_owned());
            }
            let words: Vec<&str> = line.split(' ').collect();
            if let ["GET" | "POST", path, "HTTP/1.1"] = words[..] {
                paths.push(path.to_owned());
            }
        }
        (values, paths)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes connections on to the hooks, by turns.
async fn pass_on(
    listener: TcpListener,
    hooks: watch::Receiver<Vec<SocketAddr>>,
    closed: watch::Receiver<bool>,
    wire: Wire,
) {
    for turn in 0.. {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        let hook = {
            let hooks = hooks.borrow();
            hooks.get(turn % hooks.len().max(1)).copied()
        };
        let (Some(hook), false) = (hook, *closed.borrow()) else {
            continue;
        };
        let (mut closed, wire) = (closed.clone(), wire.clone());
        tokio::spawn(async move {
            let Ok(hook) = TcpStream::connect(hook).await else {
                return;
            };
            tokio::select! {
                () = pass(client, hook, wire) => {}
                _ = closed.wait_for(|closed| *closed) => {}
            }
        });
    }
}

/// Returns when either side has ended.
async fn pass(client: TcpStream, hook: TcpStream, wire: Wire) {
    let (mut requests, mut to_client) = client.into_split();
    let (mut answers, mut to_hook) = hook.into_split();
    let up = async {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = requests.read(&mut piece).await {
            if let Some(wire) = &wire {
                wire.lock().unwrap().extend_from_slice(&piece[..length]);
            }
            if to_hook.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        _ = tokio::io::copy(&mut answers, &mut to_client) => {}
    }
}
