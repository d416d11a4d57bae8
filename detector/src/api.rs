//! The detector's addresses, and the part of the OpenAPI document that is theirs.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::Author;
use nightlatch_chassis::settings::{SettingsError, Version, Written};
use nightlatch_chassis::topic::TopicError;
use serde_json::Value;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use crate::editor;
use crate::editor::desk::Desk;
use crate::policy::in_force::InForce;
use crate::policy::settings::PolicySettings;
use crate::policy::store::Store;
use crate::policy::table::Table;
use crate::redrive;

mod change;
mod check;
pub(crate) mod document;
mod exceptions;
mod history;
mod policies;
mod request;
mod rules;
mod update;

pub use request::read_tuning;

/// How long what was written may take to be in force here before the answer goes out all the same.
const IN_FORCE: Duration = Duration::from_secs(2);

/// How long the settings log may take to take a change.
const WRITE: Duration = Duration::from_secs(10);

/// What the detector's addresses work with.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) table: watch::Receiver<Arc<Table>>,
    pub(crate) in_force: watch::Receiver<Option<Arc<InForce>>>,
    pub(crate) desk: Desk,
}

impl Api {
    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.borrow())
    }

    fn ruleset_version(&self) -> Option<String> {
        let in_force = self.in_force.borrow();
        let version = in_force.as_ref().map(|rules| rules.ruleset.version());
        version.map(str::to_owned)
    }

    /// The version of what is set of a policy, as of now.
    async fn revision_now(&self, id: &str) -> Result<Option<Version>, Problem> {
        let asked = tokio::time::timeout(WRITE, self.store.revision_now(id)).await;
        let Ok(revision) = asked else {
            let detail = "the settings log of policies does not answer; try again";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        };
        revision.map_err(|error| unreachable(&error))
    }

    /// Writes what is to be set of a policy; when it counts, waits until it is in force here.
    async fn write(
        &self,
        id: &str,
        seen: Option<Version>,
        settings: Option<&PolicySettings>,
        author: Author,
    ) -> Result<Written, Problem> {
        let writing = self.store.write(id, seen, settings, author);
        let Ok(written) = tokio::time::timeout(WRITE, writing).await else {
            let detail = "the settings log of policies does not answer; look whether the change counts \
                          before you try again";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        };
        let written = written.map_err(|error| unreachable(&error))?;
        let revision = self.store.revision();
        let mut table = self.table.clone();
        let in_force = table.wait_for(|table| table.revision >= revision);
        if tokio::time::timeout(IN_FORCE, in_force).await.is_err() {
            tracing::warn!(policy = id, "what was set is not in force here yet");
        }
        Ok(written)
    }
}

/// The settings log is out of reach.
fn unreachable(error: &SettingsError) -> Problem {
    if let SettingsError::Topic(TopicError::TooLarge { .. }) | SettingsError::BadId(_) = error {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string());
    }
    tracing::error!(%error, "the settings log of policies is out of reach");
    let detail = format!("the settings log of policies is out of reach: {error}");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// Returns the detector's addresses, ready to serve.
pub(crate) fn routes(api: Api) -> Router {
    let (router, _) = documented().split_for_parts();
    router.with_state(api)
}

/// Returns the paths and schemas of the detector's addresses, as an OpenAPI 3.1 document has them.
/// Problems are `Problem` of the whole.
pub fn openapi() -> Value {
    let mut document = documented().into_openapi();
    document.merge(redrive::router().into_openapi());
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "paths" | "components"));
    }
    document
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(policies::router())
        .merge(change::router())
        .merge(exceptions::router())
        .merge(history::router())
        .merge(update::router())
        .merge(rules::router())
        .merge(editor::router())
}
