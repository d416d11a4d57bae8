//! `[[integrations]]` as people write them.

use nightlatch_ingest::Integrations;

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
fn the_defaults_alone_have_no_integration() {
    assert!(
        Integrations::from_config(&config("").unwrap())
            .unwrap()
            .is_empty()
    );
}
