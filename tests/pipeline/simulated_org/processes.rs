//! Our processes, which are killed and started again: one that is all services, or on Kafka two of each
//! service.

use std::net::SocketAddr;
use std::time::Duration;

use crate::cluster::given;
use crate::deadline::until;
use crate::fleet::{Fleet, Service};
use crate::installation::Installation;
use crate::process::{Process, Running};

/// Sooner than usual it is seen on Kafka that a replica is gone.
const SESSION: &str = "'2s'";
const TRANSACTION: &str = "'6s'";
/// Whom is struck on Kafka, by turns: whichever ingest looks after the integration, it moves.
const VICTIMS: [&str; 6] = [
    "ingest-1",
    "detector-1",
    "ingest-2",
    "sink-1",
    "detector-2",
    "sink-2",
];

/// Our processes.
#[derive(Debug)]
pub(super) enum Processes {
    One(One),
    Apart(Fleet),
}

/// All services in one process.
#[derive(Debug)]
pub(super) struct One {
    installation: Installation,
    process: Option<Process>,
    /// Where it listens; none before it has said so.
    running: Option<Running>,
}

impl Processes {
    /// Starts them and waits until they are ready.
    pub(super) async fn start(installation: Installation) -> Self {
        let Some(brokers) = given() else {
            let mut process = installation.spawn();
            let running = process.ready().await;
            return Self::One(One {
                installation,
                process: Some(process),
                running: Some(running),
            });
        };
        let copies = if brokers.contains(',') { 3 } else { 1 };
        let installation = installation
            .with("kafka.session_timeout", SESSION)
            .with("kafka.transaction_timeout", TRANSACTION);
        let mut fleet = Fleet::new(installation, &brokers, copies).await;
        fleet.start().await;
        Self::Apart(fleet)
    }

    /// The replicas apart, for what one process has not.
    pub(super) fn fleet(&mut self) -> &mut Fleet {
        match self {
            Self::Apart(fleet) => fleet,
            Self::One(_) => panic!("NIGHTLATCH_TEST_KAFKA names no brokers"),
        }
    }

    pub(super) fn installation(&self) -> &Installation {
        match self {
            Self::One(one) => &one.installation,
            Self::Apart(fleet) => &fleet.installation,
        }
    }

    /// Where replicas of a service are that have said so.
    pub(super) fn running(&self, service: Service) -> Vec<Running> {
        match self {
            Self::One(one) => one.running.iter().cloned().collect(),
            Self::Apart(fleet) => fleet.running(service),
        }
    }

    /// Where the hooks are.
    pub(super) fn hooks(&self) -> Vec<SocketAddr> {
        let ingests = self.running(Service::Ingest).into_iter();
        ingests.map(|ingest| ingest.hooks).collect()
    }

    /// Notes who has said where it listens; panics when one has ended that nobody has killed.
    pub(super) fn look(&mut self) {
        match self {
            Self::One(one) => one.look(),
            Self::Apart(fleet) => fleet.look(),
        }
    }

    /// Ends a process as a power cut would; `number` says whose turn it is.
    pub(super) fn kill(&mut self, number: usize) {
        match self {
            Self::One(one) => one.kill(),
            Self::Apart(fleet) => fleet.kill(VICTIMS[number % VICTIMS.len()]),
        }
    }

    /// Starts the one again that was killed. On Kafka, where it was an ingest, the other one has to
    /// look after the integration before.
    pub(super) async fn start_again(&mut self, number: usize) {
        match self {
            Self::One(one) => one.process = Some(one.installation.spawn()),
            Self::Apart(fleet) => {
                let victim = VICTIMS[number % VICTIMS.len()];
                if victim.starts_with(Service::Ingest.word()) {
                    let other = until("another ingest runs", async || {
                        fleet.look();
                        fleet.running(Service::Ingest).into_iter().next()
                    });
                    reads(&other.await).await;
                }
                fleet.start_again(victim);
            }
        }
    }

    /// Waits until all are ready.
    pub(super) async fn ready(&mut self) {
        match self {
            Self::One(one) => {
                let process = one.process.as_mut().unwrap();
                one.running = Some(process.ready().await);
            }
            Self::Apart(fleet) => fleet.ready().await,
        }
    }

    /// Asks all to end and waits until they have, each without an error.
    pub(super) async fn end(self) {
        match self {
            Self::One(one) => {
                let ended = one.process.unwrap().terminate().await;
                assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
            }
            Self::Apart(mut fleet) => fleet.end().await,
        }
    }
}

impl One {
    fn look(&mut self) {
        let Some(process) = &mut self.process else {
            return;
        };
        if let Some(status) = process.has_ended() {
            panic!("the process has ended: {status}\n{}", process.log_end());
        }
        if self.running.is_none() {
            self.running = process.running();
        }
    }

    fn kill(&mut self) {
        // One that is not there cannot be struck.
        self.process.take().unwrap().kill();
        self.running = None;
    }
}

/// Waits until an ingest has read a System Log to its end.
async fn reads(ingest: &Running) {
    let url = format!("http://{}/metrics", ingest.admin);
    let client = crate::load::client(Duration::from_secs(2));
    until("the other ingest reads the system log", async || {
        let page = client.get(&url).send().await.ok()?.text().await.ok()?;
        let mut lines = page.lines();
        lines
            .any(|line| line.starts_with("nightlatch_ingest_system_log_lag_seconds{"))
            .then_some(())
    })
    .await;
}
