//! Settings: precedence, what is refused and how, secrets, lists of tables.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use nightlatch_chassis::config::{AdminConfig, ApiConfig, load, optional};
use nightlatch_chassis::telemetry::LogConfig;
use nightlatch_chassis::{Config, Defaults, Secret, Size, Sources, Span};
use serde::Deserialize;
use tempfile::TempDir;

pub(crate) const SERVICE: Defaults = Defaults {
    name: "service",
    text: include_str!("service.toml"),
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) workers: u16,
    ratio: f64,
    enabled: bool,
    timeout: Span,
    limit: Size,
    #[serde(deserialize_with = "optional")]
    proxy_password: Option<Secret>,
    #[serde(deserialize_with = "optional")]
    linger: Option<Span>,
    places: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Integration {
    name: String,
    header: Secret,
    paused: bool,
    retries: u32,
}

/// Sources of a test: a file's text, variables, flags.
pub(crate) struct Given {
    pub(crate) folder: TempDir,
    pub(crate) sources: Sources,
}

impl Given {
    pub(crate) fn nothing() -> Self {
        let sources = Sources {
            defaults: vec![SERVICE],
            ..Sources::default()
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            sources,
        }
    }

    pub(crate) fn file(mut self, text: &str) -> Self {
        self.sources.file = Some(self.write("nightlatch.toml", text));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn flag(mut self, key: &str, value: &str) -> Self {
        self.sources.flags.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn load(&self) -> Config {
        load(&self.sources).unwrap()
    }

    /// The errors, one a line, with the test's folder cut off.
    pub(crate) fn errors(&self) -> String {
        let errors = load(&self.sources).unwrap_err().to_string();
        errors.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn port(config: &Config) -> u16 {
    config.section::<ApiConfig>("api").unwrap().listen.port()
}

pub(crate) const TWO_INTEGRATIONS: &str = r#"
[[integrations]]
name = "one"
header = "first secret"

[[integrations]]
name = "two"
header = "second secret"
retries = 5
"#;

#[test]
fn every_key_of_the_defaults_file_is_a_field_and_the_other_way_round() {
    let config = load(&Sources::default()).unwrap();
    let api: ApiConfig = config.section("api").unwrap();
    assert!(api.listen.ip().is_loopback());
    let admin: AdminConfig = config.section("admin").unwrap();
    assert!(admin.listen.ip().is_loopback());
    config.section::<LogConfig>("log").unwrap();
    assert_eq!(config.data_dir(), PathBuf::from("nightlatch-data"));
    assert_eq!(config.shutdown_timeout(), Duration::from_secs(25));
}

#[test]
fn flags_beat_variables_beat_the_file_beats_the_defaults() {
    let given = Given::nothing();
    assert_eq!(port(&given.load()), 8088);
    let given = given.file("[api]\nlisten = \"127.0.0.1:1\"\n");
    assert_eq!(port(&given.load()), 1);
    let given = given.env("NIGHTLATCH_API__LISTEN", "127.0.0.1:2");
    assert_eq!(port(&given.load()), 2);
    let given = given.flag("api.listen", "127.0.0.1:3");
    assert_eq!(port(&given.load()), 3);
}

#[test]
fn each_kind_of_value_is_read_from_text() {
    let config = Given::nothing()
        .env("NIGHTLATCH_SERVICE__WORKERS", "7")
        .env("NIGHTLATCH_SERVICE__RATIO", "0.25")
        .env("NIGHTLATCH_SERVICE__ENABLED", "false")
        .env("NIGHTLATCH_SERVICE__TIMEOUT", "1h 30m")
        .flag("service.limit", "64KiB")
        .flag("service.places", "here, there")
        .flag("service.linger", "7d")
        .load();
    let service: Service = config.section("service").unwrap();
    assert_eq!((service.workers, service.enabled), (7, false));
    assert!((service.ratio - 0.25).abs() < f64::EPSILON);
    assert_eq!(service.timeout.duration(), Duration::from_mins(90));
    assert_eq!(service.limit.bytes(), 64 << 10);
    assert_eq!(service.places, ["here", "there"]);
    assert_eq!(
        service.linger,
        Some(Span::from(Duration::from_hours(7 * 24)))
    );
    assert!(service.proxy_password.is_none());
}

#[test]
fn a_secret_comes_from_a_file() {
    let given = Given::nothing();
    let path = given.write("password", "  correct horse\n");
    let given = given.env(
        "NIGHTLATCH_SERVICE__PROXY_PASSWORD_FILE",
        path.to_str().unwrap(),
    );
    let service: Service = given.load().section("service").unwrap();
    assert_eq!(service.proxy_password.unwrap().expose(), "correct horse");
}

#[test]
fn any_key_comes_from_a_file_and_in_any_source() {
    let given = Given::nothing();
    let path = given.write("workers", "12\n").display().to_string();
    for given in [
        Given::nothing().file(&format!("[service]\nworkers_file = {path:?}\n")),
        Given::nothing().flag("service.workers_file", &path),
    ] {
        assert_eq!(
            given.load().section::<Service>("service").unwrap().workers,
            12
        );
    }
}

#[test]
fn a_value_and_its_file_in_one_source_are_refused() {
    let given = Given::nothing();
    let path = given.write("password", "x");
    let errors = given
        .env("NIGHTLATCH_SERVICE__PROXY_PASSWORD", "y")
        .env(
            "NIGHTLATCH_SERVICE__PROXY_PASSWORD_FILE",
            path.to_str().unwrap(),
        )
        .errors();
    assert_eq!(
        errors,
        "environment variable NIGHTLATCH_SERVICE__PROXY_PASSWORD_FILE: service.proxy_password: is \
         given by environment variable NIGHTLATCH_SERVICE__PROXY_PASSWORD as well; give the value \
         or its file, not both"
    );
}

#[test]
fn a_secrets_file_that_is_missing_is_told_with_the_file_and_the_variable() {
    let errors = Given::nothing()
        .env("NIGHTLATCH_SERVICE__PROXY_PASSWORD_FILE", "/nowhere/x")
        .errors();
    assert!(
        errors.starts_with(
            "environment variable NIGHTLATCH_SERVICE__PROXY_PASSWORD_FILE: \
             service.proxy_password: its file \"/nowhere/x\" cannot be opened: "
        ),
        "{errors}"
    );
}

#[test]
fn a_list_of_tables_is_empty_unless_given_and_each_element_has_its_defaults() {
    let none: Vec<Integration> = Given::nothing().load().section("integrations").unwrap();
    assert!(none.is_empty());
    let config = Given::nothing().file(TWO_INTEGRATIONS).load();
    let two: Vec<Integration> = config.section("integrations").unwrap();
    assert_eq!(
        (two[0].name.as_str(), two[0].retries, two[0].paused),
        ("one", 3, false)
    );
    assert_eq!((two[1].name.as_str(), two[1].retries), ("two", 5));
    assert_eq!(two[1].header.expose(), "second secret");
}

#[test]
fn variables_and_flags_reach_into_a_list_of_tables_by_number() {
    let given = Given::nothing();
    let path = given.write("header", "from a file\n");
    let config = given
        .file(TWO_INTEGRATIONS)
        .env("NIGHTLATCH_INTEGRATIONS__0__RETRIES", "9")
        .env(
            "NIGHTLATCH_INTEGRATIONS__1__HEADER_FILE",
            path.to_str().unwrap(),
        )
        .env("NIGHTLATCH_INTEGRATIONS__2__NAME", "three")
        .flag("integrations.2.header", "third secret")
        .load();
    let three: Vec<Integration> = config.section("integrations").unwrap();
    assert_eq!(three.len(), 3);
    assert_eq!(three[0].retries, 9);
    assert_eq!(three[1].header.expose(), "from a file");
    assert_eq!(
        (three[2].name.as_str(), three[2].header.expose()),
        ("three", "third secret")
    );
}

#[test]
fn more_than_ten_elements_keep_their_order() {
    let blocks = (0..12).map(|n| format!("[[integrations]]\nname = \"n{n}\"\nheader = \"h\"\n"));
    let config = Given::nothing().file(&blocks.collect::<String>()).load();
    let all: Vec<Integration> = config.section("integrations").unwrap();
    let names: Vec<&str> = all
        .iter()
        .map(|integration| integration.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11"
        ]
    );
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_are_left_alone() {
    let config = Given::nothing()
        .env("NIGHTLATCH_SERVICE_HOST", "10.0.0.1")
        .env("NIGHTLATCH_SERVICE_PORT", "8080")
        .env("NIGHTLATCH_SERVICE_PORT_HOOKS", "8080")
        .env("NIGHTLATCH_INGEST_PORT", "tcp://10.0.0.1:8080")
        .env("NIGHTLATCH_INGEST_PORT_8080_TCP_ADDR", "10.0.0.1")
        .env("HOME", "/root");
    config.load();
}

#[test]
fn durations_and_sizes_are_read_and_refused() {
    let millis = |text: &str| text.parse::<Span>().map(|span| span.duration().as_millis());
    assert_eq!(millis("500ms"), Ok(500));
    assert_eq!(millis("2s"), Ok(2_000));
    assert_eq!(millis("1h 30m"), Ok(5_400_000));
    assert_eq!(millis("7d"), Ok(604_800_000));
    for text in ["", "5", "-2s", "1 month", "soon", "99999999999999999999d"] {
        assert!(millis(text).is_err(), "{text}");
    }
    let bytes = |text: &str| text.parse::<Size>().map(Size::bytes);
    assert_eq!(bytes("512 B"), Ok(512));
    assert_eq!(bytes("10 MiB"), Ok(10 << 20));
    assert_eq!(
        bytes("2GiB").map(|n| n.to_string()),
        Ok("2147483648".to_owned())
    );
    for text in [
        "",
        "5",
        "MiB",
        "-1 B",
        "1.5 MiB",
        "10 MB",
        "99999999 TiB",
        "٣ B",
    ] {
        assert!(bytes(text).is_err(), "{text}");
    }
    assert_eq!("1536 KiB".parse::<Size>().unwrap().to_string(), "1536 KiB");
}

#[test]
fn the_listen_address_can_be_ipv6() {
    let config = Given::nothing().flag("api.listen", "[::1]:8088").load();
    let api: ApiConfig = config.section("api").unwrap();
    assert_eq!(api.listen, "[::1]:8088".parse::<SocketAddr>().unwrap());
}
