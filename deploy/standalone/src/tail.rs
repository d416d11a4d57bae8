//! `nightlatch tail`: prints the records of a topic, beside the process that writes it.

use std::process::ExitCode;

use anyhow::bail;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan};
use nightlatch_chassis::Span;
use nightlatch_chassis::config::Config;
use nightlatch_chassis::process::refuse;
use nightlatch_chassis::topic::{Bounds, Log, Positions, Stored};
use nightlatch_schemas::{OktaEvent, RuntimeEvent, decode, topics};
use serde_json::{Map, Value, json};

use crate::arguments::{Format, Settings, TailOptions};
use crate::terminal::{self, Terminal, complain, harmless};
use crate::topics::open_beside;
use crate::{configuration, runtime};

/// Records read at a time.
const BATCH: usize = 500;
/// So many records are read sooner than a place among them is looked for.
const NEAR: i64 = 20_000;

/// Prints the records of a topic.
pub(crate) fn run(settings: &Settings, options: &TailOptions) -> ExitCode {
    let config = match configuration::load(settings, Vec::new()) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    match runtime::block_on(print(&config, options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

async fn print(config: &Config, options: &TailOptions) -> anyhow::Result<()> {
    let Some(topic) = topics::ALL.iter().find(|topic| topic.name == options.topic) else {
        let names: Vec<_> = topics::ALL.iter().map(|topic| topic.name).collect();
        bail!(
            "there is no topic {}; there are: {}",
            options.topic,
            names.join(", ")
        );
    };
    let start = Start::parse(&options.from)?;
    let log = open_beside(config).await?;
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

    async fn positions(&self, log: &Log, topic: &'static str) -> anyhow::Result<Positions> {
        if self.at_end {
            return ends(log, topic).await;
        }
        let mut positions = Positions::new();
        if self.earliest_ms > 0 {
            for bounds in log.bounds(topic).await? {
                let offset = offset_at(log, topic, bounds, self.earliest_ms).await?;
                positions.insert(bounds.partition, offset);
            }
        }
        Ok(positions)
    }
}

/// Returns an offset near a partition's first record that is not older than `time_ms`, and not after
/// it: within a partition, time does not go back.
async fn offset_at(
    log: &Log,
    topic: &'static str,
    bounds: Bounds,
    time_ms: i64,
) -> anyhow::Result<i64> {
    let (mut low, mut high) = (bounds.start, bounds.end);
    let mut reader = log.partition_reader(topic, bounds.partition, low);
    while high - low > NEAR {
        let middle = low + (high - low) / 2;
        reader.seek(Positions::from([(bounds.partition, middle)]));
        match reader.read(1).await?.first() {
            Some(record) if record.timestamp_ms < time_ms => low = record.offset + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Returns where each partition ends that has records.
async fn ends(log: &Log, topic: &str) -> anyhow::Result<Positions> {
    let bounds = log.bounds(topic).await?;
    let full = bounds
        .into_iter()
        .filter(|bounds| bounds.start < bounds.end);
    Ok(full.map(|bounds| (bounds.partition, bounds.end)).collect())
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
    let place = format!("{}:{}", stored.partition, stored.offset);
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
            Ok(event) => return format!("{time} {place} {}", detection(terminal, &event)),
            Err(error) => error.to_string(),
        },
        _ => String::from_utf8_lossy(value).into_owned(),
    };
    format!("{time} {place} {}", harmless(&what))
}

/// A detection in one line: severity, rule, output.
pub(crate) fn detection(terminal: Terminal, event: &RuntimeEvent) -> String {
    let style = terminal::of_severity(&event.severity_label);
    let label = terminal.paint(style, &format!("{:6}", event.severity_label));
    let rule = terminal.paint(terminal::TITLE, &harmless(&event.rule.name));
    format!("{label} {rule}  {}", harmless(&event.output))
}
