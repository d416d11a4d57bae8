//! What editors of rules ask, below `/api/v1`. Nothing here changes the rules in force.

use utoipa_axum::router::OpenApiRouter;

use crate::api::Api;

pub(crate) mod desk;
pub(crate) mod explanation;
pub(crate) mod outline;
mod question;
mod request;
mod schema;
pub(crate) mod trial;
mod validation;
mod vocabulary;

/// Returns the addresses for editors.
pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(vocabulary::router())
        .merge(validation::router())
        .merge(trial::router())
        .merge(question::router())
}
