//! Settings of the detector. `detector.toml` documents them.

use std::path::PathBuf;

use nightlatch_chassis::{Defaults, Span};
use serde::Deserialize;

/// The defaults file of this crate.
pub const DEFAULTS: Defaults =
    Defaults { name: "detector", text: include_str!("../detector.toml") };

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
