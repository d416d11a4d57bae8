//! The detector's addresses, and the part of the OpenAPI document that is theirs.

use axum::Router;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::editor;

/// What the detector's addresses work with.
#[derive(Debug, Clone)]
pub(crate) struct Api {}

/// Returns the detector's addresses, ready to serve.
pub(crate) fn routes(api: Api) -> Router {
    let (router, _) = documented().split_for_parts();
    router.with_state(api)
}

/// Returns the paths and schemas of the detector's addresses, as an OpenAPI 3.1 document has them.
/// Problems are `Problem` of the whole.
pub fn openapi() -> Value {
    let mut document = serde_json::to_value(documented().into_openapi()).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "paths" | "components"));
    }
    document
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new().merge(editor::router())
}
