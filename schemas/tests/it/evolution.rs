//! Schemas evolve so that every reader reads every writer: `FULL_TRANSITIVE`.

use std::collections::BTreeMap;

use apache_avro::Schema;
use apache_avro::schema_compatibility::SchemaCompatibility;
use nightlatch_schemas::registered;

const CURRENT: [(&str, &str); 2] = [
    (
        "okta.events-value",
        include_str!("../../avro/okta_event.avsc"),
    ),
    (
        "okta.runtime-events-value",
        include_str!("../../avro/runtime_event.avsc"),
    ),
];

#[test]
fn every_line_of_the_lock_file_is_registered() {
    let lock: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../avro/lock.json")).unwrap();
    assert_eq!(
        registered().len(),
        lock.len(),
        "a file of the lock is missing in the registry"
    );
    let ids: Vec<u32> = registered().iter().map(|version| version.id).collect();
    assert!(
        ids.is_sorted_by(|a, b| a < b),
        "ids only grow and are never used again: {ids:?}"
    );
}

#[test]
fn the_current_schema_is_the_newest_registered_version() {
    for (subject, text) in CURRENT {
        let newest = registered()
            .iter()
            .rfind(|version| version.subject == subject)
            .unwrap();
        let current = Schema::parse_str(text).unwrap();
        let newest = Schema::parse_str(newest.schema).unwrap();
        assert_eq!(
            current.canonical_form(),
            newest.canonical_form(),
            "{subject} has changed: add a version to avro/history and to avro/lock.json"
        );
    }
}

#[test]
fn every_version_reads_every_other() {
    let mut subjects: BTreeMap<&str, Vec<Schema>> = BTreeMap::new();
    for version in registered() {
        let schema = Schema::parse_str(version.schema).unwrap();
        subjects
            .entry(version.subject.as_str())
            .or_default()
            .push(schema);
    }
    for (subject, versions) in &subjects {
        for writer in versions {
            for reader in versions {
                SchemaCompatibility::can_read(writer, reader)
                    .unwrap_or_else(|error| panic!("{subject}: {error}"));
            }
        }
    }
}

#[test]
fn a_field_without_a_default_would_be_caught() {
    let old = Schema::parse_str(CURRENT[0].1).unwrap();
    let mut text: serde_json::Value = serde_json::from_str(CURRENT[0].1).unwrap();
    let field = serde_json::json!({"name": "added", "type": "string"});
    text["fields"].as_array_mut().unwrap().push(field);
    let new = Schema::parse(&text).unwrap();
    assert!(SchemaCompatibility::can_read(&old, &new).is_err());
}

#[test]
fn no_schema_has_enums_or_unions_but_of_null_and_one_type() {
    for version in registered() {
        let schema: serde_json::Value = serde_json::from_str(version.schema).unwrap();
        check(&schema);
    }
}

fn check(schema: &serde_json::Value) {
    match schema {
        serde_json::Value::String(name) => assert_ne!(name, "enum"),
        serde_json::Value::Array(items) => items.iter().for_each(check),
        serde_json::Value::Object(members) => {
            assert_ne!(members.get("type"), Some(&"enum".into()));
            if let Some(union) = members.get("type").and_then(serde_json::Value::as_array) {
                assert_eq!((union.len(), &union[0]), (2, &"null".into()), "{members:?}");
            }
            members.values().for_each(check);
        }
        _ => {}
    }
}
