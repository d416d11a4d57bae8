//! What imported events go through, and how to see what becomes of them.

use std::time::Duration;

use nightlatch_chassis::config::Config;
use nightlatch_chassis::topic::Log;

use crate::data_folder::Running;
use crate::service::Service;
use crate::topics;

/// How long one request may take.
const REQUEST: Duration = Duration::from_mins(2);
/// How long the detector of the same process may stand still: it may be catching up.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long detectors elsewhere may: long enough for one to take over from another. There may be
/// none.
const PATIENCE_ELSEWHERE: Duration = Duration::from_secs(30);

/// An ingest that runs, and what is known of the services behind it.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) client: reqwest::Client,
    /// The address of ingest's API.
    pub(super) api: String,
    /// The log that ingest writes; `None` when only ingest can reach it.
    pub(super) log: Option<Log>,
    /// How long the detector may stand still.
    pub(super) patience: Duration,
    /// Whether the address serves the feed, too.
    pub(super) has_feed: bool,
}

impl Pipeline {
    /// Goes through the ingest at an address; its topics are on the configured cluster.
    pub(super) async fn named(api: &str, config: &Config) -> anyhow::Result<Self> {
        let log = if topics::on_kafka(config) {
            Some(topics::open_beside(config).await?)
        } else {
            None
        };
        Ok(Self {
            client: client()?,
            api: api.to_owned(),
            log,
            patience: PATIENCE_ELSEWHERE,
            has_feed: false,
        })
    }

    /// Goes through the process that runs on the data folder.
    pub(super) async fn of(running: &Running, config: &Config) -> anyhow::Result<Self> {
        let api = running.api_of(Service::Ingest)?;
        let patience = if running.has(Service::Detector) {
            PATIENCE
        } else {
            PATIENCE_ELSEWHERE
        };
        Ok(Self {
            client: client()?,
            api,
            log: Some(topics::open_beside(config).await?),
            patience,
            has_feed: running.has(Service::Sink),
        })
    }
}

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().timeout(REQUEST).build()
}
