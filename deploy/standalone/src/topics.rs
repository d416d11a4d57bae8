//! The topics of ours and the log they are on: the embedded one, or Kafka. `nightlatch topics`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use nightlatch_chassis::config::Config;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::process::refuse;
use nightlatch_chassis::topic::layout::{self, Presence, TopicState};
use nightlatch_chassis::topic::{KafkaConfig, Log, TopicMetrics, TopicSpec};
use nightlatch_schemas::topics::{self, Retention};

use crate::arguments::Settings;
use crate::schema_registry::adopt_ids;
use crate::terminal::{self, complain};
use crate::{configuration, runtime};

const DAY: Duration = Duration::from_hours(24);

/// Whether topics are on Kafka; else they are on the embedded log of the data folder.
pub(crate) fn on_kafka(config: &Config) -> bool {
    KafkaConfig::from_config(config).is_ok_and(|kafka| kafka.is_some())
}

/// Opens the log to write, with the ids that its records' schemas have.
pub(crate) async fn open(config: &Config, metrics: &Metrics) -> anyhow::Result<Log> {
    adopt_ids(config).await?;
    Ok(Log::open(config, &specs(), TopicMetrics::new(metrics)?).await?)
}

/// As [`open`], to read beside the processes that write it or without any.
pub(crate) async fn open_beside(config: &Config) -> anyhow::Result<Log> {
    adopt_ids(config).await?;
    let metrics = TopicMetrics::new(&Metrics::new()?)?;
    let log = Log::open_beside(config, &specs(), metrics).await;
    log.context("no log to read")
}

/// Returns what the log must know of our topics.
fn specs() -> Vec<TopicSpec> {
    let spec = |topic: topics::Topic| TopicSpec {
        name: topic.name,
        partitions: topic.partitions,
        retention: match topic.retention {
            Retention::Days(days) => Some(DAY * days),
            Retention::Forever | Retention::Compacted => None,
        },
        compacted: topic.retention == Retention::Compacted,
    };
    topics::ALL.into_iter().map(spec).collect()
}

/// Makes what is missing and tells of each topic how it stands.
pub(crate) fn create(settings: &Settings) -> ExitCode {
    tell(settings, true)
}

/// Tells of each topic how it stands.
pub(crate) fn check(settings: &Settings) -> ExitCode {
    tell(settings, false)
}

fn tell(settings: &Settings, create: bool) -> ExitCode {
    let config = match configuration::load(settings, Vec::new()) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    let kafka = match KafkaConfig::from_config(&config) {
        Ok(Some(kafka)) => kafka,
        Ok(None) => {
            terminal::print_line(
                "kafka.brokers is not set: the embedded log has its topics without being told",
            );
            return ExitCode::SUCCESS;
        }
        Err(errors) => return refuse(&errors),
    };
    let states = runtime::block_on(async {
        let metrics = TopicMetrics::new(&Metrics::new()?)?;
        let states = if create {
            layout::create(&kafka, &specs(), &metrics).await
        } else {
            layout::check(&kafka, &specs(), &metrics).await
        };
        Ok(states?)
    });
    let states = match states {
        Ok(states) => states,
        Err(error) => return complain(&error),
    };
    states.iter().flat_map(lines).for_each(|line| {
        terminal::print_line(&line);
    });
    if states.iter().all(is_right) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn is_right(state: &TopicState) -> bool {
    state.presence != Presence::Missing && state.differences.is_empty()
}

/// Returns a line on the topic and two on each setting that is not as it must be.
fn lines(state: &TopicState) -> Vec<String> {
    let how = match state.presence {
        Presence::Missing => "missing; `nightlatch topics create` makes it",
        _ if !state.differences.is_empty() => "differs",
        Presence::There => "ok",
        Presence::Made => "made",
    };
    let mut lines = vec![format!("{:24} {how}", state.name)];
    for difference in &state.differences {
        let (setting, is, must_be) = (&difference.setting, &difference.is, &difference.must_be);
        lines.push(format!("    {setting} is {is:?} and must be {must_be:?}:"));
        lines.push(format!("    {}", difference.remedy));
    }
    lines
}
