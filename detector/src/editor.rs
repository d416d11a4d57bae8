//! What editors of rules ask, below `/api/v1`. Nothing here touches the rules in force.

use utoipa_axum::router::OpenApiRouter;

use crate::api::Api;

mod schema;
mod vocabulary;

/// Returns the addresses for editors.
pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().merge(vocabulary::router())
}
