//! Logs, to stderr: JSON lines for machines, or coloured lines for people.
//!
//! Whatever Okta or a stranger sent may stand in a logged value, so control characters are escaped
//! in both: no value can begin a line of its own or speak to the terminal.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tracing::field::Field;
use tracing_subscriber::field::{MakeExt, RecordFields};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{self, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// The section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How much is logged.
    pub level: Levels,
    /// How it is written.
    pub format: LogFormat,
}

/// A level for everything, and others for parts: `info,nightlatch_ingest=debug`.
#[derive(Debug, Clone)]
pub struct Levels(Targets);

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON anywhere else.
    Auto,
    /// One object a line.
    Json,
    /// For people.
    Pretty,
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Targets takes a word that is no level for the name of a part.
        let is_level = |part: &str| {
            let level = part.rsplit('=').next().unwrap_or_default();
            level.trim().parse::<LevelFilter>().is_ok()
        };
        let levels = text.parse().ok().filter(|_| text.split(',').all(is_level));
        levels.map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "{text:?} is no level: use error, warn, info, debug, trace or off, \
                 for parts as in \"info,nightlatch_ingest=debug\""
            ))
        })
    }
}

/// Starts logging to stderr, for the whole process. A second call changes nothing.
pub fn init(config: &LogConfig) {
    let pretty = match config.format {
        LogFormat::Auto => io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    let layer = layer(config, pretty, io::stderr().is_terminal(), io::stderr);
    if tracing_subscriber::registry()
        .with(layer)
        .try_init()
        .is_err()
    {
        tracing::debug!("logging has been started already");
    }
}

/// The layer that writes events to `writer`; `init` gives it stderr.
pub fn layer<W>(
    config: &LogConfig,
    pretty: bool,
    ansi: bool,
    writer: W,
) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let levels = config.level.0.clone();
    if pretty {
        layer
            .with_ansi(ansi)
            .fmt_fields(EscapedFields)
            .with_filter(levels)
            .boxed()
    } else {
        layer.json().flatten_event(true).with_filter(levels).boxed()
    }
}

/// `message key=value key=value`, with control characters escaped.
struct EscapedFields;

impl<'writer> FormatFields<'writer> for EscapedFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        format::debug_fn(write_field)
            .delimited(" ")
            .format_fields(writer, fields)
    }
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{field}=")?;
    }
    write!(Escaping(writer), "{value:?}")
}

/// Writes text with its control characters escaped.
struct Escaping<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if c.is_control() {
                write!(self.0, "{}", c.escape_default())?;
            } else {
                self.0.write_char(c)?;
            }
        }
        Ok(())
    }
}
