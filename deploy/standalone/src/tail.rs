//! `nightlatch tail`: prints the records of a topic, beside the process that writes it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan};
use nightlatch_chassis::Span;
use nightlatch_chassis::process::refuse;
use nightlatch_chassis::topic::{Log, Positions, Stored};
use nightlatch_schemas::{OktaEvent, RuntimeEvent, decode, topics};
use serde_json::{Map, Value, json};

use crate::arguments::{Format, Settings, TailOptions};
use crate::terminal::{self, Terminal, complain, harmless};
use crate::{data_folder, services};

/// Records read at a time.
const BATCH: usize = 500;

/// Prints the records of a topic.
pub(crate) fn run(settings: &Settings, options: &TailOptions) -> ExitCode {
    let config = match services::config(settings, Vec::new()) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let printed = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(print(&config.data_dir(), options)));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

async fn print(folder: &Path, options: &TailOptions) -> anyhow::Result<()> {
    let Some(topic) = topics::ALL.iter().find(|topic| topic.name == options.topic) else {
        let names: Vec<_> = topics::ALL.iter().map(|topic| topic.name).collect();
        bail!(
            "there is no topic {}; there are: {}",
            options.topic,
            names.join(", ")
        );
    };
    let log = data_folder::log_beside(folder)
        .with_context(|| format!("no log to read in {}", folder.display()))?;
    let start = Start::parse(&options.from)?;
    let mut reader = log.reader(topic.name, start.positions(&log, topic.name).await?);
    let end = if options.until_end {
        Some(ends(&log, topic.name).await?)
    } else {
        None
    };
    let terminal = Terminal::stdout();
    loop {
        if end
            .as_ref()
            .is_some_and(|end| reached(reader.positions(), end))
        {
            return Ok(());
        }
        let records = if end.is_some() {
            reader.read(BATCH).await?
        } else {
            reader.next(BATCH).await?
        };
        if records.is_empty() {
            return Ok(());
        }
        for stored in records
            .iter()
            .filter(|stored| stored.timestamp_ms >= start.earliest_ms)
        {
            let line = match options.format {
                Format::Json => as_json(topic.name, stored).to_string(),
                Format::Text => as_text(terminal, topic.name, stored),
            };
            if !terminal::print_line(&line) {
                return Ok(());
            }
        }
    }
}

/// Where to begin.
struct Start {
    at_end: bool,
    earliest_ms: i64,
}

impl Start {
    fn parse(from: &str) -> anyhow::Result<Self> {
        let at = |earliest_ms| Self {
            at_end: false,
            earliest_ms,
        };
        if from == "start" {
            return Ok(at(0));
        }
        if from == "now" {
            return Ok(Self {
                at_end: true,
                earliest_ms: 0,
            });
        }
        if let Ok(time) = from.parse::<Timestamp>() {
            return Ok(at(time.as_millisecond()));
        }
        let Ok(span) = from.trim_start_matches('-').parse::<Span>() else {
            bail!("--from {from}: expected start, now, an RFC 3339 time, or so long ago (15m, 2h)");
        };
        let seconds = i64::try_from(span.duration().as_secs()).unwrap_or(i64::MAX);
        let time = Timestamp::now().checked_sub(seconds.seconds())?;
        Ok(at(time.as_millisecond()))
    }

    async fn positions(&self, log: &Log, topic: &str) -> anyhow::Result<Positions> {
        if self.at_end {
            ends(log, topic).await
        } else {
            Ok(Positions::new())
        }
    }
}

async fn ends(log: &Log, topic: &str) -> anyhow::Result<Positions> {
    let bounds = log.bounds(topic).await?;
    Ok(bounds
        .into_iter()
        .map(|bounds| (bounds.partition, bounds.end))
        .collect())
}

fn reached(positions: &Positions, end: &Positions) -> bool {
    end.iter()
        .all(|(partition, end)| positions.get(partition).is_some_and(|at| at >= end))
}

/// One object a record. The raw event stays a string, byte for byte.
pub(crate) fn as_json(topic: &str, stored: &Stored) -> Value {
    let headers: Map<String, Value> = stored
        .record
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into()))
        .collect();
    let mut object = json!({
        "topic": topic,
        "partition": stored.partition,
        "offset": stored.offset,
        "key": String::from_utf8_lossy(&stored.record.key),
        "headers": headers,
        "timestamp": Timestamp::from_millisecond(stored.timestamp_ms).unwrap_or_default().to_string(),
    });
    let value = &stored.record.value;
    let decoded = match topic {
        topics::OKTA_EVENTS => decoded(decode::<OktaEvent>(value)),
        topics::RUNTIME_EVENTS => decoded(decode::<RuntimeEvent>(value)),
        _ => match std::str::from_utf8(value) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err("not text".to_owned()),
        },
    };
    match decoded {
        Ok(value) => object["value"] = value,
        Err(error) => {
            object["value"] = Value::Null;
            object["error"] = error.into();
            object["value_base64"] = STANDARD.encode(value).into();
        }
    }
    object
}

fn decoded<T: serde::Serialize, E: std::fmt::Display>(
    result: Result<T, E>,
) -> Result<Value, String> {
    let record = result.map_err(|error| error.to_string())?;
    serde_json::to_value(record).map_err(|error| error.to_string())
}

/// One line for people.
fn as_text(terminal: Terminal, topic: &str, stored: &Stored) -> String {
    let time = Timestamp::from_millisecond(stored.timestamp_ms).unwrap_or_default();
    let value = &stored.record.value;
    let what = match topic {
        topics::OKTA_EVENTS => match decode::<OktaEvent>(value) {
            Ok(event) => format!(
                "{} {} {}",
                event.org,
                event.event_type.as_deref().unwrap_or("(no event type)"),
                event.uuid
            ),
            Err(error) => error.to_string(),
        },
        topics::RUNTIME_EVENTS => match decode::<RuntimeEvent>(value) {
            Ok(event) => return format!("{time} {}", detection(terminal, &event)),
            Err(error) => error.to_string(),
        },
        _ => String::from_utf8_lossy(value).into_owned(),
    };
    format!(
        "{time} {}/{} {}",
        stored.partition,
        stored.offset,
        harmless(&what)
    )
}

/// A detection in one line: severity, rule, output.
pub(crate) fn detection(terminal: Terminal, event: &RuntimeEvent) -> String {
    let style = match event.severity_label.as_str() {
        "High" => terminal::HIGH,
        "Medium" => terminal::MEDIUM,
        "Low" => terminal::LOW,
        _ => terminal::INFO,
    };
    let label = terminal.paint(style, &format!("{:6}", event.severity_label));
    let rule = terminal.paint(terminal::TITLE, &harmless(&event.rule.name));
    format!("{label} {rule}  {}", harmless(&event.output))
}
