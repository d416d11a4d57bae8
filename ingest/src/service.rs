//! Ingest as a whole: its parts, its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_chassis::metrics::{Metrics, MetricsError};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Log, TopicError};
use nightlatch_schemas::topics::{CURSORS, OKTA_EVENTS};

use crate::body::{Budget, Limits};
use crate::integration::activity::Activity;
use crate::integration::arrivals::Arrivals;
use crate::integration::connection::Connections;
use crate::integration::deliveries::Deliveries;
use crate::integration::desk::{Desk, Turns};
use crate::integration::directory::Directory;
use crate::integration::states::States;
use crate::integration::store::{Store, StoreError};
use crate::integration::watch::{self, Observations};
use crate::metrics::IngestMetrics;
use crate::okta::{CallMetrics, Outbound};
use crate::publish::{Parcel, Published};
use crate::reconcile::standing::Standings;
use crate::{
    IngestConfig, Integration, Integrations, hook, import, integration, reconcile, redrive,
};

/// The group whose members share the integrations out.
const OWNERS: &str = "ingest";

/// What handlers share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) directory: Arc<Directory>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<IngestMetrics>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) log: Log,
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
        let counts = (&*self.metrics, &*self.activity);
        parcel
            .publish(&self.log, integration, received, timeout, counts)
            .await
    }
}

/// The ingest service.
#[derive(Debug, Clone)]
pub struct Ingest {
    service: Arc<Service>,
    desk: Arc<Desk>,
    hook_watch: Duration,
    states: States,
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
    /// What is set of integrations can't be read.
    #[error("the settings of integrations: {0}")]
    Settings(#[from] StoreError),
    /// What is set of integrations can't be followed any more.
    #[error("the settings of integrations: {0}")]
    Unfollowed(#[from] TopicError),
}

impl Ingest {
    /// Reads the settings and the integrations, those of the settings log to its end.
    pub async fn open(config: &Config, log: Log, metrics: &Metrics) -> Result<Self, IngestError> {
        let mut errors = ConfigErrors::default();
        let settings = errors.take(IngestConfig::from_config(config));
        let integrations = errors.take(Integrations::from_config(config));
        let outbound = errors.take(Outbound::from_config(config));
        let (Some(settings), Some(integrations), Some(outbound)) =
            (settings, integrations, outbound)
        else {
            return Err(errors.into());
        };
        let store = Store::open(config, &log, &config.data_dir(), metrics).await?;
        let states = States::new(metrics)?;
        let calls = CallMetrics::new(metrics)?;
        let metrics = Arc::new(IngestMetrics::new(metrics)?);
        let cursors = log.cursors(CURSORS).await?;
        let observations = Observations::new(cursors.clone());
        let standings = Standings::new(cursors.clone());
        let arrivals = Arc::new(Arrivals::new(cursors.clone(), log.replica()));
        let deliveries = Arc::new(Deliveries::new(cursors.clone(), log.replica()));
        let activity = Arc::new(Activity::new(cursors, log.replica()));
        let directory = Directory::new(integrations, store.clone(), Arc::clone(&metrics));
        let directory = Arc::new(directory);
        let desk = Desk {
            directory: Arc::clone(&directory),
            connections: Connections::new(settings.okta.clone(), outbound, store, calls),
            activity: Arc::clone(&activity),
            arrivals: Arc::clone(&arrivals),
            deliveries: Arc::clone(&deliveries),
            observations,
            standings,
            membership: log.membership(OWNERS, OKTA_EVENTS)?,
            public_url: settings.public_url.clone(),
            log_poll: settings.log_poll.duration(),
            turns: Turns::default(),
        };
        let service = Service {
            directory,
            activity,
            arrivals,
            deliveries,
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
            desk: Arc::new(desk),
            hook_watch: settings.hook_watch.duration(),
            states,
        })
    }

    /// Returns the routes of the public listener: Okta's event hooks.
    pub fn hooks(&self) -> Router {
        hook::router(Arc::clone(&self.service))
    }

    /// Returns the routes of the API: integrations and import.
    pub fn routes(&self) -> Router {
        let integrations = integration::api::routes(Arc::clone(&self.desk));
        import::router(Arc::clone(&self.service))
            .merge(redrive::router(Arc::clone(&self.service)))
            .merge(integrations)
    }

    /// Follows the settings, notes what comes in, reads the System Logs and watches the hooks at Okta until
    /// the stop begins.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), IngestError> {
        let failed = self.service.directory.store().failed();
        let working = async {
            let (service, desk) = (&self.service, &self.desk);
            tokio::join!(
                service.activity.run(shutdown.clone()),
                service.arrivals.run(shutdown.clone()),
                service.deliveries.run(shutdown.clone()),
                watch::run(Arc::clone(desk), self.hook_watch, shutdown.clone()),
                reconcile::run(Arc::clone(service), Arc::clone(desk), shutdown.clone()),
                self.states.run(desk, shutdown.clone()),
            )
        };
        tokio::select! {
            _ = working => Ok(()),
            error = failed => Err(error.into()),
            error = self.desk.membership.failed() => Err(error.into()),
        }
    }
}
