//! The crates and who may know whom.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Of each crate, the crates of ours that it uses.
const EDGES: [(&str, &[&str]); 9] = [
    ("nightlatch-schemas", &[]),
    ("nightlatch-chassis", &[]),
    ("nightlatch-engine", &[]),
    (
        "nightlatch-ingest",
        &["nightlatch-chassis", "nightlatch-schemas"],
    ),
    (
        "nightlatch-detector",
        &[
            "nightlatch-chassis",
            "nightlatch-engine",
            "nightlatch-schemas",
        ],
    ),
    (
        "nightlatch-sink",
        &["nightlatch-chassis", "nightlatch-schemas"],
    ),
    ("nightlatch-okta-sim", &[]),
    (
        "nightlatch-bench",
        &["nightlatch-engine", "nightlatch-okta-sim"],
    ),
    (
        "nightlatch",
        &[
            "nightlatch-chassis",
            "nightlatch-detector",
            // For `rules`.
            "nightlatch-engine",
            "nightlatch-ingest",
            "nightlatch-okta-sim",
            "nightlatch-schemas",
            "nightlatch-sink",
        ],
    ),
];

/// What judges events must stay pure: no runtime, no broker, no server.
const NOT_FOR_THE_ENGINE: [&str; 3] = ["tokio", "rdkafka", "axum"];

fn cargo(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(words).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {words:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns what `cargo metadata` tells of this machine's build.
fn metadata() -> Value {
    let version = cargo(&["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let words = [
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        host,
    ];
    serde_json::from_str(&cargo(&words)).unwrap()
}

/// Returns the names of `package`'s dependencies: those of its tests, or all others.
fn dependencies(package: &Value, of_tests: bool) -> BTreeSet<&str> {
    let list = package["dependencies"].as_array().unwrap().iter();
    list.filter(|dependency| (dependency["kind"] == "dev") == of_tests)
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect()
}

#[test]
fn each_crate_knows_exactly_whom_it_may_know() {
    let metadata = metadata();
    let members = metadata["workspace_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let ours: BTreeMap<&str, &Value> = packages
        .filter(|package| members.contains(&package["id"]))
        .map(|package| (package["name"].as_str().unwrap(), package))
        .collect();
    let allowed = BTreeMap::from(EDGES);
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        allowed.keys().collect::<Vec<_>>(),
        "a crate came or went"
    );
    for (name, package) in &ours {
        let known = |of_tests| -> Vec<&str> {
            let dependencies = dependencies(package, of_tests).into_iter();
            dependencies
                .filter(|dependency| ours.contains_key(dependency))
                .collect()
        };
        assert_eq!(known(false), allowed[name], "{name} uses");
        for tester in known(true) {
            let is_allowed = allowed[name].contains(&tester) || tester == "nightlatch-okta-sim";
            assert!(is_allowed, "the tests of {name} use {tester}");
        }
    }
}

#[test]
fn the_engine_reaches_no_runtime_no_broker_and_no_server() {
    let metadata = metadata();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            (
                package["id"].as_str().unwrap(),
                package["name"].as_str().unwrap(),
            )
        })
        .collect();
    let engine = names.iter().find(|(_, name)| **name == "nightlatch-engine");
    let mut reached = BTreeSet::new();
    let mut waiting = vec![*engine.unwrap().0];
    while let Some(id) = waiting.pop() {
        if !reached.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                waiting.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    let reached: BTreeSet<_> = reached.into_iter().map(|id| names[id]).collect();
    assert!(reached.len() > 10, "the walk went nowhere: {reached:?}");
    for name in NOT_FOR_THE_ENGINE {
        assert!(!reached.contains(name), "the engine reaches {name}");
    }
}
