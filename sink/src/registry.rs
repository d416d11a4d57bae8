//! The schemas of our topics behind the read part of Confluent's registry API, so that any of its
//! deserializers works with `schema.registry.url=http://HOST/registry`. Also answers and errors
//! are in its shapes (Confluent's "Schema Registry API Reference").
//!
//! The ids are those that stand on the topics: where an outside registry gave them, it gives the
//! same here, and those of records that were written before still have an answer.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_schemas::{Registered, registered, schema_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// The version that stands for the newest.
const LATEST: &str = "latest";

/// What stands in a path, unless it is no text.
type InPath<T> = Result<Path<T>, PathRejection>;

/// A version of a subject's schema.
#[derive(Debug, Serialize, ToSchema)]
struct SubjectVersion {
    subject: String,
    id: u32,
    version: u32,
    /// The schema's JSON text.
    schema: &'static str,
}

/// A schema.
#[derive(Debug, Serialize, ToSchema)]
struct SchemaText {
    /// The schema's JSON text.
    schema: &'static str,
}

/// A schema to look for.
#[derive(Debug, Deserialize, ToSchema)]
struct Lookup {
    /// The schema's JSON text.
    schema: String,
}

/// How schemas of a subject may change.
#[derive(Debug, Serialize, ToSchema)]
struct Compatibility {
    /// Always `FULL_TRANSITIVE`.
    #[serde(rename = "compatibilityLevel")]
    level: &'static str,
}

/// An error of the registry.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct RegistryError {
    /// The status and two more digits.
    error_code: u32,
    message: String,
}

/// Returns the registry's addresses.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new()
        .routes(routes!(subjects))
        .routes(routes!(versions))
        .routes(routes!(version))
        .routes(routes!(lookup))
        .routes(routes!(schema))
        .routes(routes!(config))
        .routes(routes!(subject_config))
}

/// Lists the subjects.
#[utoipa::path(
    get,
    path = "/registry/subjects",
    operation_id = "list_subjects",
    tag = "registry",
    responses((status = 200, description = "Names of subjects.", body = Vec<String>, content_type = "application/vnd.schemaregistry.v1+json")),
)]
async fn subjects() -> Response {
    let mut subjects: Vec<&str> = registered().iter().map(|it| it.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    answer(StatusCode::OK, &subjects)
}

/// Lists the versions of a subject.
#[utoipa::path(
    get,
    path = "/registry/subjects/{subject}/versions",
    operation_id = "list_subject_versions",
    tag = "registry",
    params(("subject" = String, Path, description = "A subject: a topic's name and -value.")),
    responses(
        (status = 200, description = "Its versions.", body = Vec<u32>, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 404, description = "There is no such subject.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
    ),
)]
async fn versions(subject: InPath<String>) -> Result<Response, RegistryError> {
    let subject = read(subject)?;
    let versions: Vec<u32> = of_subject(&subject)?.iter().map(|it| it.version).collect();
    Ok(answer(StatusCode::OK, &versions))
}

/// Returns a version of a subject's schema.
#[utoipa::path(
    get,
    path = "/registry/subjects/{subject}/versions/{version}",
    operation_id = "get_subject_version",
    tag = "registry",
    params(
        ("subject" = String, Path, description = "A subject: a topic's name and -value."),
        ("version" = String, Path, description = "A version, or latest."),
    ),
    responses(
        (status = 200, description = "The version.", body = SubjectVersion, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 404, description = "There is no such subject or version.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 422, description = "This is no version.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
    ),
)]
async fn version(path: InPath<(String, String)>) -> Result<Response, RegistryError> {
    let (subject, version) = read(path)?;
    let versions = of_subject(&subject)?;
    let found = if version == LATEST {
        versions.last()
    } else {
        let number: u32 = version
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| {
                let message =
                    format!("The specified version '{version}' is not a valid version id.");
                error(42202, message)
            })?;
        versions.iter().find(|it| it.version == number)
    };
    let found = found.ok_or_else(|| error(40402, format!("Version {version} not found.")))?;
    Ok(answer(StatusCode::OK, &subject_version(found)))
}

