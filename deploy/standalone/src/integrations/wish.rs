//! What files say that integrations should be.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use nightlatch_engine::{SourceFile, read_documents};
use serde::Deserialize;
use serde_json::Value;

use super::secret;
use crate::arguments::CredentialMode;

/// What a file says that an integration should be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    pub(super) domain: String,
    pub(super) name: Option<String>,
    pub(super) org_id: Option<String>,
    pub(super) credentials: WishedCredentials,
    /// The name of a set, or a list.
    #[serde(default = "default_set")]
    pub(super) event_types: Value,
    pub(super) start: Option<String>,
    #[serde(default)]
    pub(super) paused: bool,
}

/// What Okta knows us by, with where the secret is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WishedCredentials {
    pub(super) mode: String,
    pub(super) client_id: Option<String>,
    pub(super) key_id: Option<String>,
    secret_file: Option<PathBuf>,
    secret_env: Option<String>,
    /// Where the document is: a secret's file is found from there.
    #[serde(skip)]
    folder: PathBuf,
}

fn default_set() -> Value {
    Value::from("default")
}

/// Reads the documents of files.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Wish>> {
    let mut wishes = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| shown.clone())?;
        let file = SourceFile {
            name: shown.clone(),
            text,
        };
        let documents = read_documents(&file).map_err(|diagnostics| {
            let shown: Vec<String> = diagnostics
                .iter()
                .map(|diagnostic| diagnostic.render(&file.text, false))
                .collect();
            anyhow!("{}", shown.join("\n"))
        })?;
        if documents.is_empty() {
            bail!("{shown}: is empty");
        }
        for document in &documents {
            wishes.push(wish(path, document).with_context(|| shown.clone())?);
        }
    }
    Ok(wishes)
}

fn wish(path: &Path, document: &Value) -> anyhow::Result<Wish> {
    let mut wish = Wish::deserialize(document)?;
    wish.credentials.mode()?;
    if wish.credentials.secret_file.is_some() == wish.credentials.secret_env.is_some() {
        bail!("credentials need one of secret_file and secret_env");
    }
    if let Some(folder) = path.parent() {
        folder.clone_into(&mut wish.credentials.folder);
    }
    Ok(wish)
}

impl WishedCredentials {
    pub(super) fn mode(&self) -> anyhow::Result<CredentialMode> {
        Ok(match self.mode.as_str() {
            "client_secret" => CredentialMode::ClientSecret,
            "private_key" => CredentialMode::PrivateKey,
            "private_key_dpop" => CredentialMode::PrivateKeyDpop,
            "api_token" => CredentialMode::ApiToken,
            other => bail!(
                "there is no mode {other:?}: it is client_secret, private_key, private_key_dpop or \
                 api_token"
            ),
        })
    }

    /// As the API takes them, with the secret.
    pub(super) fn document(&self) -> anyhow::Result<Value> {
        let secret = match (&self.secret_file, &self.secret_env) {
            (Some(file), _) => secret::of_file(&self.folder.join(file).display().to_string())?,
            (None, Some(name)) => secret::of_environment(name)?,
            (None, None) => bail!("credentials need one of secret_file and secret_env"),
        };
        let client = (self.client_id.as_deref(), self.key_id.as_deref());
        Ok(secret::document(self.mode()?, client, &secret))
    }
}
