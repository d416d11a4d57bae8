//! `nightlatch rules explain`: why a rule matches an event, or does not.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use nightlatch_chassis::process::refuse;
use nightlatch_detector::{DetectorConfig, Explained, Explainer, MANAGED, rules_named};
use nightlatch_engine::{Event, Policy, PolicyKind, Rule, SourceFile, compile};
use nightlatch_ingest::{Item, Items};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{read, tree};
use crate::arguments::{ExplainOptions, Format, Settings};
use crate::configuration;
use crate::terminal::{self, Terminal, complain, harmless};

/// A file of events larger than this is refused, in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Explains the events of a file by a rule.
pub(super) fn run(settings: &Settings, terminal: Terminal, options: &ExplainOptions) -> ExitCode {
    let policies = if options.rules.is_empty() {
        match in_force(settings) {
            Ok(policies) => policies,
            Err(exit) => return exit,
        }
    } else {
        options.rules.iter().flat_map(|path| of(path)).collect()
    };
    match print(terminal, options, &policies) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

/// The policies that the configuration has in force: those we ship, and the user's own.
fn in_force(settings: &Settings) -> Result<Vec<Policy>, ExitCode> {
    let config = configuration::load(settings, Vec::new()).map_err(|errors| refuse(&errors))?;
    let detector = DetectorConfig::from_config(&config).map_err(|errors| refuse(&errors))?;
    let managed = MANAGED.iter().filter(|_| detector.managed_policies);
    let managed = managed.filter_map(|(name, text)| {
        let source = SourceFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        compile(&source, PolicyKind::Managed).policy
    });
    let own = detector.policies.iter().flat_map(|path| of(path));
    Ok(managed.chain(own).collect())
}

/// The policies of the files that a path names. What is wrong with the others is said, and they are
/// left out.
fn of(path: &Path) -> Vec<Policy> {
    let mut policies = Vec::new();
    for file in read(path) {
        match file.map(|file| (file.source.name, file.compiled.policy)) {
            Ok((_, Some(policy))) => policies.push(policy),
            Ok((name, None)) => drop(complain(&format!(
                "{name} has errors and is left out; `nightlatch rules check` shows them"
            ))),
            Err(error) => drop(complain(&error)),
        }
    }
    policies
}

fn print(terminal: Terminal, options: &ExplainOptions, policies: &[Policy]) -> anyhow::Result<()> {
    let rules = named(policies, &options.rule)?;
    let text = events_text(&options.event)?;
    let name = options.event.display();
    let events = events(&text).with_context(|| name.to_string())?;
    if events.is_empty() {
        bail!("{name}: there is no event");
    }
    for (policy, rule) in rules {
        let mut explainer = Explainer::new(policy, rule, &options.org);
        for (at, raw) in events.iter().enumerate() {
            let event = Event::parse(raw).with_context(|| format!("{name}: event {}", at + 1))?;
            let explained = explainer.explain(&event);
            match options.format {
                Format::Json => drop(terminal::print_line(&serde_json::to_string(&explained)?)),
                Format::Text => show(terminal, rule, &explained),
            }
        }
    }
    Ok(())
}

/// The rules of a name, each with its policy.
fn named<'p>(policies: &'p [Policy], name: &str) -> anyhow::Result<Vec<(&'p Policy, &'p Rule)>> {
    rules_named(policies, name).map_err(|unknown| match unknown.similar {
        Some(_) => unknown.into(),
        None if policies.is_empty() => anyhow!("there are no rules"),
        None => anyhow!("{unknown}; --rules names the files to look in"),
    })
}

fn events_text(file: &Path) -> anyhow::Result<Vec<u8>> {
    let reader: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| file.display().to_string())?)
    };
    let mut text = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{}: is over the limit of {MAX_BYTES} bytes", file.display());
    }
    Ok(text)
}

/// A saved hook body.
#[derive(Debug, Deserialize)]
struct Delivery<'b> {
    #[serde(borrow)]
    data: Events<'b>,
}

#[derive(Debug, Deserialize)]
struct Events<'b> {
    #[serde(borrow)]
    events: Vec<&'b RawValue>,
}

/// The JSON of each event of a text.
fn events(text: &[u8]) -> anyhow::Result<Vec<String>> {
    let mut events = Vec::new();
    for item in Items::new(text) {
        let (Item::Value(piece) | Item::Garbage(piece) | Item::Incomplete(piece)) = item;
        let piece = std::str::from_utf8(piece)?;
        match serde_json::from_str::<Delivery<'_>>(piece) {
            Ok(delivery) => {
                let inner = delivery.data.events.into_iter();
                events.extend(inner.map(|event| event.get().to_owned()));
            }
            Err(_) if piece.trim().is_empty() => {}
            Err(_) => events.push(piece.to_owned()),
        }
    }
    Ok(events)
}

fn show(terminal: Terminal, rule: &Rule, explained: &Explained) {
    let explanation = &explained.explanation;
    let name = terminal.paint(terminal::TITLE, &harmless(&explanation.rule));
    let verdict = if explanation.matches {
        terminal.paint(terminal::TITLE, "matches")
    } else {
        terminal.paint(terminal::HIGH, "does not match")
    };
    let event_type = harmless(
        explained
            .event_type
            .as_deref()
            .unwrap_or("without an event type"),
    );
    let at = explained.event;
    terminal::print_line(&format!("{name} {verdict} event {at}, {event_type}"));
    let disabled = if explanation.enabled {
        ""
    } else {
        ", disabled"
    };
    let place = format!("{}, policy {}{disabled}", rule.place(), explained.policy);
    terminal::print_line(&format!(
        "  {}",
        terminal.paint(terminal::INFO, &harmless(&place))
    ));
    for line in tree::draw(terminal, explanation, 2) {
        terminal::print_line(&line);
    }
    let says = if explanation.matches {
        "says"
    } else {
        "would say"
    };
    terminal::print_line(&format!("  {says}: {}", harmless(&explanation.output)));
}
