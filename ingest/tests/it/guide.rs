//! The guide `docs/connect-okta.md`, beside the messages and lists that it repeats.

mod claims;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nightlatch_ingest::okta::event_types::{DEFAULT, recommended};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn guide() -> String {
    fs::read_to_string(root().join("docs/connect-okta.md")).unwrap()
}

/// As one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of each snapshot of a folder whose name holds a word, without its head.
fn each_snapshot(of: &str, word: &str) -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(of)
        .join("snapshots");
    let mut all = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(word) {
            let text = fs::read_to_string(&path).unwrap();
            let body = text.splitn(3, "---\n").nth(2).unwrap();
            all.push(body.lines().map(str::to_owned).collect());
        }
    }
    assert!(!all.is_empty(), "no snapshot of {of} with {word}");
    all
}

/// The lines of them all.
fn snapshots(of: &str, word: &str) -> Vec<String> {
    each_snapshot(of, word).concat()
}

/// Everything that is said to people of a connection.
fn all_snapshots() -> Vec<Vec<String>> {
    let all = ["okta", "integrations"].map(|of| each_snapshot(of, ".snap"));
    all.concat()
}

/// The lines of the first block of text below a heading.
fn block(guide: &str, heading: &str) -> Vec<String> {
    let (_, below) = guide.split_once(&format!("{heading}\n")).unwrap();
    let (_, block) = below.split_once("```text\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.lines().map(str::to_owned).collect()
}

#[test]
fn each_step_that_can_fail_has_a_section_with_its_message_and_remedy() {
    let guide = guide();
    let mut section = String::new();
    let mut steps = BTreeSet::new();
    for said in snapshots("integrations", "checklist") {
        if let Some(words) = said.strip_prefix("    ") {
            // What was found, and what names something of the test.
            let is_told = !section.is_empty()
                && !["00o", "25 active", "Hook Nightlatch"]
                    .iter()
                    .any(|own| words.contains(own));
            assert!(
                !is_told || line(&section).replace('*', "").contains(&line(words)),
                "no {words:?} in the guide"
            );
            continue;
        }
        let (step, state) = said.split_once(": ").unwrap();
        section.clear();
        if matches!(state, "failed" | "warning" | "waiting") {
            let heading = format!("### `{step}`\n");
            let (_, below) = guide.split_once(&heading).unwrap();
            let end = below.find("\n#").unwrap();
            section.push_str(below.get(..end).unwrap());
            steps.insert(step.to_owned());
        }
    }
    assert_eq!(steps.len(), 9, "a step never fails: {steps:?}");
}

#[test]
fn each_refusal_of_okta_has_its_remedy() {
    let guide = line(&guide());
    for word in ["refusals", "hook_that_does_not_answer", "as_many_hooks"] {
        for said in snapshots("okta", word) {
            let Some(remedy) = said.trim().strip_prefix("-> ") else {
                continue;
            };
            let remedy = line(&remedy.replace("acme.okta.com", "ORG"));
            assert!(guide.contains(&remedy), "no {remedy:?} in the guide");
        }
    }
}

#[test]
fn its_lists_of_event_types_are_those_of_the_code() {
    let guide = guide();
    assert_eq!(block(&guide, "### The 18 default event types"), DEFAULT);
    let recommended: Vec<&str> = recommended().collect();
    assert_eq!(block(&guide, "### The recommended set"), recommended);
}
