//! How the org calls receivers of hooks: over TLS, for three seconds at most, no redirects, and
//! nothing but this machine's loopback.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, RequestBuilder, Url};

use super::event_hooks::Channel;
use super::options::DeliveryOptions;

/// The most that is read of an answer.
const LONGEST_ANSWER: usize = 64 << 10;

/// Calls receivers.
#[derive(Debug)]
pub(crate) struct Receiver {
    client: Client,
    timeout: Duration,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    TimedOut,
    Unreachable,
    Status(u16),
    Unreadable {
        line: usize,
        column: usize,
    },
    WrongChallenge,
    /// The URL leads to somewhere that a simulated org never calls.
    Forbidden,
}

impl Failure {
    /// Returns whether it is worth a second call: Okta makes one after a time-out or an error of
    /// the server, and none when the receiver said no.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable => true,
            Self::Status(status) => *status >= 500,
            Self::Unreadable { .. } | Self::WrongChallenge | Self::Forbidden => false,
        }
    }

    /// Says it as the System Log does.
    pub(crate) fn text(&self, hook: &str) -> String {
        match self {
            Self::TimedOut => format!("Hook \"{hook}\" execution failed. Hook timed out"),
            Self::Unreachable | Self::Forbidden => {
                format!("Hook \"{hook}\" execution failed. Unable to connect")
            }
            Self::Status(status) => {
                format!("Hook \"{hook}\" execution failed. Received HTTP status {status}")
            }
            Self::Unreadable { line, column } => {
                format!(
                    "Could not deserialize response due to error at Line {line} Column {column}"
                )
            }
            Self::WrongChallenge => "Unable to verify hook".to_owned(),
        }
    }
}

/// Finds every host on this machine.
struct Loopback {
    known: BTreeMap<String, SocketAddr>,
}

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let found = self.known.get(name.as_str()).copied().unwrap_or(loopback);
        let is_ours = found.ip().is_loopback();
        let addresses: Vec<SocketAddr> = is_ours.then_some(found).into_iter().collect();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

impl Receiver {
    /// Makes it ready; `authority_pem` and the options' roots vouch for receivers.
    pub(crate) fn new(options: &DeliveryOptions, authority_pem: &str) -> reqwest::Result<Self> {
        let mut roots = Certificate::from_pem_bundle(authority_pem.as_bytes())?;
        for pem in &options.receiver_roots {
            roots.extend(Certificate::from_pem_bundle(pem.as_bytes())?);
        }
        let client = Client::builder()
            .user_agent("Okta-Integrations")
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only(roots)
            .dns_resolver(Arc::new(Loopback {
                known: options.receiver_addresses.clone(),
            }))
            .build()?;
        Ok(Self {
            client,
            timeout: options.timeout,
        })
    }

    /// Begins a GET.
    pub(crate) fn get(&self, uri: &str) -> Result<RequestBuilder, Failure> {
        Ok(self.client.get(url(uri)?))
    }

    /// Begins a POST of JSON.
    pub(crate) fn post(&self, uri: &str, body: String) -> Result<RequestBuilder, Failure> {
        let request = self.client.post(url(uri)?);
        Ok(request
            .header("Content-Type", "application/json")
            .body(body))
    }

    /// Sends a request with the hook's own headers and returns the body of a 2xx.
    pub(crate) async fn send(
        &self,
        request: RequestBuilder,
        channel: &Channel,
    ) -> Result<Bytes, Failure> {
        let mut request = request.header("Accept", "application/json");
        for (name, text) in &channel.headers {
            request = request.header(name, text);
        }
        if let Some((name, Some(secret))) = &channel.secret {
            request = request.header(name, secret);
        }
        match tokio::time::timeout(self.timeout, converse(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

async fn converse(request: RequestBuilder) -> Result<Bytes, Failure> {
    let mut response = request.send().await.map_err(|error| failed(&error))?;
    let status = response.status();
    if !status.is_success() {
        return Err(Failure::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| failed(&error))? {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_ANSWER {
            return Err(Failure::Unreadable {
                line: 1,
                column: LONGEST_ANSWER,
            });
        }
    }
    Ok(body.into())
}

fn failed(error: &reqwest::Error) -> Failure {
    tracing::debug!(%error, "receiver");
    Failure::Unreachable
}

/// An address in a URL is not resolved, so it is looked at here.
fn url(uri: &str) -> Result<Url, Failure> {
    let url = Url::parse(uri).map_err(|_| Failure::Forbidden)?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    match address {
        Ok(address) if !address.is_loopback() => Err(Failure::Forbidden),
        _ => Ok(url),
    }
}
