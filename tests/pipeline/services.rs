//! What runs of an installation: all services in one process, or on Kafka two replicas of each.
//!
//! Scenarios are written once for both: what is sent goes to the ingests by turns, what is checked
//! is checked at every replica.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::cluster::given;
use crate::fleet::Service;
use crate::installation::Installation;
use crate::process::{Ended, Process, Running};

/// Of each service, on Kafka.
const REPLICAS: usize = 2;
/// Installations that run apart at a time: each is six processes.
static ROOM: Semaphore = Semaphore::const_new(2);

/// Processes that are all services together.
#[derive(Debug)]
pub(crate) struct Services {
    parts: Vec<Part>,
    turn: AtomicUsize,
    _room: Option<SemaphorePermit<'static>>,
}

#[derive(Debug)]
struct Part {
    /// What runs in it.
    services: Vec<Service>,
    process: Process,
    running: Running,
}

impl Installation {
    /// Starts the services and waits until they are ready.
    pub(crate) async fn start(&self) -> Services {
        let mut services = self.announced().await;
        for part in &mut services.parts {
            part.process.ready().await;
        }
        services
    }

    /// Starts the services and waits until they say where they listen.
    pub(crate) async fn announced(&self) -> Services {
        let mut room = None;
        let processes = if given().is_some() {
            room = Some(ROOM.acquire().await.unwrap());
            self.spawn_apart().await
        } else {
            vec![(Service::ALL.to_vec(), self.spawn())]
        };
        let mut parts = Vec::new();
        for (services, mut process) in processes {
            let running = process.announced().await;
            parts.push(Part {
                services,
                process,
                running,
            });
        }
        Services {
            parts,
            turn: AtomicUsize::new(0),
            _room: room,
        }
    }

    async fn spawn_apart(&self) -> Vec<(Vec<Service>, Process)> {
        self.succeed(&["topics", "create"]).await;
        let replicas = Service::ALL
            .into_iter()
            .flat_map(|service| (1..=REPLICAS).map(move |number| (service, number)));
        replicas
            .map(|(service, number)| (vec![service], self.spawn_replica(service, number)))
            .collect()
    }

    /// Starts a replica of a service on a data folder of its own.
    pub(crate) fn spawn_replica(&self, service: Service, number: usize) -> Process {
        let folder = self.folder().join(format!("{}-{number}", service.word()));
        std::fs::create_dir_all(&folder).unwrap();
        let command = self.binary(service.binary(), &folder.join("data"));
        Process::spawn(command, &folder, "log")
    }
}

impl Services {
    /// Starts one more replica of a service, and waits until it is ready.
    pub(crate) async fn add(
        &mut self,
        installation: &Installation,
        service: Service,
        number: usize,
    ) -> Running {
        let mut process = installation.spawn_replica(service, number);
        let running = process.ready().await;
        self.parts.push(Part {
            services: vec![service],
            process,
            running: running.clone(),
        });
        running
    }

    /// Asks a replica to end and waits until it has.
    pub(crate) async fn remove(&mut self, running: &Running) {
        let at = self.parts.iter().position(|part| part.running == *running);
        let part = self.parts.remove(at.unwrap());
        let ended = part.process.terminate().await;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    }

    /// Asks all replicas of a service to end and waits until they have.
    pub(crate) async fn stop(&mut self, service: Service) {
        let running: Vec<_> = self.running(service).into_iter().cloned().collect();
        for replica in running {
            self.remove(&replica).await;
        }
    }

    /// Returns where all replicas of a service are.
    pub(crate) fn running(&self, service: Service) -> Vec<&Running> {
        let with = self.parts.iter();
        with.filter(|part| part.services.contains(&service))
            .map(|part| &part.running)
            .collect()
    }

    /// Returns the hooks of all ingests.
    pub(crate) fn all_hooks(&self) -> Vec<SocketAddr> {
        let ingests = self.running(Service::Ingest);
        ingests.iter().map(|ingest| ingest.hooks).collect()
    }

    /// Returns the ingest whose turn it is.
    pub(crate) fn ingest(&self) -> &Running {
        let ingests = self.running(Service::Ingest);
        ingests[self.turn.fetch_add(1, Ordering::Relaxed) % ingests.len()]
    }

    /// Returns the hooks of the ingest whose turn it is.
    pub(crate) fn hooks(&self) -> SocketAddr {
        self.ingest().hooks
    }

    /// Returns the feeds of all sinks; each must show everything.
    pub(crate) fn feeds(&self) -> Vec<SocketAddr> {
        let sinks = self.running(Service::Sink);
        sinks.iter().map(|sink| sink.api).collect()
    }

    /// Returns the admin addresses of all processes.
    pub(crate) fn admins(&self) -> Vec<SocketAddr> {
        let parts = self.parts.iter();
        parts.map(|part| part.running.admin).collect()
    }

    /// Returns what the processes of a service have logged, each.
    pub(crate) fn logs(&self, service: Service) -> Vec<String> {
        let with = self.parts.iter();
        with.filter(|part| part.services.contains(&service))
            .map(|part| part.process.log())
            .collect()
    }

    /// Waits until all say where they listen, as they have said before.
    pub(crate) async fn are_found(&mut self) {
        for part in &mut self.parts {
            assert_eq!(part.process.announced().await, part.running);
        }
    }

    /// Returns the id of the first process.
    pub(crate) fn pid(&self) -> u32 {
        self.parts[0].process.id()
    }

    /// Whether services run in processes of their own.
    pub(crate) const fn are_apart(&self) -> bool {
        self.parts.len() > 1
    }

    /// Returns the most memory that any of the processes has held at a time, in KiB.
    pub(crate) fn most_memory_kib(&self) -> u64 {
        let held = self.parts.iter().map(|part| part.process.most_memory_kib());
        held.max().unwrap()
    }

    /// Sends a signal to all.
    pub(crate) fn signal(&self, name: &str) {
        self.parts.iter().for_each(|part| part.process.signal(name));
    }

    /// Asks all to end at once and waits until they have, each of them well.
    pub(crate) async fn terminate(self) -> Vec<Ended> {
        self.signal("TERM");
        self.ended().await
    }

    /// Waits until all have ended, each of them well.
    pub(crate) async fn ended(self) -> Vec<Ended> {
        let mut all = Vec::new();
        for mut part in self.parts {
            let ended = part.process.ended().await;
            assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
            all.push(ended);
        }
        all
    }
}
