//! The section `detector`.

use nightlatch_chassis::Sources;
use nightlatch_chassis::config::load;
use nightlatch_detector::{DEFAULTS, DetectorConfig};

fn sources(flags: &[(&str, &str)]) -> Sources {
    let flags = flags.iter();
    Sources {
        defaults: vec![DEFAULTS],
        flags: flags
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    }
}

#[test]
fn the_defaults_file_and_the_section_have_the_same_keys() {
    let settings = DetectorConfig::from_config(&load(&sources(&[])).unwrap()).unwrap();
    assert!(settings.managed_policies);
    assert!(settings.policies.is_empty());
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nightlatch.toml");
    std::fs::write(&file, "[detector]\nmax_step = 0\npolicies = [\"\"]\n").unwrap();
    let mut sources = sources(&[("detector.reload_interval", "0s")]);
    sources.file = Some(file);
    let errors = DetectorConfig::from_config(&load(&sources).unwrap())
        .unwrap_err()
        .to_string();
    for words in [
        "detector.max_step: must be between 1 and 10000",
        "detector.reload_interval: must be at least 10ms",
        "detector.policies: holds an empty path",
    ] {
        assert!(errors.contains(words), "{words}: {errors}");
    }
    assert!(errors.contains("nightlatch.toml:2: "), "{errors}");
}
