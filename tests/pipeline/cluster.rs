//! A real Kafka cluster, started by `deploy/kafka/cluster`, whose brokers can be killed and paused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::MetadataTopic;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::deadline::until;

/// How long the cluster may take to say how it is.
const ANSWER: Duration = Duration::from_secs(5);
/// Names the brokers of a cluster that runs already, for tests that do no harm to it.
const GIVEN: &str = "NIGHTLATCH_TEST_KAFKA";

/// A cluster of one's own, gone with this value.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: TempDir,
    brokers: String,
    count: u32,
}

/// Returns the brokers of the cluster that runs already, if one was named.
pub(crate) fn given() -> Option<String> {
    let brokers = std::env::var_os(GIVEN)?.into_string().ok()?;
    (!brokers.is_empty()).then_some(brokers)
}

impl Cluster {
    /// Starts so many brokers, 1 or 3, and waits until they serve. Blocks, for half a minute
    /// perhaps.
    pub(crate) fn start(count: u32) -> Self {
        Self::start_with(count, &[])
    }

    /// Starts one broker with a listener that wants TLS, a client's certificate and a password.
    pub(crate) fn start_secure() -> Self {
        Self::start_with(1, &["--secure"])
    }

    fn start_with(count: u32, words: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("kafka-").tempdir().unwrap();
        // The script makes it, and deletes only what it has made.
        fs::remove_dir(folder.path()).unwrap();
        let count_word = count.to_string();
        let start = [&["start", "--brokers", &count_word], words].concat();
        let brokers = run(folder.path(), &start);
        println!("kafka runs at {}", brokers.trim());
        Self {
            folder,
            brokers: brokers.trim().to_owned(),
            count,
        }
    }

    /// Returns the bootstrap servers.
    pub(crate) fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Returns a file of what a client of the secure listener needs: `brokers`, `password`, `ca.pem`…
    pub(crate) fn secret(&self, name: &str) -> PathBuf {
        self.folder.path().join("secure").join(name)
    }

    /// Returns how many brokers it has; they are numbered from 1.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Ends a broker as a power cut would.
    pub(crate) fn kill(&self, broker: u32) {
        run(self.folder.path(), &["kill-broker", &broker.to_string()]);
    }

    /// Starts a broker that was killed; it takes seconds until it serves.
    pub(crate) fn start_broker(&self, broker: u32) {
        run(self.folder.path(), &["start-broker", &broker.to_string()]);
    }

    /// Stops a broker in its tracks.
    pub(crate) fn pause(&self, broker: u32) {
        self.signal(broker, "STOP");
    }

    /// Lets a paused broker go on.
    pub(crate) fn resume(&self, broker: u32) {
        self.signal(broker, "CONT");
    }

    /// Waits until every broker has every record that it should have: another may fail then.
    pub(crate) async fn in_sync(&self) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        let client: BaseConsumer = config.create().unwrap();
        let client = Arc::new(client);
        until("all brokers are in sync", async || {
            let client = Arc::clone(&client);
            let asked = spawn_blocking(move || client.fetch_metadata(None, ANSWER).ok());
            let metadata = asked.await.unwrap()?;
            let mut partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
            partitions
                .all(|partition| partition.isr().len() == partition.replicas().len())
                .then_some(())
        })
        .await;
    }

    fn signal(&self, broker: u32, name: &str) {
        let pid = self.folder.path().join(format!("broker-{broker}/pid"));
        let pid = fs::read_to_string(pid).unwrap();
        let kill = format!("kill -{name} {}", pid.trim());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let command = if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            println!("the brokers' logs stay in {}", self.folder.path().display());
            "stop"
        } else {
            "clean"
        };
        let ended = script(self.folder.path(), &[command]).status();
        if !ended.is_ok_and(|status| status.success()) {
            println!("{} was not cleaned", self.folder.path().display());
        }
    }
}

/// Runs a command of the script and returns what it prints.
fn run(folder: &Path, words: &[&str]) -> String {
    let output = script(folder, words).output().unwrap();
    assert!(
        output.status.success(),
        "kafka, {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn script(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../kafka/cluster"));
    command.arg(words[0]).arg("--folder").arg(folder);
    command.args(&words[1..]);
    command
}
