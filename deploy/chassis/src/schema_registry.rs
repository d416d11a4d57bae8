//! Client of a schema registry with Confluent's API ("Schema Registry API Reference"), such as
//! Confluent's own, Karapace, Redpanda's, or Apicurio's under `/apis/ccompat/v7`.
//!
//! A schema is looked up first and registered only if it is not there, so that an account which may
//! only read does once somebody has registered the schemas.

mod error;

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use crate::config::{Config, ConfigErrors};
use crate::{Secret, Span};

pub use error::SchemaRegistryError;

const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// The longest that one request may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Waited after the first trouble; each further one doubles it, up to the last.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Schemas of ours have a few KiB; an answer that is larger is not from a registry.
const MAX_ANSWER: usize = 1024 * 1024;
/// Confluent's codes for what a lookup does not find: the subject, the schema in it.
const NOT_THERE: [u32; 2] = [40401, 40403];

/// The section `schema_registry`. `chassis.toml` documents its keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaRegistryConfig {
    url: String,
    username: String,
    password: Secret,
    ssl_ca: String,
    start_timeout: Span,
}

/// A schema registry.
#[derive(Debug, Clone)]
pub struct SchemaRegistry {
    url: Url,
    username: String,
    password: Secret,
    /// How long all of it may take.
    timeout: Duration,
    client: Client,
}

/// What is asked of a subject, with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    LookUp,
    Register,
}

/// Why a question has no answer yet.
enum Failure {
    /// Asking again may help.
    Passing(String),
    Lasting(SchemaRegistryError),
}

/// What registries say: an id, or what is wrong.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    id: Option<u32>,
    error_code: Option<u32>,
    message: Option<String>,
}

