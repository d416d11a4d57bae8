//! Settings: defaults file < configuration file < environment < flags.
//!
//! A crate's defaults file is its documentation and the list of its keys ([`Defaults`]). Unknown
//! keys and wrong values are refused, all of them at once, each with its place. That is why this
//! is a layer of our own over the `toml` crate: `figment` stops at the first error.

mod error;
mod key;
mod kind;
mod kubernetes;
mod merge;
mod print;
mod quantity;
mod schema;
mod secret;
mod source;
mod suggest;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, Deserializer};
use toml::{Table, Value};

pub use error::{ConfigError, ConfigErrors, Origin};
pub use quantity::{QuantityError, Size, Span};
pub use secret::Secret;

use key::{KeyPath, Step};
use merge::Settings;
use schema::Schema;

/// What the names of our environment variables begin with.
pub const ENV_PREFIX: &str = "NIGHTLATCH_";

/// A crate's defaults file.
///
/// ```toml
/// # What the key means: its documentation.
/// timeout = "2s"
///
/// # One block for each of them.
/// #: [[integrations]]
/// #: # What people call it.
/// #: # @required
/// #: name = ""
/// #: # Shown to nobody.
/// #: # @secret
/// #: header = ""
/// ```
///
/// A key takes values of the kind of its default: text, whole number, number, true or false, list;
/// a text that is a length of time or a size takes only such. A text whose default is empty is
/// optional. Lines beginning with `#:` describe one element of a list of tables. Comment lines
/// `# @…` say more of the key below: `@required`, `@secret` (names with secret, password, token or
/// key are secret unless `@public`), `@duration`, `@size`, `@text`, `@one-of a b c`.
///
/// The struct of a section has `deny_unknown_fields` and no defaults of its own; then reading it
/// from the defaults file alone proves that both have the same keys.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// The crate's name, for errors.
    pub name: &'static str,
    /// The file, by `include_str!`.
    pub text: &'static str,
}

/// The chassis' own keys. [`load`] puts them first, nobody needs to list them.
pub const DEFAULTS: Defaults = Defaults {
    name: "chassis",
    text: include_str!("../chassis.toml"),
};

/// Everything that settings are made of.
#[derive(Clone, Default)]
pub struct Sources {
    /// The defaults files of the services that run.
    pub defaults: Vec<Defaults>,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// Environment variables; those without our prefix are left alone.
    pub env: BTreeMap<String, String>,
    /// Keys and values of `--set section.key=value`.
    pub flags: Vec<(String, String)>,
}

/// Settings, complete and checked.
#[derive(Clone)]
pub struct Config {
    schema: Schema,
    settings: Settings,
}

/// The section `api`: where the REST API and the pages are served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Further host names under which it is reached.
    pub hosts: Vec<String>,
}

/// The section `admin`: where liveness, readiness and metrics are served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
}

/// Reads and merges the sources. All that is wrong comes back at once.
pub fn load(sources: &Sources) -> Result<Config, ConfigErrors> {
    let schema = Schema::read(&with_own(&sources.defaults))?;
    let settings = merge::merge(&schema, sources)?;
    Ok(Config { schema, settings })
}

/// Puts the chassis' defaults first.
fn with_own(defaults: &[Defaults]) -> Vec<Defaults> {
    let others = defaults.iter().filter(|file| file.name != DEFAULTS.name);
    std::iter::once(&DEFAULTS).chain(others).copied().collect()
}

/// Reads text into an option: empty text is none. For fields of section structs, as
/// `#[serde(deserialize_with = "nightlatch_chassis::config::optional")]`.
pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    T::deserialize(StringDeserializer::new(text)).map(Some)
}

impl Config {
    /// Reads the section at a dotted path into its struct, a list of tables into a `Vec`, a single
    /// key into its value.
    pub fn section<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConfigErrors> {
        let path = KeyPath::dotted(path);
        let Some(value) = self.value(&path) else {
            let problem = "is no section of any defaults file";
            return Err(ConfigError::new(path.to_string(), Origin::Nowhere, problem).into());
        };
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error
                .path()
                .iter()
                .fold(path, |path, segment| match segment {
                    serde_path_to_error::Segment::Map { key } => path.with_name(key),
                    serde_path_to_error::Segment::Seq { index } => path.with_index(*index),
                    _ => path,
                });
            let setting = self.settings.values.get(&path);
            let origin = setting.map_or(Origin::Nowhere, |setting| setting.origin.clone());
            let problem = if self.schema.is_secret(&path) {
                "has a value that cannot be used; it is not shown".to_owned()
            } else {
                error.inner().message().trim().to_owned()
            };
            ConfigErrors::from(ConfigError::new(path.to_string(), origin, problem))
        })
    }

    /// An error about a key of these settings, for what a service finds wrong in sound values.
    pub fn error(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        let setting = self.settings.values.get(&KeyPath::dotted(key));
        let origin = setting.map_or(Origin::Nowhere, |setting| setting.origin.clone());
        ConfigError::new(key, origin, problem)
    }

    /// The folder for everything that is kept on this machine.
    pub fn data_dir(&self) -> PathBuf {
        let value = self.value(&KeyPath::dotted("data_dir"));
        value
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
            .into()
    }

    /// How long a stop may take.
    pub fn shutdown_timeout(&self) -> Duration {
        self.section::<Span>("shutdown_timeout")
            .unwrap_or_default()
            .duration()
    }

    /// The effective settings as TOML, secrets masked, with the source of each that is set.
    pub fn display_masked(&self) -> String {
        print::effective(&self.schema, &self.settings)
    }

    /// Every known key with its documentation, as Markdown.
    ///
    /// Of defaults files that cannot be read, it holds the errors.
    pub fn reference(defaults: &[Defaults]) -> String {
        match Schema::read(&with_own(defaults)) {
            Ok(schema) => print::reference(&schema),
            Err(errors) => errors.to_string(),
        }
    }

    /// The value at `path`: a table of what stands below it, or the key's own.
    fn value(&self, path: &KeyPath) -> Option<Value> {
        if let Some(setting) = self.settings.values.get(path) {
            return Some(setting.value.clone());
        }
        if self.schema.is_list(path) {
            let elements = self
                .settings
                .elements
                .keys()
                .filter(|e| e.parent() == *path);
            return elements
                .map(|element| self.value(element))
                .collect::<Option<_>>()
                .map(Value::Array);
        }
        let is_root = path.0.is_empty();
        if !is_root && !self.schema.is_table(path) {
            return None;
        }
        let template = path.template();
        let below = self.schema.keys.keys().chain(self.schema.sections.keys());
        let names = below
            .filter(|key| key.parent() == template)
            .filter_map(|key| key.0.last());
        let mut table = Table::new();
        for step in names {
            if let (Step::Name(name), Some(value)) = (step, self.value(&path.with(step.clone()))) {
                table.insert(name.clone(), value);
            }
        }
        Some(Value::Table(table))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        f.debug_struct("Sources")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display_masked())
    }
}
