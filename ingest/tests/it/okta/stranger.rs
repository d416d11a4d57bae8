//! What answers at an org's address and is none: a server that says what the test tells it to.

use std::sync::Arc;
use std::time::Instant;

use nightlatch_ingest::okta::{Credentials, Okta, OrgAddress, Outbound};
use nightlatch_okta_sim::Authority;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_native_tls::TlsAcceptor;

pub(super) const HOST: &str = "acme.okta.com";

pub(super) struct Stranger {
    pub(super) address: OrgAddress,
    pub(super) outbound: Outbound,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl Stranger {
    /// Answers with these, one after the other, and then with the last again and again.
    pub(super) async fn start(answers: Vec<Vec<u8>>) -> Self {
        let authority = Authority::new().unwrap();
        let identity = authority.issue(&[HOST.to_owned()]).unwrap();
        let identity = native_tls::Identity::from_pkcs8(
            identity.chain_pem.as_bytes(),
            identity.key_pem.as_bytes(),
        );
        let acceptor = native_tls::TlsAcceptor::new(identity.unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(
            listener,
            TlsAcceptor::from(acceptor),
            answers,
            Arc::clone(&seen),
        ));
        let folder = tempfile::tempdir().unwrap();
        let ca_pem = authority.certificate_pem().unwrap();
        let outbound = super::outbound(&folder, &ca_pem, HOST, at);
        Self {
            address: OrgAddress::read(HOST, outbound.settings()).unwrap(),
            outbound,
            seen,
            task,
            _folder: folder,
        }
    }

    pub(super) fn okta(&self, credentials: Credentials) -> Okta {
        Okta::new(&self.address, credentials, &self.outbound).unwrap()
    }

    /// The heads of the requests so far, each with when it came.
    pub(super) fn seen(&self) -> Vec<(Instant, String)> {
        self.seen.lock().clone()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    answers: Vec<Vec<u8>>,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(mut stream) = acceptor.accept(stream).await else {
            continue;
        };
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        let number = seen.lock().len();
        let head = String::from_utf8_lossy(&head).into_owned();
        seen.lock().push((Instant::now(), head));
        let answer = answers.get(number).or(answers.last()).unwrap();
        // Who does not want to read on hangs up.
        drop(stream.write_all(answer).await);
        drop(stream.shutdown().await);
    }
}

/// An answer with a body of JSON.
pub(super) fn json(status: u16, headers: &[&str], body: &str) -> Vec<u8> {
    let headers = headers.join("\r\n");
    let gap = if headers.is_empty() { "" } else { "\r\n" };
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}{gap}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
