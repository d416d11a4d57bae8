//! What the guide claims, held against what there is: it says nothing that is not so.

use std::collections::BTreeSet;
use std::fs;

use nightlatch_ingest::DEFAULTS;
use nightlatch_ingest::okta::event_types::{Carrier, DEFAULT, carrier, recommended};
use nightlatch_ingest::okta::{SCOPES, Scope};
use serde_json::Value;

use super::{all_snapshots, guide, line, root};

/// The text between two headings of the first or second rank.
fn chapter(guide: &str, heading: &str) -> String {
    let (_, below) = guide.split_once(&format!("\n{heading}\n")).unwrap();
    below.split("\n## ").next().unwrap().to_owned()
}

fn reference(file: &str) -> String {
    fs::read_to_string(root().join("docs/reference").join(file)).unwrap()
}

fn api() -> Value {
    serde_json::from_str(&reference("openapi.json")).unwrap()
}

/// The values of an enumeration of the API.
fn values(api: &Value, schema: &str) -> BTreeSet<String> {
    let values = api["components"]["schemas"][schema]["enum"].as_array();
    let values = values.unwrap().iter();
    values
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// The words between a beginning and the first character that cannot be one of them.
fn words_after<'g>(guide: &'g str, begin: &'g str) -> impl Iterator<Item = &'g str> {
    guide.split(begin).skip(1).map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
        rest.get(..end.unwrap_or(rest.len()))
            .unwrap()
            .trim_end_matches(['.', '-'])
    })
}

/// What is said of a trouble, each with its remedy, as snapshots have it.
fn said() -> Vec<(String, String)> {
    let mut said = Vec::new();
    for lines in all_snapshots() {
        for pair in lines.windows(2) {
            let is_below = pair.iter().all(|line| line.starts_with("    "));
            let remedy = match pair[1].trim().strip_prefix("-> ") {
                Some(remedy) => remedy,
                None if is_below => pair[1].trim(),
                None => continue,
            };
            let of_org = |text: &str| line(&text.replace("acme.okta.com", "ORG"));
            said.push((of_org(&pair[0]), of_org(remedy)));
        }
    }
    said
}

/// Whether a text has all parts of another, between which are ellipses, one after the other.
fn is_like(text: &str, with_ellipses: &str) -> bool {
    let mut rest = text;
    with_ellipses.split('…').all(|part| {
        let found = rest.split_once(part.trim_end_matches('.'));
        rest = found.map_or(rest, |(_, behind)| behind);
        found.is_some()
    })
}

#[test]
fn each_message_is_one_that_is_said_and_its_remedy_the_one_that_goes_with_it() {
    let (chapter, said) = (chapter(&guide(), "## Troubleshoot"), said());
    let mut count = 0;
    for item in chapter.split("\n* *").skip(1) {
        let item = item.split("\n\n").next().unwrap();
        let item = line(item);
        let (message, remedy) = item.split_once("* ").unwrap();
        let is_said = |(sentence, advice): &(String, String)| {
            is_like(sentence, message) && remedy.starts_with(advice)
        };
        assert!(
            said.iter().any(is_said),
            "nobody says {message:?}: {remedy:?}"
        );
        count += 1;
    }
    assert!(count > 30, "{count} messages");
}

#[test]
fn its_steps_states_and_ways_in_are_those_of_the_api() {
    let (guide, api) = (guide(), api());
    let troubleshoot = chapter(&guide, "## Troubleshoot");
    let steps = troubleshoot.split("\n### `").skip(1);
    let steps: BTreeSet<String> = steps
        .map(|rest| rest.split('`').next().unwrap().to_owned())
        .collect();
    assert_eq!(steps, values(&api, "Step"));

    let review = chapter(&guide, "## Review");
    let rows = review.lines().filter_map(|row| row.strip_prefix("| "));
    let first = rows.map(|row| row.split(" |").next().unwrap().to_owned());
    let states: BTreeSet<String> = first.filter(|word| word != "state").collect();
    assert_eq!(states, values(&api, "State"));

    let choice = chapter(&guide, "## Choose how Nightlatch is let in");
    let rows = choice
        .lines()
        .filter(|row| row.starts_with("| ") && row.contains('`'));
    let modes = rows.filter_map(|row| row.split('`').nth(1));
    let modes: BTreeSet<String> = modes
        .filter(|word| !word.starts_with("--"))
        .map(|word| word.replace('-', "_"))
        .collect();
    assert_eq!(modes, values(&api, "Mode"));
}

#[test]
fn the_scopes_that_it_names_are_those_that_are_asked_for() {
    let guide = guide();
    let named = words_after(&guide, "okta.")
        .filter(|word| matches!(word.rsplit('.').next(), Some("read" | "manage")));
    let named: BTreeSet<String> = named.map(|word| format!("okta.{word}")).collect();
    let asked = SCOPES.map(|scope| Scope::name(scope).to_owned());
    assert_eq!(named, BTreeSet::from(asked));
}

#[test]
fn the_calls_that_it_names_are_in_the_api() {
    let (guide, api) = (guide(), api());
    let mut count = 0;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        for rest in guide.split(&format!("{method} /api/")).skip(1) {
            let end = rest.find(|c: char| c.is_whitespace() || "?`:,".contains(c));
            let path = format!("/api/{}", rest.get(..end.unwrap()).unwrap());
            let known = &api["paths"][&path][method.to_ascii_lowercase()];
            assert!(known.is_object(), "{method} {path}");
            count += 1;
        }
    }
    assert!(count > 10, "{count} calls");
}

#[test]
fn the_settings_and_metrics_that_it_names_are_there() {
    let guide = guide();
    let (settings, metrics) = (reference("configuration.md"), reference("metrics.md"));
    let named: BTreeSet<&str> = words_after(&guide, "ingest.").collect();
    assert!(
        named.contains("public_url") && named.contains("okta.allowed_domains"),
        "{named:?}"
    );
    for name in named {
        assert!(
            settings.contains(&format!("### `ingest.{name}`\n")),
            "ingest.{name}"
        );
    }
    for block in guide.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let keys = block.lines().filter_map(|row| row.trim().split_once(" = "));
        for (key, _) in keys {
            assert!(DEFAULTS.text.contains(&format!("\n{key} = ")), "{key}");
        }
    }
    for name in words_after(&guide, "nightlatch_") {
        assert!(
            metrics.contains(&format!("| `nightlatch_{name}` |")),
            "{name}"
        );
    }
}

#[test]
fn what_it_says_of_event_types_is_so() {
    let guide = guide();
    assert!(guide.contains(&format!("### The {} default event types", DEFAULT.len())));
    for name in DEFAULT.into_iter().chain(recommended()) {
        assert_eq!(carrier(name), Some(Carrier::Hook), "{name}");
    }
    let lost = chapter(&guide, "## What is lost without the System Log");
    let named: Vec<&str> = lost.split('`').skip(1).step_by(2).collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        assert_eq!(carrier(name), Some(Carrier::Log), "{name}");
    }
}
