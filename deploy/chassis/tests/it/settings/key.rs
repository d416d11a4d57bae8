//! The master key, and secrets that it seals.

use std::os::unix::fs::PermissionsExt;

use nightlatch_chassis::config::{self, Sources};
use nightlatch_chassis::settings::{KeyError, Keyring, Seal, SealError};
use nightlatch_chassis::{Config, Secret};
use proptest::prelude::*;

use super::{KEY, keys};

const OTHER_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
const PLACE: Seal<'_> = Seal {
    object: "okta-1",
    field: "header_secret",
    version: "1",
};

fn config(variables: &[(&str, &str)]) -> Config {
    let env = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    config::load(&Sources {
        env,
        ..Sources::default()
    })
    .unwrap()
}

fn ids(keys: &Keyring) -> Vec<String> {
    keys.ids().map(str::to_owned).collect()
}

#[test]
fn a_key_is_made_at_the_first_start_for_its_owner_alone_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&[("NIGHTLATCH_DATA_DIR", folder.path().to_str().unwrap())]);
    let made = ids(&Keyring::open(&config).unwrap());
    let file = folder.path().join("master.key");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim().len(), 64);
    assert_eq!(ids(&Keyring::open(&config).unwrap()), made);
    let elsewhere = tempfile::tempdir().unwrap();
    assert_ne!(ids(&Keyring::local(elsewhere.path()).unwrap()), made);
}

#[test]
fn a_configured_key_is_used_and_no_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = ("NIGHTLATCH_DATA_DIR", folder.path().to_str().unwrap());
    let config_of_text = config(&[data_dir, ("NIGHTLATCH_MASTER_KEY", KEY)]);
    assert_eq!(
        ids(&Keyring::open(&config_of_text).unwrap()),
        ids(&keys(KEY))
    );
    assert!(
        !config_of_text.display_masked().contains("0011"),
        "{}",
        config_of_text.display_masked()
    );
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let config_of_file = config(&[
        data_dir,
        ("NIGHTLATCH_MASTER_KEY_FILE", file.to_str().unwrap()),
    ]);
    assert_eq!(
        ids(&Keyring::open(&config_of_file).unwrap()),
        ids(&keys(KEY))
    );
    assert!(!folder.path().join("master.key").exists());
}

#[test]
fn a_malformed_key_is_refused_without_being_shown() {
    for (text, number) in [
        ("abc", 1),
        (KEY.trim_end_matches('f'), 1),
        (&format!("{KEY} {KEY}0"), 2),
    ] {
        let error = Keyring::parse(&Secret::new(text)).unwrap_err();
        assert!(
            matches!(error, KeyError::Malformed { number: n } if n == number),
            "{error}"
        );
        assert!(
            !error.to_string().contains("0011") && error.to_string().contains("64 hex"),
            "{error}"
        );
    }
    assert!(matches!(
        Keyring::parse(&Secret::new(" \n")),
        Err(KeyError::Missing)
    ));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("master.key")).unwrap();
    let error = Keyring::local(folder.path()).unwrap_err();
    assert!(matches!(error, KeyError::File { .. }), "{error}");
    let shown = format!("{:?}", keys(KEY));
    assert!(!shown.contains("0011"), "{shown}");
}

#[test]
fn a_sealed_secret_opens_in_its_place_alone() {
    let keys = keys(KEY);
    let sealed = PLACE.close(&keys, &Secret::new("hunter2")).unwrap();
    assert!(!sealed.contains("hunter2"));
    assert_eq!(PLACE.open(&keys, &sealed).unwrap().expose(), "hunter2");
    assert_ne!(PLACE.close(&keys, &Secret::new("hunter2")).unwrap(), sealed);
    for elsewhere in [
        Seal {
            object: "okta-2",
            ..PLACE
        },
        Seal {
            field: "token",
            ..PLACE
        },
        Seal {
            version: "2",
            ..PLACE
        },
        Seal {
            object: "okta-1header",
            field: "_secret",
            ..PLACE
        },
    ] {
        assert_eq!(
            elsewhere.open(&keys, &sealed).unwrap_err(),
            SealError::Refused
        );
    }
}

#[test]
fn a_secret_sealed_with_an_old_key_opens_as_long_as_the_key_is_there() {
    let sealed = PLACE.close(&keys(KEY), &Secret::new("hunter2")).unwrap();
    let rotated = keys(&format!("{OTHER_KEY},{KEY}"));
    assert_eq!(PLACE.open(&rotated, &sealed).unwrap().expose(), "hunter2");
    assert_eq!(
        PLACE.open(&keys(OTHER_KEY), &sealed).unwrap_err(),
        SealError::UnknownKey
    );
    let anew = PLACE.close(&rotated, &Secret::new("hunter2")).unwrap();
    assert_eq!(
        PLACE.open(&keys(OTHER_KEY), &anew).unwrap().expose(),
        "hunter2"
    );
}

proptest! {
    #[test]
    fn any_secret_comes_back_and_any_change_of_its_seal_is_refused(
        secret in ".*", at in any::<prop::sample::Index>(), to in "[0-9a-fx.]"
    ) {
        let keys = keys(KEY);
        let sealed = PLACE.close(&keys, &Secret::new(secret.clone())).unwrap();
        let opened = PLACE.open(&keys, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &secret);
        let mut changed = sealed.clone();
        let at = at.index(sealed.len());
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(PLACE.open(&keys, &changed).is_ok(), changed == sealed);
    }

    #[test]
    fn any_text_is_opened_or_refused_without_harm(text in ".*") {
        prop_assert!(PLACE.open(&keys(KEY), &text).is_err());
    }
}
