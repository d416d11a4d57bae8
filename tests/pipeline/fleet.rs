//! Nightlatch on Kafka as it runs at scale: services apart, replicas of each, many orgs.
//!
//! Every replica has a data folder of its own, and so every sink a store. Any of them can be killed,
//! paused, started again, added and taken away; one that ends by itself fails the test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nightlatch_schemas::integration_id;
use tokio::sync::watch;

use crate::installation::{Installation, PATH_KEY, integration};
use crate::process::{Process, Running};

/// Numbers of orgs of which two have their events on each of the six partitions.
const ORGS: [u32; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 18];
/// How long a replica may take to end when it is asked to.
const LEAVE: Duration = Duration::from_secs(40);

/// Who runs, by name, and where.
pub(crate) type Directory = watch::Receiver<BTreeMap<String, Running>>;

/// What runs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ingest,
    Detector,
    Sink,
}

/// An Okta org whose events are watched.
#[derive(Debug, Clone)]
pub(crate) struct WatchedOrg {
    pub(crate) name: String,
    pub(crate) org_id: String,
    pub(crate) domain: String,
    /// The last segment of its hook's address.
    pub(crate) path_key: String,
}

/// All replicas of all services.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) installation: Installation,
    replicas: Vec<Replica>,
    directory: watch::Sender<BTreeMap<String, Running>>,
    added: BTreeMap<&'static str, u32>,
    /// Variables of replicas, and of no command.
    variables: Vec<(&'static str, String)>,
}

/// A process of one service, over all its starts.
#[derive(Debug)]
struct Replica {
    name: String,
    service: Service,
    folder: PathBuf,
    /// None while it is down.
    process: Option<Process>,
    /// Since when it has been asked to end.
    leaving: Option<Instant>,
    starts: u32,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::Ingest, Self::Detector, Self::Sink];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Detector => "detector",
            Self::Sink => "sink",
        }
    }

    pub(crate) const fn binary(self) -> &'static str {
        match self {
            Self::Ingest => env!("CARGO_BIN_EXE_nightlatch-ingest"),
            Self::Detector => env!("CARGO_BIN_EXE_nightlatch-detector"),
            Self::Sink => env!("CARGO_BIN_EXE_nightlatch-sink"),
        }
    }
}

impl WatchedOrg {
    /// Returns orgs enough that each partition has two.
    pub(crate) fn all() -> Vec<Self> {
        ORGS.into_iter().map(Self::new).collect()
    }

    fn new(number: u32) -> Self {
        Self {
            name: format!("fleet-{number}"),
            org_id: format!("00ofleet{number:012}"),
            domain: format!("fleet-{number}.okta.com"),
            path_key: format!("{PATH_KEY}-{number}"),
        }
    }

    /// Returns the id that the product gives it.
    pub(crate) fn integration(&self) -> String {
        integration_id(&self.org_id).to_string()
    }
}

impl Fleet {
    /// Makes the topics of `installation`, under a prefix of its own, and configures all orgs.
    /// `copies` of each record, so at least as many brokers. Nothing runs yet.
    pub(crate) async fn new(installation: Installation, brokers: &str, copies: u32) -> Self {
        let prefix = format!("t{:08x}.", rand::random::<u32>());
        let integrations: Vec<String> = WatchedOrg::all().iter().map(integration).collect();
        let installation = installation
            .with("kafka.brokers", &format!("'{brokers}'"))
            .with("master_key", &format!("'{}'", "5c".repeat(32)))
            .with("kafka.topic_prefix", &format!("'{prefix}'"))
            .with("kafka.replication", &copies.to_string())
            .with("integrations", &format!("[{}]", integrations.join(", ")));
        println!("topics begin with {prefix}");
        installation.succeed(&["topics", "create"]).await;
        Self {
            installation,
            replicas: Vec::new(),
            directory: watch::Sender::default(),
            added: BTreeMap::new(),
            variables: Vec::new(),
        }
    }

