//! Settings of the detector. `detector.toml` documents them.

use std::path::PathBuf;
use std::time::Duration;

use nightlatch_chassis::config::{Config, ConfigErrors};
use nightlatch_chassis::{Defaults, Span};
use serde::Deserialize;

/// The defaults file of this crate.
pub const DEFAULTS: Defaults = Defaults {
    name: "detector",
    text: include_str!("../detector.toml"),
};

const MIN_RELOAD_INTERVAL: Duration = Duration::from_millis(10);
const MAX_STEP: usize = 10_000;

/// The section `detector`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorConfig {
    /// Whether the shipped policies are loaded.
    pub managed_policies: bool,
    /// Files and folders with policies of the user's own.
    pub policies: Vec<PathBuf>,
    /// How often those are looked at for changes.
    pub reload_interval: Span,
    /// How many events one step judges at the most.
    pub max_step: usize,
}

impl DetectorConfig {
    /// Reads the section.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(config: &Config) -> Result<Self, ConfigErrors> {
        let settings: Self = config.section("detector")?;
        let mut errors = ConfigErrors::default();
        if settings.reload_interval.duration() < MIN_RELOAD_INTERVAL {
            let problem = "must be at least 10ms, such as \"1s\"";
            errors.push(config.error("detector.reload_interval", problem));
        }
        if !(1..=MAX_STEP).contains(&settings.max_step) {
            let problem = format!("must be between 1 and {MAX_STEP}, such as 500");
            errors.push(config.error("detector.max_step", problem));
        }
        if settings
            .policies
            .iter()
            .any(|path| path.as_os_str().is_empty())
        {
            let problem = "holds an empty path; name files and folders";
            errors.push(config.error("detector.policies", problem));
        }
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(errors)
        }
    }
}
