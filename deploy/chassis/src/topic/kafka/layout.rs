//! The topics as a cluster has them: made, and compared with what they must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::task::spawn_blocking;

use super::client::{Context, Inspector};
use super::config::{KafkaConfig, MAX_MESSAGE_BYTES};
use super::{CALL, unusable};
use crate::topic::TopicError;
use crate::topic::metrics::TopicMetrics;
use crate::topic::spec::TopicSpec;

/// How long the cluster may be away when we start.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);
/// What librdkafka has other names for.
const ACCESS: &str = "Check kafka.security_protocol, and with it kafka.ssl_ca, kafka.ssl_certificate, \
     kafka.ssl_key, kafka.sasl_mechanism, kafka.sasl_username and kafka.sasl_password";
/// How long the cluster may take to make topics, and to show them.
const MAKING: Duration = Duration::from_secs(30);
/// How long it may take until every broker knows new topics whole.
const SHOWING: Duration = Duration::from_secs(10);
/// How long a broker may take to learn of topics that were made elsewhere.
const LEARNING: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// A topic as `nightlatch topics` found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicState {
    /// Its name on the cluster.
    pub name: String,
    /// Whether it was there, has just been made, or is missing.
    pub presence: Presence,
    /// What is not as it must be.
    pub differences: Vec<Difference>,
}

/// Whether a topic is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It was there.
    There,
    /// It was missing and has been made.
    Made,
    /// It is missing.
    Missing,
}

/// A setting of a topic that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The setting, as Kafka calls it.
    pub setting: String,
    /// What it is.
    pub is: String,
    /// What it must be.
    pub must_be: String,
    /// What to do, a command where there is one.
    pub remedy: String,
}

/// What the cluster tells of its topics: partitions and copies, by name.
type Found = BTreeMap<String, (i32, i32)>;

/// Asks for the cluster's id and its topics; waits a while for a cluster that is away.
pub(super) async fn find(
    inspector: &Arc<Inspector>,
    brokers: &str,
) -> Result<(String, Found), TopicError> {
    let started = Instant::now();
    loop {
        let asked = Arc::clone(inspector);
        let asked = spawn_blocking(move || ask(&asked))
            .await
            .map_err(unusable)?;
        let error = match asked {
            Ok(answer) => return Ok(answer),
            Err(error) => error.to_string(),
        };
        let trouble = inspector.context().trouble();
        let is_refusal = trouble.as_ref().is_some_and(|trouble| trouble.is_refusal);
        let reason = trouble.map_or(error, |trouble| trouble.reason);
        if is_refusal {
            return Err(TopicError::Fatal(format!(
                "{brokers} (kafka.brokers) cannot be used: {reason}. {ACCESS}"
            )));
        }
        if started.elapsed() > PATIENCE {
            return Err(TopicError::Fatal(format!(
                "no broker of {brokers} (kafka.brokers) has answered for {PATIENCE:?}: {reason}. \
                 Can they be reached from here? {ACCESS}"
            )));
        }
        tracing::warn!(brokers, reason, "waiting for kafka");
        tokio::time::sleep(PAUSE).await;
    }
}