impl SchemaRegistry {
    /// Reads the section `schema_registry`; `None` when no registry is set.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn from_config(config: &Config) -> Result<Option<Self>, ConfigErrors> {
        let settings: SchemaRegistryConfig = config.section("schema_registry")?;
        if settings.url.is_empty() {
            return Ok(None);
        }
        let mut errors = ConfigErrors::default();
        let url = address(&settings.url).map_err(|problem| {
            let error = config.error("schema_registry.url", problem);
            error
                .advise("it is an address such as http://registry.example:8081")
                .into()
        });
        let url = errors.take(url);
        if settings.username.is_empty() && !settings.password.is_empty() {
            let problem = "is set without schema_registry.username";
            errors.push(config.error("schema_registry.password", problem));
        }
        let client = client(&settings.ssl_ca)
            .map_err(|problem| config.error("schema_registry.ssl_ca", problem).into());
        let client = errors.take(client);
        match (url, client) {
            (Some(url), Some(client)) if errors.is_empty() => Ok(Some(Self {
                url,
                username: settings.username,
                password: settings.password,
                timeout: settings.start_timeout.duration(),
                client,
            })),
            _ => Err(errors),
        }
    }

    /// Returns the id of each schema, given as subject and text, in order; what the registry does
    /// not have yet is registered. Give versions of a subject in their order.
    ///
    /// # Errors
    /// When the registry cannot be reached in time, is none, or refuses.
    pub async fn ids(&self, schemas: &[(String, &str)]) -> Result<Vec<u32>, SchemaRegistryError> {
        let deadline = Instant::now() + self.timeout;
        let mut ids = Vec::with_capacity(schemas.len());
        for (subject, schema) in schemas {
            let found = self
                .ask(Question::LookUp, subject, schema, deadline)
                .await?;
            let id = if let Some(id) = found {
                id
            } else {
                let registered = self.register(subject, schema, deadline).await?;
                let id =
                    registered.ok_or_else(|| self.no_registry("it registers without an id"))?;
                tracing::info!(subject, id, "schema registered");
                id
            };
            ids.push(id);
        }
        Ok(ids)
    }

    /// Registers a schema. When that is refused, another process may just have registered the same:
    /// of all that start at once on a new registry, one is first.
    async fn register(
        &self,
        subject: &str,
        schema: &str,
        deadline: Instant,
    ) -> Result<Option<u32>, SchemaRegistryError> {
        let registered = self.ask(Question::Register, subject, schema, deadline);
        let refused = match registered.await {
            Err(error @ SchemaRegistryError::Incompatible { .. }) => error,
            registered => return registered,
        };
        tokio::time::sleep(PAUSE).await;
        let found = self.ask(Question::LookUp, subject, schema, deadline);
        match found.await {
            Ok(Some(id)) => Ok(Some(id)),
            _ => Err(refused),
        }
    }

    /// Asks until there is an answer that lasts; `None` when a lookup finds nothing.
    async fn ask(
        &self,
        question: Question,
        subject: &str,
        schema: &str,
        deadline: Instant,
    ) -> Result<Option<u32>, SchemaRegistryError> {
        let mut pause = PAUSE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let problem = match self.ask_once(question, subject, schema, left).await {
                Ok(id) => return Ok(id),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing(problem)) => problem,
            };
            if Instant::now() + pause >= deadline {
                return Err(SchemaRegistryError::Unreachable {
                    url: self.url.to_string(),
                    seconds: self.timeout.as_secs_f32(),
                    problem,
                });
            }
            tracing::warn!(url = %self.url, problem, "the schema registry does not answer yet");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn ask_once(
        &self,
        question: Question,
        subject: &str,
        schema: &str,
        left: Duration,
    ) -> Result<Option<u32>, Failure> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["subjects", subject]);
            if question == Question::Register {
                path.push("versions");
            }
        }
        let request = self.client.post(url).timeout(left.min(ANSWER));
        let request = request.header(CONTENT_TYPE, MEDIA_TYPE);
        let request = request.header(ACCEPT, format!("{MEDIA_TYPE}, application/json"));
        let request = if self.username.is_empty() {
            request
        } else {
            request.basic_auth(&self.username, Some(self.password.expose()))
        };
        let body = json!({"schema": schema, "schemaType": "AVRO"}).to_string();
        let mut response = request.body(body).send().await.map_err(passing)?;
        let text = read(&mut response).await.map_err(passing)?;
        self.understand(question, subject, &response, &text)
    }

    /// Says what an answer means.
    fn understand(
        &self,
        question: Question,
        subject: &str,
        response: &Response,
        text: &[u8],
    ) -> Result<Option<u32>, Failure> {
        let status = response.status();
        let answer: Answer = serde_json::from_slice(text).unwrap_or_default();
        let code = answer.error_code;
        if status == StatusCode::OK
            && let Some(id) = answer.id
        {
            return Ok(Some(id));
        }
        let is_missing = code.is_some_and(|code| NOT_THERE.contains(&code));
        if question == Question::LookUp && status == StatusCode::NOT_FOUND && is_missing {
            return Ok(None);
        }
        let said = error::said(status, answer.message.as_deref(), text);
        if status.is_server_error()
            || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status)
        {
            return Err(Failure::Passing(said));
        }
        let (url, subject) = (self.url.to_string(), subject.to_owned());
        let error = match (status, question) {
            (StatusCode::UNAUTHORIZED, _) | (StatusCode::FORBIDDEN, Question::LookUp) => {
                SchemaRegistryError::Refused { url, said }
            }
            (StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED, Question::Register) => {
                SchemaRegistryError::ReadOnly { url, subject, said }
            }
            (StatusCode::CONFLICT, _) => SchemaRegistryError::Incompatible { url, subject, said },
            (StatusCode::UNPROCESSABLE_ENTITY, _) => {
                SchemaRegistryError::Invalid { url, subject, said }
            }
            _ if status.is_redirection() => {
                let to = response.headers().get(LOCATION);
                let to = to.and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
                self.no_registry(&format!("{said}, a redirection to {to}"))
            }
            _ => self.no_registry(&said),
        };
        Err(Failure::Lasting(error))
    }

    fn no_registry(&self, said: &str) -> SchemaRegistryError {
        SchemaRegistryError::NoRegistry {
            url: self.url.to_string(),
            said: said.to_owned(),
        }
    }
}

/// Reads the address of a registry. The error is what is wrong with it; it is shown everywhere, so
/// it must not hold a password.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
        return Err("is no address of http or https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        let problem = "holds a user or password; they belong into schema_registry.username and \
                       schema_registry.password";
        return Err(problem.to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("holds a ? or #".to_owned());
    }
    Ok(url)
}

/// Makes a client that trusts the certificates of the PEM file `ssl_ca`, too, unless it is empty.
fn client(ssl_ca: &str) -> Result<Client, String> {
    // A redirected POST becomes a GET or takes the password along: refused instead.
    let mut builder = Client::builder().redirect(Policy::none()).timeout(ANSWER);
    if !ssl_ca.is_empty() {
        let pem = std::fs::read(ssl_ca);
        let pem = pem.map_err(|error| format!("{ssl_ca} cannot be read: {error}"))?;
        let certificate = Certificate::from_pem(&pem);
        let certificate = certificate
            .map_err(|error| format!("{ssl_ca} holds no certificate: {}", error::chain(&error)))?;
        builder = builder.tls_certs_only([certificate]);
    }
    let client = builder.build();
    client.map_err(|error| format!("cannot be used: {}", error::chain(&error)))
}

/// Reads an answer, not more than [`MAX_ANSWER`] of it.
async fn read(response: &mut Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_ANSWER {
            break;
        }
    }
    Ok(text)
}

fn passing(error: reqwest::Error) -> Failure {
    Failure::Passing(error::chain(&error.without_url()))
}