    /// Sets a variable for replicas that are started from now on.
    #[cfg(feature = "seeded-bugs")]
    pub(crate) fn set_variable(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    /// Starts two replicas of each service and waits until all are ready.
    pub(crate) async fn start(&mut self) {
        self.start_each(2).await;
    }

    /// Starts so many replicas of each service and waits until all are ready.
    pub(crate) async fn start_each(&mut self, count: usize) {
        for service in Service::ALL {
            for _ in 0..count {
                self.add(service);
            }
        }
        self.ready().await;
    }

    /// Starts one more replica and returns its name.
    pub(crate) fn add(&mut self, service: Service) -> String {
        let number = self.added.entry(service.word()).or_default();
        *number += 1;
        let name = format!("{}-{number}", service.word());
        let folder = self.installation.folder().join(&name);
        std::fs::create_dir(&folder).unwrap();
        self.replicas.push(Replica {
            name: name.clone(),
            service,
            folder,
            process: None,
            leaving: None,
            starts: 0,
        });
        self.start_again(&name);
        name
    }

    /// Starts a replica that was killed.
    pub(crate) fn start_again(&mut self, name: &str) {
        let at = self.at(name);
        let replica = &mut self.replicas[at];
        assert!(replica.process.is_none(), "{name} runs");
        let data = replica.folder.join("data");
        let mut command = self.installation.binary(replica.service.binary(), &data);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let log = format!("run-{}", replica.starts);
        replica.starts += 1;
        replica.process = Some(Process::spawn(command, &replica.folder, &log));
    }

    /// Ends a replica as a power cut would, paused or not.
    pub(crate) fn kill(&mut self, name: &str) {
        let at = self.at(name);
        if let Some(mut process) = self.replicas[at].process.take() {
            process.kill();
        }
        self.forget(name);
    }

    /// Stops a replica in its tracks.
    pub(crate) fn pause(&mut self, name: &str) {
        self.process(name).signal("STOP");
    }

    /// Lets a paused replica go on.
    pub(crate) fn resume(&mut self, name: &str) {
        self.process(name).signal("CONT");
    }

    /// Asks a replica to end, for good; [`Fleet::look`] sees it go.
    pub(crate) fn take_away(&mut self, name: &str) {
        self.process(name).signal("TERM");
        let at = self.at(name);
        self.replicas[at].leaving = Some(Instant::now());
        self.forget(name);
    }

    /// Kills a replica for good.
    pub(crate) fn destroy(&mut self, name: &str) {
        self.kill(name);
        let at = self.at(name);
        self.replicas.remove(at);
    }

    /// Notes who has said where it listens, and who has left. Panics when one has ended that
    /// nobody asked to.
    pub(crate) fn look(&mut self) {
        let mut gone = Vec::new();
        for replica in &mut self.replicas {
            let Some(process) = &mut replica.process else {
                continue;
            };
            if let Some(status) = process.has_ended() {
                let Replica { name, folder, .. } = replica;
                assert!(
                    replica.leaving.is_some() && status.success(),
                    "{name} has ended: {status}\n{}\nsee {}",
                    process.log_end(),
                    folder.display()
                );
                gone.push(name.clone());
            } else if let Some(since) = replica.leaving {
                assert!(since.elapsed() < LEAVE, "{} does not end", replica.name);
            } else if !self.directory.borrow().contains_key(&replica.name)
                && let Some(running) = process.running()
            {
                let name = replica.name.clone();
                self.directory.send_modify(|all| {
                    all.insert(name, running);
                });
            }
        }
        self.replicas
            .retain(|replica| !gone.contains(&replica.name));
    }

    /// Waits until all that were started are ready.
    pub(crate) async fn ready(&mut self) {
        for replica in &mut self.replicas {
            if let (Some(process), None) = (&mut replica.process, replica.leaving) {
                process.ready().await;
            }
        }
        self.look();
    }

    /// Asks all to end and waits until they have, each without an error.
    pub(crate) async fn end(&mut self) {
        for name in self.names() {
            self.take_away(&name);
        }
        while !self.replicas.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.look();
        }
    }

    /// Returns who runs and where, now and later.
    pub(crate) fn directory(&self) -> Directory {
        self.directory.subscribe()
    }

    /// Returns where the replicas of a service are, in the order of their names.
    pub(crate) fn running(&self, service: Service) -> Vec<Running> {
        of(&self.directory.borrow(), service)
    }

    /// Returns the names of all replicas that are not leaving.
    pub(crate) fn names(&self) -> Vec<String> {
        let staying = self
            .replicas
            .iter()
            .filter(|replica| replica.leaving.is_none());
        staying.map(|replica| replica.name.clone()).collect()
    }

    fn process(&self, name: &str) -> &Process {
        match &self.replicas[self.at(name)].process {
            Some(process) => process,
            None => panic!("{name} does not run"),
        }
    }

    fn at(&self, name: &str) -> usize {
        let at = self
            .replicas
            .iter()
            .position(|replica| replica.name == name);
        at.unwrap_or_else(|| panic!("there is no {name}"))
    }

    fn forget(&self, name: &str) {
        self.directory.send_modify(|all| {
            all.remove(name);
        });
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.installation.keep();
            for mut process in self
                .replicas
                .drain(..)
                .filter_map(|replica| replica.process)
            {
                process.kill();
                // Or each would show its log.
                std::mem::forget(process);
            }
            let folder = self.installation.folder();
            println!("the logs of all replicas stay in {}", folder.display());
        }
    }
}

/// Returns where the replicas of a service are, in the order of their names.
pub(crate) fn of(directory: &BTreeMap<String, Running>, service: Service) -> Vec<Running> {
    let named = directory.iter();
    named
        .filter(|(name, _)| name.starts_with(service.word()))
        .map(|(_, running)| running.clone())
        .collect()
}
