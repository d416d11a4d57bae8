//! A running org: how it is started, reached and stopped, and what its administrator does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use openssl::error::ErrorStack;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_native_tls::{TlsAcceptor, native_tls};

use super::certificates::{Authority, Identity};
use super::clock::Clock;
use super::endpoint::Endpoint;
use super::faults::Fault;
use super::options::{LimitOptions, Options};
use super::rate_limits::Peak;
use super::tenant::Tenant;
use super::{control, daily_life, delivery, listener, router};

/// Why an org did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The port can not be had.
    #[error("port {port} of 127.0.0.1 can not be had: {source}; name another, or 0 for a free one")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// Certificates or keys could not be made.
    #[error("certificates and keys could not be made: {0}")]
    Keys(#[from] ErrorStack),
    /// There is no place for the System Log.
    #[error("no temporary file for the System Log can be had: {0}; make room, or set TMPDIR")]
    Log(#[from] io::Error),
    /// The client that calls receivers could not be made.
    #[error("receivers can not be called: {0}; check the certificates that vouch for them")]
    Receivers(#[from] reqwest::Error),
    /// The server's certificate could not be used.
    #[error("the server's certificate can not be used: {0}")]
    Certificate(#[from] native_tls::Error),
}

/// A simulated org that runs on a port of this machine. It stops when it is dropped.
#[derive(Debug)]
pub struct Simulator {
    pub(super) tenant: Arc<Tenant>,
    authority: Arc<Authority>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts an org with an authority of its own, in the current Tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_under(options, Arc::new(Authority::new()?)).await
    }

    /// Starts an org whose certificate this authority issues.
    pub async fn start_under(
        options: Options,
        authority: Arc<Authority>,
    ) -> Result<Self, StartError> {
        let port = options.port;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|source| StartError::Port { port, source })?;
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Port { port, source })?;
        let tenant = Arc::new(Tenant::new(options, &authority.certificate_pem()?)?);
        let tls = if tenant.options.tls {
            Some(acceptor(&authority.issue(&tenant.hosts)?)?)
        } else {
            None
        };
        let (stop, stopped) = watch::channel(false);
        let mut router = router::router(Arc::clone(&tenant));
        if tenant.options.control {
            router = router.merge(control::routes(Arc::new(Self {
                tenant: Arc::clone(&tenant),
                authority: Arc::clone(&authority),
                address,
                stop: stop.clone(),
                tasks: Vec::new(),
            })));
        }
        let tasks = vec![
            tokio::spawn(listener::serve(listener, tls, router, stopped.clone())),
            tokio::spawn(delivery::run(Arc::clone(&tenant), stopped.clone())),
            tokio::spawn(daily_life::run(Arc::clone(&tenant), stopped)),
        ];
        Ok(Self {
            tenant,
            authority,
            address,
            stop,
            tasks,
        })
    }

    /// Stops the org and waits until its port is free.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a part of the org ended badly");
            }
        }
    }

    /// Returns where the org listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the org's URL by address, such as `https://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.tenant.scheme(), self.address)
    }

    /// Returns the host of the org, such as `acme.okta.com`.
    pub fn domain(&self) -> &str {
        &self.tenant.options.domain
    }

    /// Returns the certificate, in PEM, of the authority that vouches for the org.
    pub fn ca_pem(&self) -> Result<String, ErrorStack> {
        self.authority.certificate_pem()
    }

    /// Returns the authority that vouches for the org; it can issue a receiver's certificate, too.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns the org's clock.
    pub fn clock(&self) -> &Clock {
        &self.tenant.clock
    }

    /// Adds a fault.
    pub fn add_fault(&self, fault: Fault) {
        self.tenant.faults.add(fault);
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        self.tenant.faults.clear();
    }

    /// Returns the limits in force.
    pub fn limits(&self) -> LimitOptions {
        self.tenant.limits.limits()
    }

    /// Changes the org's rate limits.
    pub fn set_limits(&self, limits: LimitOptions) {
        self.tenant.limits.set(limits);
    }

    /// Returns the fullest that each client has had each bucket.
    pub fn peaks(&self) -> Vec<Peak> {
        self.tenant.limits.peaks()
    }

    /// Returns the fullest that any client has had an endpoint's bucket: 1 is the whole of what
    /// was advertised.
    pub fn peak_share(&self, endpoint: Endpoint) -> f64 {
        let peaks = self.peaks().into_iter();
        peaks
            .filter(|peak| peak.endpoint == endpoint)
            .map(|peak| peak.share())
            .fold(0.0, f64::max)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn acceptor(identity: &Identity) -> Result<TlsAcceptor, native_tls::Error> {
    let identity = native_tls::Identity::from_pkcs8(
        identity.chain_pem.as_bytes(),
        identity.key_pem.as_bytes(),
    )?;
    Ok(TlsAcceptor::from(native_tls::TlsAcceptor::new(identity)?))
}
