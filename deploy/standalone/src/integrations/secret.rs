//! Where secrets come from: files, the environment, standard input, a person; never the command line.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};

use crate::arguments::{CredentialMode, CredentialOptions};

/// The longest secret, in bytes: a private key has less.
const MAX_SECRET: u64 = 64 * 1024;

/// Reads the secret that options name, and returns credentials as the API takes them.
pub(super) fn credentials(options: &CredentialOptions) -> anyhow::Result<Value> {
    let secret = read(options.secret.as_deref(), options.mode)?;
    let client = (options.client_id.as_deref(), options.key_id.as_deref());
    Ok(document(options.mode, client, &secret))
}

/// Credentials as the API takes them.
pub(super) fn document(
    mode: CredentialMode,
    (client_id, key_id): (Option<&str>, Option<&str>),
    secret: &str,
) -> Value {
    let mut document = json!({ member(mode): secret });
    if mode == CredentialMode::PrivateKeyDpop {
        document["dpop"] = json!(true);
    }
    for (name, value) in [("client_id", client_id), ("key_id", key_id)] {
        if let Some(value) = value {
            document[name] = json!(value);
        }
    }
    document
}

const fn member(mode: CredentialMode) -> &'static str {
    match mode {
        CredentialMode::ClientSecret => "client_secret",
        CredentialMode::PrivateKey | CredentialMode::PrivateKeyDpop => "private_key",
        CredentialMode::ApiToken => "api_token",
    }
}

fn read(source: Option<&str>, mode: CredentialMode) -> anyhow::Result<String> {
    match source {
        Some("-") => limited(io::stdin().lock()).context("standard input"),
        Some(source) => match source.strip_prefix("env:") {
            Some(name) => of_environment(name),
            None => of_file(source),
        },
        None if io::stdin().is_terminal() => ask(mode),
        None => bail!("say where the secret is: --secret FILE, --secret env:NAME or --secret -"),
    }
}

/// The secret in a variable.
pub(super) fn of_environment(name: &str) -> anyhow::Result<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the secret of an org is no setting of the product"
    )]
    let value = std::env::var(name);
    value.with_context(|| format!("the variable {name} can't be read"))
}

/// The secret in a file.
pub(super) fn of_file(path: &str) -> anyhow::Result<String> {
    let read = std::fs::File::open(path).and_then(limited);
    read.with_context(|| format!("the file {path} can't be read"))
}

fn limited(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX_SECRET).read_to_string(&mut text)?;
    Ok(text)
}

/// Asks the person at the terminal, who sees nothing of what they type. A private key has many lines:
/// it is read to the end.
fn ask(mode: CredentialMode) -> anyhow::Result<String> {
    let (what, is_key) = match mode {
        CredentialMode::ClientSecret => ("Client secret: ", false),
        CredentialMode::ApiToken => ("API token: ", false),
        CredentialMode::PrivateKey | CredentialMode::PrivateKeyDpop => {
            ("Private key (end with Ctrl-D): ", true)
        }
    };
    let stdin = io::stdin();
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    let mut stderr = io::stderr();
    stderr.write_all(what.as_bytes())?;
    stderr.flush()?;
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let mut text = String::new();
    let read = if is_key {
        stdin.lock().take(MAX_SECRET).read_to_string(&mut text)
    } else {
        stdin.lock().take(MAX_SECRET).read_line(&mut text)
    };
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    stderr.write_all(b"\n")?;
    read?;
    Ok(text)
}
