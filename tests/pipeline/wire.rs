//! HTTP as no library sends it: byte by byte over a bare connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A connection on which anything may be said.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
}

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream }
    }

    /// Says something; false when the other side does not listen any more.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> bool {
        match self.stream.write_all(bytes) {
            Ok(()) => true,
            Err(error) => {
                let kinds = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
                assert!(kinds.contains(&error.kind()), "{error}");
                false
            }
        }
    }

    /// Says something every so often for as long as the other side takes it, then reads its answer;
    /// `None` when it has hung up without one.
    pub(crate) fn dribble(mut self, bytes: &[u8], pause: Duration) -> Option<Answer> {
        let end = Instant::now() + PATIENCE;
        self.stream.set_read_timeout(Some(pause)).unwrap();
        let mut answer = Vec::new();
        for byte in bytes.iter().cycle() {
            assert!(
                Instant::now() < end,
                "a slow sender is listened to for {PATIENCE:?}"
            );
            // The pause is the wait for an answer.
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
            if !answer.is_empty() || !self.say(&[*byte]) {
                break;
            }
        }
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        read_answer(&mut self.stream, answer)
    }

    /// Reads the answer; `None` when the other side has hung up without one.
    pub(crate) fn answer(mut self) -> Option<Answer> {
        read_answer(&mut self.stream, Vec::new())
    }
}

impl Answer {
    /// Panics unless this is a problem document of `status` whose detail contains `words`.
    pub(crate) fn assert_problem(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let head = self.head.to_ascii_lowercase();
        assert!(
            head.contains("content-type: application/problem+json"),
            "{self:?}"
        );
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], status, "{self:?}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail:?} lacks {words:?}");
    }
}

/// Sends a request whole and returns the answer; there must be one.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut wire = Wire::connect(address);
    wire.say(request);
    wire.answer().unwrap()
}

/// Returns a request's head with the given further lines, each ending in CRLF.
pub(crate) fn head(method: &str, path: &str, lines: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
}

fn read_answer(stream: &mut TcpStream, begun: Vec<u8>) -> Option<Answer> {
    let mut bytes = begun;
    let mut buffer = [0; 4096];
    loop {
        if let Some(answer) = parse(&bytes) {
            return Some(answer);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
            Err(error) => panic!("no answer: {error}"),
        }
    }
}

/// Returns the answer once all of it is there. Answers state their length.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    if body.len() < length.unwrap_or(0) {
        return None;
    }
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some(Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
