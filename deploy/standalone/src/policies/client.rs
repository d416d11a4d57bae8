//! The client of a detector's API.

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

/// Where a detector runs.
#[derive(Debug)]
pub(super) enum Place<'p> {
    /// At an address.
    Named(&'p str),
    /// On a data folder.
    Folder(PathBuf),
}

/// A detector that runs.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    api: Url,
}

/// What it says.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The version of what the answer is about, as `If-Match` wants it.
    pub(super) etag: String,
    pub(super) body: Value,
}

/// What it says when it does not do what it was asked for.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) problem: Value,
}

/// What is to be changed.
#[derive(Debug)]
pub(super) struct Change<'c> {
    pub(super) method: Method,
    /// The version that it was made for; none of what is to be made.
    pub(super) seen: Option<&'c str>,
    pub(super) author: &'c str,
    pub(super) body: &'c Value,
}

impl Client {
    /// Goes to where a detector runs.
    pub(super) async fn at(place: &Place<'_>) -> anyhow::Result<Self> {
        let api = match place {
            Place::Named(api) => (*api).to_owned(),
            Place::Folder(folder) => running(folder).await?.api_of(Service::Detector)?,
        };
        Ok(Self {
            http: reqwest::Client::builder().timeout(REQUEST).build()?,
            api: api.parse()?,
        })
    }

    /// Reads what is at a path below `/api/v1`.
    pub(super) async fn get(&self, path: &[&str]) -> anyhow::Result<Answer> {
        self.look(path, &[]).await
    }

    /// The same with parameters.
    pub(super) async fn look(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let request = self.http.get(self.url(path)?).query(parameters);
        self.answer(request).await
    }

    /// Changes what is at a path below `/api/v1`.
    pub(super) async fn change(
        &self,
        path: &[&str],
        change: &Change<'_>,
    ) -> anyhow::Result<Answer> {
        let request = self.http.request(change.method.clone(), self.url(path)?);
        let mut request = request.header(AUTHOR, change.author).json(change.body);
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

    async fn answer(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let no_answer = || format!("no answer from {}: does a detector run there?", self.api);
        let response = request.send().await.with_context(no_answer)?;
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

async fn running(folder: &Path) -> anyhow::Result<Running> {
    let found = data_folder::found(folder).await?;
    found.ok_or_else(|| {
        anyhow!(
            "no process runs on the data folder {}: start `nightlatch`, or name the API of a \
             detector with --api",
            folder.display()
        )
    })
}

impl Answer {
    /// The answer when it is what was asked for.
    pub(super) fn accepted(self) -> Result<Self, Refusal> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Refusal {
            status: self.status,
            problem: self.body,
        })
    }

    /// The revision that it tells of, in words.
    pub(super) fn revision(&self) -> String {
        match self.etag.trim_matches('"') {
            // What was written counts, but took long to get there.
            "" => "not in force yet".to_owned(),
            revision => format!("revision {revision}"),
        }
    }

    /// Reads what was asked for.
    pub(super) fn read<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        let body = self.accepted()?.body;
        serde_json::from_value(body).context("this is no answer of a detector")
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
pub(super) fn author(options: &AuthorOptions) -> String {
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
