//! A Nightlatch of one's own: a folder with its configuration, its policies and its data.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::cluster::given;
use crate::fleet::WatchedOrg;
use crate::process::{Ended, Process};

/// What people call the integration.
pub(crate) const INTEGRATION: &str = "acme";
/// Okta's id of its org.
pub(crate) const ORG_ID: &str = "00oacme0pipeline0org";
/// The org's domain.
pub(crate) const DOMAIN: &str = "acme.okta.com";
/// The last segment of its hook's address.
pub(crate) const PATH_KEY: &str = "pipeline-path-key-0123456789";
/// What its deliveries show in the header Authorization.
pub(crate) const SECRET: &str = "pipeline-secret-0123456789-0123456789";
/// What they may show while the secret is being changed.
pub(crate) const PREVIOUS_SECRET: &str = "pipeline-previous-0123456789-0123456789";

/// The policy of [`Installation::watching_everything`].
pub(crate) const EVERYTHING: &str = "everything";
/// Its one rule.
pub(crate) const EVERY_EVENT: &str = "Every event";
/// Its text.
pub(crate) const EVERYTHING_TEXT: &str = "
- policy:
    id: everything
    name: Everything
    description: Matches every event.
- rule: Every event
  desc: Matches every event.
  condition: okta.evt.type exists or not okta.evt.type exists
  output: event %okta.evt.type
  priority: INFO
";

/// The folder and what will be configured. Clones share the folder.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    folder: Arc<TempDir>,
    settings: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    open_files: Option<u32>,
    commands: Arc<AtomicU32>,
}

/// Returns the orgs that an installation watches: one, or on Kafka enough for every partition.
pub(crate) fn orgs() -> Vec<WatchedOrg> {
    let acme = WatchedOrg {
        name: INTEGRATION.to_owned(),
        org_id: ORG_ID.to_owned(),
        domain: DOMAIN.to_owned(),
        path_key: PATH_KEY.to_owned(),
    };
    let mut orgs = vec![acme];
    if given().is_some() {
        orgs.extend(WatchedOrg::all());
    }
    orgs
}

/// Returns the integration of an org as the configuration has it.
pub(crate) fn integration(org: &WatchedOrg) -> String {
    let WatchedOrg {
        name,
        org_id,
        domain,
        path_key,
    } = org;
    format!(
        "{{ name = '{name}', org_id = '{org_id}', domain = '{domain}', path_key = '{path_key}', \
         secret = '{SECRET}', previous_secret = '{PREVIOUS_SECRET}' }}"
    )
}

impl Installation {
    /// Watches [`orgs`] with the managed policies; ports of the system's choice. On the cluster that
    /// was named, if one was, with a prefix of its own.
    pub(crate) fn new() -> Self {
        let mut installation = Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            settings: BTreeMap::new(),
            environment: BTreeMap::new(),
            open_files: None,
            commands: Arc::default(),
        };
        fs::create_dir(installation.policies()).unwrap();
        for listener in ["ingest.listen", "api.listen", "admin.listen"] {
            installation = installation.with(listener, "'127.0.0.1:0'");
        }
        if let Some(brokers) = given() {
            let copies = if brokers.contains(',') { "3" } else { "1" };
            let prefix = format!("t{:08x}.", rand::random::<u32>());
            installation = installation
                .with("kafka.brokers", &format!("'{brokers}'"))
                .with("master_key", &format!("'{}'", "5c".repeat(32)))
                .with("kafka.topic_prefix", &format!("'{prefix}'"))
                .with("kafka.replication", copies);
        }
        installation.watching(&[])
    }

    /// Watches [`orgs`] and what else is integrated.
    pub(crate) fn watching(self, more: &[String]) -> Self {
        let orgs: Vec<String> = orgs().iter().map(integration).collect();
        let integrations = [&orgs, more].concat().join(", ");
        self.with("integrations", &format!("[{integrations}]"))
    }

    /// As [`Installation::new`], with no policy but one whose one rule matches every event.
    pub(crate) fn watching_everything() -> Self {
        let installation = Self::new().with("detector.managed_policies", "false");
        installation.with_policy("everything.yaml", EVERYTHING_TEXT)
    }

    /// Sets a key of the configuration file to a value as TOML writes it.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets a variable for what is started from now on.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Lets what is started from now on have so many files open.
    pub(crate) fn with_open_files(mut self, most: u32) -> Self {
        self.open_files = Some(most);
        self
    }

    /// Adds a policy file.
    pub(crate) fn with_policy(self, file: &str, text: &str) -> Self {
        fs::write(self.policies().join(file), text).unwrap();
        let policies = format!("['{}']", self.policies().display());
        self.with("detector.policies", &policies)
    }

    /// Leaves the folder on disk, to be looked at.
    pub(crate) fn keep(&self) {
        // A share that is never dropped.
        std::mem::forget(Arc::clone(&self.folder));
    }

    /// Returns a setting as TOML writes it.
    pub(crate) fn setting(&self, key: &str) -> &str {
        &self.settings[key]
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of the policy files.
    pub(crate) fn policies(&self) -> PathBuf {
        self.folder().join("policies")
    }

    /// Writes a file to be imported, say.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Starts the services.
    pub(crate) fn spawn(&self) -> Process {
        self.spawn_command(&[])
    }

    /// Starts a command.
    pub(crate) fn spawn_command(&self, words: &[&str]) -> Process {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        Process::spawn(
            self.command(words),
            self.folder(),
            &format!("command-{number}"),
        )
    }

    /// Runs a command and waits until it has ended.
    pub(crate) async fn run(&self, words: &[&str]) -> Ended {
        self.spawn_command(words).ended().await
    }

    /// As [`Installation::run`], with a text on standard input.
    pub(crate) async fn run_with_input(&self, words: &[&str], input: &str) -> Ended {
        let mut command = self.command(words);
        command.stdin(File::open(self.file("input", input)).unwrap());
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let name = format!("command-{number}");
        Process::spawn_with_input(command, self.folder(), &name)
            .ended()
            .await
    }

    /// As [`Installation::run`], for a command that must succeed.
    pub(crate) async fn succeed(&self, words: &[&str]) -> String {
        let ended = self.run(words).await;
        assert!(ended.status.success(), "{words:?}: {}", ended.stderr);
        ended.stdout
    }

    fn command(&self, words: &[&str]) -> Command {
        let binary = env!("CARGO_BIN_EXE_nightlatch");
        let mut command = self.binary(binary, &self.folder().join("data"));
        command.args(words);
        command
    }

    /// Returns what starts a binary with this configuration on a data folder.
    pub(crate) fn binary(&self, binary: &str, data: &Path) -> Command {
        let settings = self.settings.iter();
        let settings: Vec<_> = settings
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        // A file of its own: others that start just now may be reading theirs.
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let config = self.file(&format!("nightlatch-{number}.toml"), settings.join("\n"));
        let mut command = Command::new(binary);
        if let Some(most) = self.open_files {
            command = Command::new("sh");
            command.args([
                "-c",
                &format!("ulimit -n {most}; exec \"$0\" \"$@\""),
                binary,
            ]);
        }
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"NIGHTLATCH_") {
                command.env_remove(name);
            }
        }
        command
            .envs(&self.environment)
            .arg("--config")
            .arg(config)
            .arg("--data-dir")
            .arg(data);
        command
    }
}
