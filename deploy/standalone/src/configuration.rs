//! The settings of every binary: one configuration file serves all of them.

use std::process::ExitCode;

use nightlatch_chassis::config::{AdminConfig, ApiConfig, Config, ConfigErrors};
use nightlatch_chassis::process::{self, refuse};
use nightlatch_chassis::schema_registry::SchemaRegistry;
use nightlatch_chassis::telemetry::LogConfig;
use nightlatch_chassis::topic::KafkaConfig;
use nightlatch_chassis::{Defaults, Size, config};
use nightlatch_detector::DetectorConfig;
use nightlatch_ingest::{IngestConfig, Integrations};
use nightlatch_sink::SinkConfig;

use crate::arguments::Settings;
use crate::service::Service;
use crate::{terminal, topics};

/// Every defaults file: each binary knows the sections of all services.
pub(crate) const DEFAULTS: [Defaults; 3] = [
    nightlatch_ingest::DEFAULTS,
    nightlatch_detector::DEFAULTS,
    nightlatch_sink::DEFAULTS,
];

/// Loads the settings; `more` wins over what the command line says. Every section is read, so that
/// what is wrong is said before anything is made.
pub(crate) fn load(
    settings: &Settings,
    more: Vec<(String, String)>,
) -> Result<Config, ConfigErrors> {
    let mut flags = settings.set.clone();
    if let Some(data_dir) = &settings.data_dir {
        flags.push(("data_dir".to_owned(), data_dir.clone()));
    }
    flags.extend(more);
    let config = config::load(&process::sources(
        DEFAULTS.to_vec(),
        settings.config.clone(),
        flags,
    )?)?;
    let mut errors = ConfigErrors::default();
    errors.take(config.section::<LogConfig>("log"));
    errors.take(config.section::<AdminConfig>("admin"));
    errors.take(config.section::<ApiConfig>("api"));
    errors.take(config.section::<Size>("topic.max_size"));
    errors.take(KafkaConfig::from_config(&config));
    errors.take(SchemaRegistry::from_config(&config));
    errors.take(IngestConfig::from_config(&config));
    errors.take(Integrations::from_config(&config));
    errors.take(config.section::<DetectorConfig>("detector"));
    errors.take(config.section::<SinkConfig>("sink"));
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(errors)
    }
}

/// Loads the settings of a service that runs apart from the others: topics must be on Kafka.
pub(crate) fn load_for_kafka(
    settings: &Settings,
    service: Service,
) -> Result<Config, ConfigErrors> {
    let config = load(settings, Vec::new())?;
    if topics::on_kafka(&config) {
        return Ok(config);
    }
    let binary = service.binary();
    let problem = format!("is not set, and {binary} shares its topics with other processes");
    let advice = "set it to the brokers, such as \"kafka-1:9092,kafka-2:9092\"; without Kafka run \
                  `nightlatch`, all services in one process";
    Err(config.error("kafka.brokers", problem).advise(advice).into())
}

/// Prints the effective configuration, or all that is wrong with it.
pub(crate) fn check(settings: &Settings) -> ExitCode {
    let config = match load(settings, Vec::new()) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    terminal::print_line(&config.display_masked());
    ExitCode::SUCCESS
}
