//! `[[integrations]]` as people write them.

use nightlatch_ingest::{IngestConfig, Integrations};

use crate::bench::config;

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = r#"
[[integrations]]
name = "a"
org_id = "00o1"
domain = "https://acme.okta.com/"
path_key = "short"
secret = "short"
header = "no header"

[[integrations]]
name = "a"
org_id = "00o1"
domain = "acme.okta.com"
path_key = "0123456789abcdef012345"
secret = "0123456789abcdef0123456789abcdef"
"#;
    let errors = Integrations::from_config(&config(text).unwrap())
        .unwrap_err()
        .to_string();
    for wrong in [
        "integrations.0.domain",
        "integrations.0.path_key",
        "integrations.0.secret",
        "integrations.0.header",
        "integrations.1.name",
        "integrations.1.org_id",
    ] {
        assert!(errors.contains(wrong), "{wrong} is not in\n{errors}");
    }
    assert!(
        !errors.contains("0123456789abcdef"),
        "no secret is shown:\n{errors}"
    );
}

#[test]
fn secrets_that_no_header_can_carry_are_refused_and_not_shown() {
    let text = r#"
[[integrations]]
name = "unknown"
org_id = "00o1"
domain = "acme.okta.com"
path_key = "0123456789abcdef01234/"
secret = "0123456789abcdef0123456789abcdeé"
previous_secret = " 0123456789abcdef0123456789abcdef"
"#;
    let errors = Integrations::from_config(&config(text).unwrap())
        .unwrap_err()
        .to_string();
    for wrong in [
        "integrations.0.name: is what metrics call strangers",
        "integrations.0.path_key: needs at least 22",
        "integrations.0.secret: may hold printable ASCII only",
        "integrations.0.previous_secret: may hold printable ASCII only",
        "`nightlatch integration new` prints a fresh one",
    ] {
        assert!(errors.contains(wrong), "{wrong} is not in\n{errors}");
    }
    assert!(
        !errors.contains("0123456789"),
        "no secret is shown:\n{errors}"
    );
}

#[test]
fn limits_that_make_no_sense_are_refused_all_at_once() {
    let text = "[ingest]\nappend_timeout = \"0s\"\nbody_timeout = \"0s\"\n\
                max_body = \"20 MiB\"\nmax_bodies = \"30 MiB\"\n\
                tls_certificate = \"/tls.crt\"\n\
                [ingest.okta]\ntimeout = \"0s\"\nconnect_timeout = \"0s\"\n\
                allowed_domains = [\"login.acme.com\", \"https://id.acme.com\"]\n";
    let errors = IngestConfig::from_config(&config(text).unwrap())
        .unwrap_err()
        .to_string();
    for wrong in [
        "ingest.append_timeout: must be above 0",
        "ingest.body_timeout: must be above 0",
        "ingest.max_bodies: must be at least three times ingest.max_body",
        "ingest.tls_key: is missing beside ingest.tls_certificate",
        "ingest.okta.timeout: must be above 0",
        "ingest.okta.connect_timeout: must be above 0",
        "ingest.okta.allowed_domains: \"https://id.acme.com\" is no host such as",
    ] {
        assert!(errors.contains(wrong), "{wrong} is not in\n{errors}");
    }
    assert!(IngestConfig::from_config(&config("").unwrap()).is_ok());
}

#[test]
fn the_defaults_alone_have_no_integration() {
    assert!(
        Integrations::from_config(&config("").unwrap())
            .unwrap()
            .is_empty()
    );
}
