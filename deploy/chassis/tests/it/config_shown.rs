//! Settings as people see them: secrets never, the reference whole.

use nightlatch_chassis::{Config, Secret};

use crate::config::{Given, SERVICE, TWO_INTEGRATIONS};

#[test]
fn the_effective_settings_are_shown_with_their_sources_and_without_secrets() {
    let config = Given::nothing()
        .file(TWO_INTEGRATIONS)
        .env("NIGHTLATCH_SERVICE__PROXY_PASSWORD", "hunter2 of the proxy")
        .flag("service.workers", "3")
        .load();
    for shown in [config.display_masked(), format!("{config:?}")] {
        assert!(
            shown.contains("workers = 3  # --set service.workers\n"),
            "{shown}"
        );
        assert!(
            shown.contains("proxy_password = \"[redacted]\"  # environment variable"),
            "{shown}"
        );
        assert!(
            shown.contains("[[integrations]]\nname = \"two\""),
            "{shown}"
        );
        assert!(
            !shown.contains("hunter2") && !shown.contains("second secret"),
            "{shown}"
        );
        toml::from_str::<toml::Table>(&shown).unwrap();
    }
}

#[test]
fn what_is_shown_of_the_defaults_loads_to_the_same() {
    let shown = Given::nothing().load().display_masked();
    assert_eq!(
        Given::nothing()
            .file(&shown)
            .load()
            .section::<toml::Table>("")
            .unwrap(),
        Given::nothing().load().section::<toml::Table>("").unwrap()
    );
}

#[test]
fn errors_never_show_a_secret() {
    let given = Given::nothing()
        .file("[service]\nproxy_password = [\"planted\"]\n[hidden]\nnumber = \"planted\"\n")
        .env("NIGHTLATCH_SERVICE__PROXY_PASSWORT", "planted")
        .flag("hidden.number", "planted");
    let errors = given.errors();
    assert_eq!(errors.lines().count(), 4, "{errors}");
    assert!(!errors.contains("planted"), "{errors}");
    assert!(!format!("{:?}", given.sources).contains("planted"));
}

#[test]
fn a_secret_is_redacted_however_it_is_printed() {
    let secret = Secret::new("planted");
    let json = serde_json::to_string(&secret).unwrap();
    assert_eq!(
        (format!("{secret} {secret:?}"), json),
        (
            "[redacted] [redacted]".to_owned(),
            "\"[redacted]\"".to_owned()
        )
    );
    assert_eq!(secret.expose(), "planted");
}

#[test]
fn the_reference_holds_every_key_with_its_documentation() {
    let reference = Config::reference(&[SERVICE]);
    for part in [
        "### `api.listen`\n\nWhere the REST API and the pages are served.",
        "## [[integrations]]\n\nOne block for each org.\n",
        "### `integrations.0.header`\n\nWhat Okta must send.\n\ntext; required; variable \
         `NIGHTLATCH_INTEGRATIONS__0__HEADER`, or the file named by `integrations.0.header_file`\n",
        "one of auto, json, pretty; default `\"auto\"`; variable `NIGHTLATCH_LOG__FORMAT`",
    ] {
        assert!(reference.contains(part), "no {part:?} in:\n{reference}");
    }
    assert!(!reference.contains('@'), "{reference}");
}
