//! A delivery to our own hook, made as Okta makes it: by the hook's public address, and by no other
//! rules than those of calls to Okta.

use std::net::IpAddr;
use std::time::Duration;

use nightlatch_chassis::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Url};

use super::network::is_public;
use super::{Outbound, Problem};

/// How long Okta waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// What is delivered.
#[derive(Debug)]
pub(crate) struct Delivery<'d> {
    /// The address, which ends in the path key.
    pub(crate) address: &'d Secret,
    /// The name of the header that carries the secret.
    pub(crate) header: &'d str,
    pub(crate) secret: &'d Secret,
    pub(crate) body: String,
}

/// What was answered; the body is left unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) status: u16,
    /// Whether it is a problem document, as our own refusals are.
    pub(crate) is_problem: bool,
    /// The host that the answer sends us on to.
    pub(crate) to: Option<String>,
}

impl Outbound {
    /// Delivers, once.
    pub(crate) async fn deliver(&self, delivery: Delivery<'_>) -> Result<Receipt, Problem> {
        let address = Url::parse(delivery.address.expose()).map_err(|_| Problem::UnknownHost)?;
        let client = self.client_for(&address)?;
        let mut secret =
            HeaderValue::try_from(delivery.secret.expose()).map_err(|_| Problem::Unreadable)?;
        secret.set_sensitive(true);
        let request = client
            .post(address.clone())
            .timeout(PATIENCE)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .header(delivery.header, secret)
            .body(delivery.body);
        let response = request.send().await.map_err(|error| {
            if error.is_timeout() {
                let seconds = PATIENCE.as_secs();
                Problem::TimedOut { seconds }
            } else {
                self.problem(&error)
            }
        })?;
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let to = response.headers().get(LOCATION);
        let to = to.and_then(|to| address.join(to.to_str().ok()?).ok());
        Ok(Receipt {
            status: response.status().as_u16(),
            is_problem: kind.starts_with("application/problem+json"),
            to: to.and_then(|to| to.host_str().map(str::to_owned)),
        })
    }

    /// The client for an address. A name is checked when it is looked up; where an address stands
    /// instead there is nothing to look up.
    fn client_for(&self, address: &Url) -> Result<&Client, Problem> {
        let host = address.host_str().unwrap_or_default();
        let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let is_here = self.settings.allow_loopback && ip.is_some_and(|ip| ip.is_loopback());
        match ip {
            Some(address) if !is_public(address) && !is_here => {
                Err(Problem::PrivateAddress { address })
            }
            _ if is_here => Ok(&self.plain),
            _ => Ok(&self.client),
        }
    }
}
