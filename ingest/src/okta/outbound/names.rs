//! Who knows the addresses of hosts, and which of them may be called. A connection goes to the
//! addresses that were checked, there is no second look-up in between.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::network::is_public;

/// Who knows the addresses of hosts.
#[derive(Debug, Clone)]
pub enum Names {
    /// The system, which mostly asks DNS.
    System,
    /// This table, for tests. A port of 0 is that of https.
    Fixed(BTreeMap<String, Vec<SocketAddr>>),
}

/// Names whose addresses are checked.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    names: Names,
    allow_loopback: bool,
}

/// Why a host has no address to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    #[error("there is no such host")]
    Unknown,
    #[error("{0} is no public address")]
    Private(IpAddr),
}

impl Checked {
    pub(super) const fn new(names: Names, allow_loopback: bool) -> Self {
        Self {
            names,
            allow_loopback,
        }
    }

    /// Looks a host up. One address that is not public spoils them all: a good answer has none.
    async fn look_up(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        let addresses = self.ask(host).await?;
        let is_wrong = |address: &&SocketAddr| {
            let ip = address.ip();
            let may_be_here = self.allow_loopback && ip.is_loopback();
            !is_public(ip) && !may_be_here
        };
        match addresses.iter().find(is_wrong) {
            Some(wrong) => Err(NameError::Private(wrong.ip())),
            None if addresses.is_empty() => Err(NameError::Unknown),
            None => Ok(addresses),
        }
    }

    async fn ask(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        match &self.names {
            Names::Fixed(table) => table.get(host).cloned().ok_or(NameError::Unknown),
            // By RFC 6761 these are this machine, whatever DNS says; not every system knows.
            Names::System if self.allow_loopback && is_local(host) => {
                Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))])
            }
            Names::System => {
                let found = tokio::net::lookup_host((host, 0)).await;
                Ok(found.map_err(|_| NameError::Unknown)?.collect())
            }
        }
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let checked = self.clone();
        Box::pin(async move {
            let addresses = checked.look_up(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