/// Looks a schema up in a subject.
#[utoipa::path(
    post,
    path = "/registry/subjects/{subject}",
    operation_id = "look_up_schema",
    tag = "registry",
    params(("subject" = String, Path, description = "A subject: a topic's name and -value.")),
    request_body(content = Lookup, content_type = "application/vnd.schemaregistry.v1+json"),
    responses(
        (status = 200, description = "The version that has this schema.", body = SubjectVersion, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 404, description = "There is no such subject, or no such schema in it.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 422, description = "This is no schema.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
    ),
)]
async fn lookup(subject: InPath<String>, body: Bytes) -> Result<Response, RegistryError> {
    let subject = read(subject)?;
    let versions = of_subject(&subject)?;
    let invalid = |problem: serde_json::Error| error(42201, format!("Invalid schema: {problem}"));
    let Lookup { schema } = serde_json::from_slice(&body).map_err(invalid)?;
    let wanted: Value = serde_json::from_str(&schema).map_err(invalid)?;
    let is_same = |it: &&&Registered| {
        serde_json::from_str::<Value>(it.schema).is_ok_and(|schema| schema == wanted)
    };
    let found = versions.iter().find(is_same);
    let found = found.ok_or_else(|| error(40403, "Schema not found".to_owned()))?;
    Ok(answer(StatusCode::OK, &subject_version(found)))
}

/// Returns a schema by the id that stands in front of records.
#[utoipa::path(
    get,
    path = "/registry/schemas/ids/{id}",
    operation_id = "get_schema",
    tag = "registry",
    params(("id" = u32, Path, description = "A schema id.")),
    responses(
        (status = 200, description = "The schema.", body = SchemaText, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 404, description = "There is no such schema.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
    ),
)]
async fn schema(id: InPath<String>) -> Result<Response, RegistryError> {
    let id = read(id)?;
    let number = id
        .parse()
        .ok()
        .filter(|number: &u32| number.to_string() == id);
    let found = number.and_then(schema_of);
    let found = found.ok_or_else(|| error(40403, format!("Schema {id} not found")))?;
    Ok(answer(
        StatusCode::OK,
        &SchemaText {
            schema: found.schema,
        },
    ))
}

/// Returns how schemas may change.
#[utoipa::path(
    get,
    path = "/registry/config",
    operation_id = "get_compatibility",
    tag = "registry",
    responses((status = 200, description = "The compatibility level.", body = Compatibility, content_type = "application/vnd.schemaregistry.v1+json")),
)]
async fn config() -> Response {
    answer(
        StatusCode::OK,
        &Compatibility {
            level: "FULL_TRANSITIVE",
        },
    )
}

/// Returns how schemas of a subject may change.
#[utoipa::path(
    get,
    path = "/registry/config/{subject}",
    operation_id = "get_subject_compatibility",
    tag = "registry",
    params(("subject" = String, Path, description = "A subject: a topic's name and -value.")),
    responses(
        (status = 200, description = "The compatibility level.", body = Compatibility, content_type = "application/vnd.schemaregistry.v1+json"),
        (status = 404, description = "There is no such subject.", body = RegistryError, content_type = "application/vnd.schemaregistry.v1+json"),
    ),
)]
async fn subject_config(subject: InPath<String>) -> Result<Response, RegistryError> {
    of_subject(&read(subject)?)?;
    Ok(config().await)
}

/// Returns what stands in a path.
fn read<T>(path: InPath<T>) -> Result<T, RegistryError> {
    let invalid = |problem: PathRejection| error(40400, problem.body_text());
    path.map(|Path(parts)| parts).map_err(invalid)
}

/// Returns the versions of a subject, in order.
fn of_subject(subject: &str) -> Result<Vec<&'static Registered>, RegistryError> {
    let versions: Vec<_> = registered()
        .iter()
        .filter(|it| it.subject == subject)
        .collect();
    if versions.is_empty() {
        return Err(error(40401, format!("Subject '{subject}' not found.")));
    }
    Ok(versions)
}

fn subject_version(registered: &Registered) -> SubjectVersion {
    let Registered {
        id,
        subject,
        version,
        schema,
    } = registered;
    SubjectVersion {
        subject: subject.clone(),
        id: *id,
        version: *version,
        schema,
    }
}

fn error(error_code: u32, message: String) -> RegistryError {
    RegistryError {
        error_code,
        message,
    }
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).unwrap_or_else(|_| json!({}).to_string());
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

impl IntoResponse for RegistryError {
    fn into_response(self) -> Response {
        let status = u16::try_from(self.error_code / 100).ok();
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        answer(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &self)
    }
}