/// As [`find`], and asks again while some of the topics are missing: they may have just been made,
/// and the broker that was asked not know it yet.
pub(super) async fn find_made(
    inspector: &Arc<Inspector>,
    config: &KafkaConfig,
    specs: &[TopicSpec],
) -> Result<(String, Found), TopicError> {
    let started = Instant::now();
    loop {
        let answer = find(inspector, &config.brokers).await?;
        let mut names = specs.iter().map(|spec| config.named(spec.name));
        if names.all(|name| answer.1.contains_key(&name)) || started.elapsed() > LEARNING {
            return Ok(answer);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn ask(inspector: &Inspector) -> Result<(String, Found), KafkaError> {
    let metadata = inspector.fetch_metadata(None, CALL);
    // What went wrong is told to who polls; there is nothing else to be had.
    while inspector.poll(Duration::ZERO).is_some() {}
    let metadata = metadata?;
    let cluster = inspector
        .client()
        .fetch_cluster_id(CALL)
        .ok_or(KafkaError::MetadataFetch(
            RDKafkaErrorCode::OperationTimedOut,
        ))?;
    let found = metadata.topics().iter().map(|topic| {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let copies = topic
            .partitions()
            .iter()
            .map(|partition| partition.replicas().len());
        let counts = (
            count(topic.partitions().len()),
            count(copies.min().unwrap_or(0)),
        );
        (topic.name().to_owned(), counts)
    });
    Ok((cluster, found.collect()))
}

/// Returns the number of partitions of a topic, which must be what we expect.
pub(super) fn expect(found: &Found, name: &str, spec: &TopicSpec) -> Result<i32, TopicError> {
    match found.get(name) {
        None => Err(TopicError::Fatal(format!(
            "there is no topic {name} on the cluster: `nightlatch topics create` makes it"
        ))),
        Some((partitions, _)) if *partitions != spec.partitions => Err(TopicError::Fatal(format!(
            "topic {name} has {partitions} partitions instead of {}: keys would not keep their \
             order; `nightlatch topics check` says what to do",
            spec.partitions
        ))),
        Some((partitions, _)) => Ok(*partitions),
    }
}

/// Makes the topics that are missing and compares all with what they must be.
///
/// # Errors
/// When the cluster can't be asked or refuses.
pub async fn create(
    config: &KafkaConfig,
    specs: &[TopicSpec],
    metrics: &TopicMetrics,
) -> Result<Vec<TopicState>, TopicError> {
    let admin = Admin::new(config, metrics)?;
    let states = admin.compare(config, specs).await?;
    let is_missing = |state: &&TopicState| state.presence == Presence::Missing;
    let missing = states.iter().filter(is_missing);
    let missing: BTreeSet<String> = missing.map(|state| state.name.clone()).collect();
    let is_new = |state: &TopicState| missing.contains(&state.name);
    let new = specs
        .iter()
        .filter(|spec| missing.contains(&config.named(spec.name)));
    admin.make(config, &new.collect::<Vec<_>>()).await?;
    let started = Instant::now();
    let mut states = admin.compare(config, specs).await?;
    // A broker may know of new topics later than the one that has shown them, or not all of them.
    while !states.iter().filter(|state| is_new(state)).all(is_whole) && started.elapsed() < SHOWING
    {
        tokio::time::sleep(LOOK).await;
        states = admin.compare(config, specs).await?;
    }
    for state in &mut states {
        if is_new(state) && state.presence == Presence::There {
            state.presence = Presence::Made;
        }
    }
    Ok(states)
}

fn is_whole(state: &TopicState) -> bool {
    state.presence == Presence::There && state.differences.is_empty()
}

/// Compares the topics with what they must be.
///
/// # Errors
/// When the cluster can't be asked.
pub async fn check(
    config: &KafkaConfig,
    specs: &[TopicSpec],
    metrics: &TopicMetrics,
) -> Result<Vec<TopicState>, TopicError> {
    Admin::new(config, metrics)?.compare(config, specs).await
}

struct Admin {
    inspector: Arc<Inspector>,
    client: AdminClient<Context>,
}

impl Admin {
    fn new(config: &KafkaConfig, metrics: &TopicMetrics) -> Result<Self, TopicError> {
        let context = Context::new("admin", metrics.clone());
        let inspector = config.inspector().create_with_context(context.clone());
        let client = config.client().create_with_context(context);
        Ok(Self {
            inspector: Arc::new(inspector.map_err(unusable)?),
            client: client.map_err(unusable)?,
        })
    }

    /// Returns how each topic stands.
    async fn compare(
        &self,
        config: &KafkaConfig,
        specs: &[TopicSpec],
    ) -> Result<Vec<TopicState>, TopicError> {
        let found = find(&self.inspector, &config.brokers).await?.1;
        let names: Vec<String> = specs.iter().map(|spec| config.named(spec.name)).collect();
        let there: Vec<&str> = names
            .iter()
            .filter(|name| found.contains_key(*name))
            .map(String::as_str)
            .collect();
        let settings = self.settings(&there).await?;
        let states = specs.iter().zip(names).map(|(spec, name)| {
            let (presence, differences) = match (found.get(&name), settings.get(&name)) {
                (Some(counts), Some(settings)) => (
                    Presence::There,
                    differences(config, spec, &name, *counts, settings),
                ),
                _ => (Presence::Missing, Vec::new()),
            };
            TopicState {
                name,
                presence,
                differences,
            }
        });
        Ok(states.collect())
    }

    async fn make(&self, config: &KafkaConfig, specs: &[&TopicSpec]) -> Result<(), TopicError> {
        if specs.is_empty() {
            return Ok(());
        }
        let wanted: Vec<_> = specs
            .iter()
            .map(|spec| {
                (
                    config.named(spec.name),
                    spec.partitions,
                    settings(config, spec),
                )
            })
            .collect();
        let topics: Vec<_> = wanted
            .iter()
            .map(|(name, partitions, settings)| {
                let copies = TopicReplication::Fixed(config.replication);
                let topic = NewTopic::new(name, *partitions, copies);
                settings
                    .iter()
                    .fold(topic, |topic, (key, value)| topic.set(key, value))
            })
            .collect();
        let made = self
            .client
            .create_topics(&topics, &options())
            .await
            .map_err(unusable)?;
        for topic in made {
            match topic {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, RDKafkaErrorCode::InvalidReplicationFactor)) => {
                    return Err(TopicError::Fatal(format!(
                        "{name} could not be made: fewer brokers serve now than the {} copies that \
                         kafka.replication wants",
                        config.replication
                    )));
                }
                Err((name, code)) => {
                    return Err(TopicError::Fatal(format!(
                        "{name} could not be made: {code}"
                    )));
                }
            }
        }
        self.shown(
            &wanted
                .into_iter()
                .map(|(name, ..)| name)
                .collect::<Vec<_>>(),
        )
        .await
    }

    /// Waits until every broker that is asked knows the topics.
    async fn shown(&self, names: &[String]) -> Result<(), TopicError> {
        let started = Instant::now();
        loop {
            let found = find(&self.inspector, "the cluster").await?.1;
            if names.iter().all(|name| found.contains_key(name)) {
                return Ok(());
            }
            if started.elapsed() > MAKING {
                return Err(TopicError::Fatal(
                    "the new topics do not show up".to_owned(),
                ));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Returns the settings of topics, by name.
    async fn settings(
        &self,
        names: &[&str],
    ) -> Result<BTreeMap<String, ConfigResource>, TopicError> {
        let mut settings = BTreeMap::new();
        if names.is_empty() {
            return Ok(settings);
        }
        let wanted: Vec<_> = names
            .iter()
            .map(|name| ResourceSpecifier::Topic(name))
            .collect();
        let answers = self
            .client
            .describe_configs(&wanted, &options())
            .await
            .map_err(unusable)?;
        for answer in answers {
            let resource = match answer {
                // The broker that was asked has yet to learn of it.
                Err(RDKafkaErrorCode::UnknownTopicOrPartition) => continue,
                answer => answer.map_err(unusable)?,
            };
            if let OwnedResourceSpecifier::Topic(name) = &resource.specifier {
                settings.insert(name.clone(), resource);
            }
        }
        Ok(settings)
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(MAKING))
        .operation_timeout(Some(MAKING))
}

/// Returns the settings that a topic must have.
fn settings(config: &KafkaConfig, spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let retention = match spec.retention {
        Some(retention) => retention.as_millis().to_string(),
        None => "-1".to_owned(),
    };
    let in_sync = if config.replication >= 3 { "2" } else { "1" };
    let mut settings = vec![
        (
            "cleanup.policy",
            if spec.compacted { "compact" } else { "delete" }.to_owned(),
        ),
        // A producer's clock does not matter, and what is imported does not expire on arrival.
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        // A detection may be larger than its event.
        ("max.message.bytes", MAX_MESSAGE_BYTES.to_string()),
        ("min.insync.replicas", in_sync.to_owned()),
        ("unclean.leader.election.enable", "false".to_owned()),
    ];
    if !spec.compacted {
        settings.push(("retention.ms", retention));
        settings.push(("retention.bytes", "-1".to_owned()));
    }
    settings
}

fn differences(
    config: &KafkaConfig,
    spec: &TopicSpec,
    name: &str,
    (partitions, copies): (i32, i32),
    found: &ConfigResource,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if partitions != spec.partitions {
        differences.push(Difference {
            setting: "partitions".to_owned(),
            is: partitions.to_string(),
            must_be: spec.partitions.to_string(),
            remedy: "partitions are fixed for life: use another kafka.topic_prefix, or delete the \
                     topic with all its records and run `nightlatch topics create`"
                .to_owned(),
        });
    }
    if copies < config.replication {
        differences.push(Difference {
            setting: "replication".to_owned(),
            is: copies.to_string(),
            must_be: config.replication.to_string(),
            remedy: "kafka-reassign-partitions.sh adds copies; or set kafka.replication".to_owned(),
        });
    }
    for (setting, must_be) in settings(config, spec) {
        let is = found
            .get(setting)
            .and_then(|entry| entry.value.clone())
            .unwrap_or_default();
        if is != must_be {
            let remedy = format!(
                "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics \
                 --entity-name {name} --add-config {setting}={must_be}",
                config.brokers
            );
            let setting = setting.to_owned();
            differences.push(Difference {
                setting,
                is,
                must_be,
                remedy,
            });
        }
    }
    differences
}
