//! Ingest as a whole: its parts, its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_chassis::metrics::{Metrics, MetricsError};
use nightlatch_chassis::topic::{Log, TopicError};

use crate::body::{Budget, Limits};
use crate::metrics::IngestMetrics;
use crate::publish::{Parcel, Published};
use crate::{IngestConfig, Integration, Integrations, hook, import};

/// What handlers share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) integrations: Integrations,
    pub(crate) limits: Limits,
    pub(crate) metrics: IngestMetrics,
    log: Log,
    /// How long a delivery may take to become durable.
    pub(crate) append_timeout: Duration,
}

impl Service {
    pub(crate) async fn publish(
        &self,
        parcel: Parcel,
        integration: &Integration,
        received: i64,
        timeout: Duration,
    ) -> Result<Published, TopicError> {
        parcel
            .publish(&self.log, integration, received, timeout, &self.metrics)
            .await
    }
}

/// The ingest service.
#[derive(Debug, Clone)]
pub struct Ingest {
    service: Arc<Service>,
}

/// Why ingest could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// A mistake in the program.
    #[error("{0}")]
    Metrics(#[from] MetricsError),
}

impl Ingest {
    /// Reads the settings and the integrations.
    pub fn new(config: &Config, log: Log, metrics: &Metrics) -> Result<Self, IngestError> {
        let mut errors = ConfigErrors::default();
        let settings = errors.take(IngestConfig::from_config(config));
        let integrations = errors.take(Integrations::from_config(config));
        let (Some(settings), Some(integrations)) = (settings, integrations) else {
            return Err(errors.into());
        };
        let metrics = IngestMetrics::new(metrics)?;
        metrics.announce(&integrations.names());
        let service = Service {
            integrations,
            limits: Limits {
                timeout: settings.body_timeout.duration(),
                max_body: settings.max_body.len(),
                budget: Budget::new(settings.max_bodies.len()),
            },
            metrics,
            log,
            append_timeout: settings.append_timeout.duration(),
        };
        Ok(Self {
            service: Arc::new(service),
        })
    }

    /// Returns the routes of the public listener: Okta's event hooks.
    pub fn hooks(&self) -> Router {
        hook::router(Arc::clone(&self.service))
    }

    /// Returns the routes of the API: import.
    pub fn routes(&self) -> Router {
        import::router(Arc::clone(&self.service))
    }

    /// Returns the integrations there are.
    pub fn integrations(&self) -> &Integrations {
        &self.service.integrations
    }
}
