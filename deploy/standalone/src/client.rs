//! The client of a service's API.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::arguments::AuthorOptions;
use crate::data_folder::{self, Running};
use crate::service::Service;

/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(30);
/// Who changes something.
const AUTHOR: &str = "nightlatch-author";

/// Where a service runs.
#[derive(Debug)]
pub(crate) enum Place<'p> {
    /// At an address.
    Named(&'p str),
    /// On a data folder.
    Folder(PathBuf),
}

/// A service that runs.
#[derive(Debug)]
pub(crate) struct Client {
    service: Service,
    http: reqwest::Client,
    api: Url,
}

/// What it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The version of what the answer is about, as `If-Match` wants it.
    pub(crate) etag: String,
    pub(crate) body: Value,
}

/// What it says when it does not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) problem: Value,
}

/// What is to be changed.
#[derive(Debug)]
pub(crate) struct Change<'c> {
    pub(crate) method: Method,
    /// The version that it was made for; none of what is to be made.
    pub(crate) seen: Option<&'c str>,
    pub(crate) author: &'c str,
    pub(crate) body: &'c Value,
}

impl Client {
    /// Goes to where a service runs.
    pub(crate) async fn at(place: &Place<'_>, service: Service) -> anyhow::Result<Self> {
        let api = match place {
            Place::Named(api) => (*api).to_owned(),
            Place::Folder(folder) => running(folder, service).await?.api_of(service)?,
        };
        Ok(Self {
            service,
            http: reqwest::Client::builder().timeout(REQUEST).build()?,
            api: api.parse()?,
        })
    }

    /// Reads what is at a path below `/api/v1`.
    pub(crate) async fn get(&self, path: &[&str]) -> anyhow::Result<Answer> {
        self.look(path, &[]).await
    }

    /// The same with parameters.
    pub(crate) async fn look(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let request = self.http.get(self.url(path)?).query(parameters);
        self.answer(request).await
    }

    /// Has something done at a path below `/api/v1` that sets nothing.
    pub(crate) async fn post(&self, path: &[&str]) -> anyhow::Result<Answer> {
        let request = self.http.post(self.url(path)?);
        self.answer(request).await
    }

    /// Changes what is at a path below `/api/v1`.
    pub(crate) async fn change(
        &self,
        path: &[&str],
        change: &Change<'_>,
    ) -> anyhow::Result<Answer> {
        self.change_noted(path, change, &[]).await
    }

    /// The same with parameters, such as a note.
    pub(crate) async fn change_noted(
        &self,
        path: &[&str],
        change: &Change<'_>,
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let request = self.http.request(change.method.clone(), self.url(path)?);
        let mut request = request.header(AUTHOR, change.author).query(parameters);
        if !change.body.is_null() {
            request = request.json(change.body);
        }
        if let Some(seen) = change.seen {
            request = request.header(IF_MATCH, seen);
        }
        self.answer(request).await
    }

    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.api.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("{} has no paths", self.api))?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        Ok(url)
    }

    /// Begins what answers bit by bit: the caller reads it.
    pub(crate) async fn stream(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
        longest: Duration,
    ) -> anyhow::Result<reqwest::Response> {
        let request = self.http.post(self.url(path)?).query(parameters);
        let sent = request.timeout(longest).send().await;
        let response = sent.with_context(|| self.no_answer())?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Refusal {
            status: response.status(),
            problem: response.json().await.unwrap_or_default(),
        }
        .into())
    }

    fn no_answer(&self) -> String {
        let service = self.service.in_words();
        format!("no answer from {}: does {service} run there?", self.api)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let response = request.send().await.with_context(|| self.no_answer())?;
        let tag = response.headers().get(ETAG);
        let etag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        Ok(Answer {
            etag: etag.to_owned(),
            status: response.status(),
            // What stands in between may answer with a page; then the status is all there is.
            body: response.json().await.unwrap_or_default(),
        })
    }
}

async fn running(folder: &Path, service: Service) -> anyhow::Result<Running> {
    let found = data_folder::found(folder).await?;
    found.ok_or_else(|| {
        anyhow!(
            "no process runs on the data folder {}: start `nightlatch`, or name the API of {} with \
             --api",
            folder.display(),
            service.in_words(),
        )
    })
}

impl Answer {
    /// The answer when it is what was asked for.
    pub(crate) fn accepted(self) -> Result<Self, Refusal> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Refusal {
            status: self.status,
            problem: self.body,
        })
    }

    /// The revision that it tells of, in words.
    pub(crate) fn revision(&self) -> String {
        match self.etag.trim_matches('"') {
            // What was written counts, but took long to get there.
            "" => "not in force yet".to_owned(),
            revision => format!("revision {revision}"),
        }
    }

    /// Reads what was asked for.
    pub(crate) fn read<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        let body = self.accepted()?.body;
        serde_json::from_value(body).context("this is no answer of Nightlatch")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem["detail"].as_str() {
            Some(detail) => f.write_str(detail),
            None => write!(f, "the answer is {}, without a reason", self.status),
        }
    }
}

impl std::error::Error for Refusal {}

/// Who changes something: who says so, else who sits at this machine.
pub(crate) fn author(options: &AuthorOptions) -> String {
    if let Some(author) = &options.author {
        return author.clone();
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "who is at the keyboard is no setting of the product"
    )]
    let user = std::env::var("USER");
    let machine = rustix::system::uname();
    match (user, machine.nodename().to_str()) {
        (Ok(user), Ok(machine)) if is_plain(&user) && is_plain(machine) => {
            format!("{user}@{machine}")
        }
        _ => "cli".to_owned(),
    }
}

/// Whether a name can stand in a header.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
}
