//! What is refused, and how it is told.

use nightlatch_chassis::config::{AdminConfig, ApiConfig, load};
use nightlatch_chassis::telemetry::LogConfig;
use nightlatch_chassis::{ConfigErrors, Defaults, Sources};

use crate::config::{Given, Service};

#[test]
fn an_unknown_key_is_refused_with_what_was_meant() {
    let errors = Given::nothing()
        .file("\n[api]\nlisen = \"127.0.0.1:1\"\n")
        .errors();
    assert_eq!(
        errors,
        "nightlatch.toml:3: api.lisen: unknown key; did you mean api.listen?"
    );
    let errors = Given::nothing().env("NIGHTLATCH_API__LISTE", "x").errors();
    assert_eq!(
        errors,
        "environment variable NIGHTLATCH_API__LISTE: api.liste: unknown key; \
         did you mean NIGHTLATCH_API__LISTEN?"
    );
    let errors = Given::nothing().flag("service.Limit", "1 B").errors();
    assert_eq!(
        errors,
        "--set service.Limit: service.Limit: unknown key; did you mean service.limit?"
    );
    let errors = Given::nothing().flag("timeout", "1s").errors();
    assert!(
        errors.ends_with("did you mean service.timeout?"),
        "{errors}"
    );
}

#[test]
fn an_unknown_key_like_no_other_is_refused_with_its_neighbours() {
    let errors = Given::nothing().file("[admin]\ncolour = 1\n").errors();
    assert_eq!(
        errors,
        "nightlatch.toml:2: admin.colour: unknown key; known here: admin.listen"
    );
}

#[test]
fn an_unknown_table_is_one_error() {
    let errors = Given::nothing()
        .file("[servce]\nworkers = 1\nratio = 2.0\n")
        .errors();
    assert_eq!(
        errors,
        "nightlatch.toml:1: servce: unknown key; did you mean service?"
    );
}

#[test]
fn all_errors_are_told_at_once() {
    let errors = Given::nothing()
        .file(
            "data_dir = 1\n[service]\nworkers = \"many\"\ntimeout = \"soon\"\nlimit = \"10 MB\"\n",
        )
        .env("NIGHTLATCH_LOG__FORMAT", "xml")
        .env("NIGHTLATCH_SERVICE__ENABLED", "maybe")
        .flag("admin.listn", "x")
        .errors();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(
        lines,
        [
            "nightlatch.toml:1: data_dir: must be text, not 1",
            "nightlatch.toml:3: service.workers: must be a whole number, not \"many\"",
            "nightlatch.toml:4: service.timeout: \"soon\" is not a length of time such as \
             \"500ms\", \"2s\" or \"7d\"",
            "nightlatch.toml:5: service.limit: \"10 MB\" is not a size such as \"512 KiB\", \
             \"10 MiB\" or \"2 GiB\"",
            "environment variable NIGHTLATCH_LOG__FORMAT: log.format: must be one of auto, json, \
             pretty, not \"xml\"",
            "environment variable NIGHTLATCH_SERVICE__ENABLED: service.enabled: must be true or \
             false, not \"maybe\"",
            "--set admin.listn: admin.listn: unknown key; did you mean admin.listen?",
        ]
    );
}

#[test]
fn errors_of_syntax_and_of_other_sources_are_told_together() {
    let errors = Given::nothing()
        .file("[api]\nlisten = \nhosts = [1\n")
        .flag("service.workers", "x")
        .errors();
    assert!(errors.contains("nightlatch.toml:2: "), "{errors}");
    assert!(errors.contains("--set service.workers: "), "{errors}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let mut given = Given::nothing();
    given.sources.file = Some(given.folder.path().join("missing.toml"));
    let errors = given.errors();
    assert!(
        errors.starts_with("missing.toml: cannot be opened: "),
        "{errors}"
    );
    let path = given.write("latin.toml", "");
    std::fs::write(&path, b"# ok\n# \xe9t\xe9\n").unwrap();
    given.sources.file = Some(path);
    assert_eq!(given.errors(), "latin.toml: is not UTF-8 text in line 2");
}

#[test]
fn a_value_that_its_field_refuses_is_told_with_its_place() {
    let given = Given::nothing().file("[api]\nlisten = \"everywhere\"\n");
    let errors = given
        .load()
        .section::<ApiConfig>("api")
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("nightlatch.toml:2: api.listen: "),
        "{errors}"
    );
    let config = Given::nothing().flag("service.workers", "70000").load();
    let errors = config
        .section::<Service>("service")
        .unwrap_err()
        .to_string();
    assert!(
        errors.starts_with("--set service.workers: service.workers: "),
        "{errors}"
    );
    let config = Given::nothing().flag("log.level", "loud").load();
    let errors = config.section::<LogConfig>("log").unwrap_err().to_string();
    assert!(errors.contains("\"loud\" is no level"), "{errors}");
}

#[test]
fn errors_of_several_sections_are_gathered() {
    let config = Given::nothing()
        .flag("api.listen", "x")
        .flag("admin.listen", "y")
        .load();
    let mut errors = ConfigErrors::default();
    assert!(errors.take(config.section::<ApiConfig>("api")).is_none());
    assert!(
        errors
            .take(config.section::<AdminConfig>("admin"))
            .is_none()
    );
    assert_eq!(errors.iter().count(), 2);
}

#[test]
fn what_is_wrong_in_an_element_is_told_with_its_number() {
    let errors = Given::nothing()
        .file("[[integrations]]\nname = \"one\"\nheader = \"h\"\nretrys = 2\n[[integrations]]\n")
        .env("NIGHTLATCH_INTEGRATIONS__4__NAME", "five")
        .errors();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(
        lines,
        [
            "nightlatch.toml:4: integrations.0.retrys: unknown key; \
             did you mean integrations.0.retries?",
            "nightlatch.toml:5: integrations.1.header: is required; set it to text",
            "nightlatch.toml:5: integrations.1.name: is required; set it to text",
            "environment variable NIGHTLATCH_INTEGRATIONS__4__NAME: integrations.4: is given, but \
             there is no integrations.3; number the elements from 0 without a gap",
            "environment variable NIGHTLATCH_INTEGRATIONS__4__NAME: integrations.4.header: is \
             required; set it to text",
        ]
    );
}

#[test]
fn a_table_where_a_value_belongs_and_the_other_way_round_are_refused() {
    let errors = Given::nothing()
        .file("api = 1\nintegrations = \"x\"\n[data_dir]\na = 1\n")
        .flag("integrations", "x")
        .errors();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 4, "{errors}");
    assert!(
        errors.contains("nightlatch.toml:1: api: is a table, no value; set the keys within it")
    );
    assert!(errors.contains("integrations: is a list of tables, no value"));
    assert!(errors.contains("nightlatch.toml:3: data_dir: must be text, not a table"));
}

#[test]
fn mistakes_in_a_defaults_file_are_told_with_its_name_and_line() {
    let broken = Defaults {
        name: "broken",
        text: "# @secrte\na = 1\nb = 1979-05-27\ndata_dir = \"twice\"\n",
    };
    let sources = Sources {
        defaults: vec![broken],
        ..Sources::default()
    };
    let errors = load(&sources).unwrap_err().to_string();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 3, "{errors}");
    assert!(
        errors.contains("defaults of broken, line 2: a: unknown mark @secrte"),
        "{errors}"
    );
    assert!(errors.contains("defaults of broken, line 4: data_dir: has a default already"));
}
