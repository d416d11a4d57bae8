//! YAML that is read as data.

use nightlatch_engine::read_documents;
use serde_json::json;

use super::fixture::source;

#[test]
fn yaml_says_what_json_would() {
    let text = "
a: 1
b: [true, null, ~, 1.5, '2', yes, \"é\\n\"]
c: |
  two
  lines
7: {}
---
- x
---
";
    let documents = read_documents(&source("d.yaml", text)).unwrap();
    let first = json!({
        "a": 1, "b": [true, null, null, 1.5, "2", "yes", "é\n"], "c": "two\nlines\n", "7": {},
    });
    assert_eq!(documents, [first.clone(), json!(["x"])]);
    let same = read_documents(&source("d.json", &first.to_string())).unwrap();
    assert_eq!(same, [first]);
    assert_eq!(
        read_documents(&source("d.yaml", "# nothing\n")).unwrap(),
        [] as [serde_json::Value; 0]
    );
}

#[test]
fn a_key_that_stands_twice_is_told_with_its_place_but_not_of_rules() {
    let found = read_documents(&source("d.yaml", "a: [{b: 1, c: 2, b: 3}]\n")).unwrap_err();
    let places: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["d.yaml:1:18: E0001 this key stands here twice"]);
    assert!(read_documents(&source("d.yaml", "- {b: 1, b: 3}\n")).is_ok());
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    let found = read_documents(&source("d.yaml", "a: [1\nb: 2\n")).unwrap_err();
    assert_eq!((found[0].code, found[0].line), ("E0001", 2));
    let deep = "[".repeat(100);
    assert_eq!(
        read_documents(&source("d.yaml", &deep)).unwrap_err()[0].code,
        "E0003"
    );
}
