//! The section `sink`. What each key means stands in `sink.toml`.

use nightlatch_chassis::config::{Defaults, Size, Span};
use serde::Deserialize;

/// The sink's defaults file.
pub const DEFAULTS: Defaults = Defaults {
    name: "sink",
    text: include_str!("../sink.toml"),
};

/// The section `sink`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkConfig {
    /// How long a runtime event is kept, from its arrival on the topic.
    pub retention: Span,
    /// How large the database may grow.
    pub max_size: Size,
    /// Connections that answer queries.
    pub readers: usize,
    /// How long one query may take.
    pub query_timeout: Span,
    /// The live stream.
    pub stream: StreamConfig,
    /// The activity.
    pub activity: ActivityConfig,
}

/// The section `sink.stream`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamConfig {
    /// Clients at a time.
    pub max_clients: usize,
    /// How often a stream without events sends something.
    pub heartbeat: Span,
    /// How long a client may leave unread what it was sent.
    pub stall_timeout: Span,
}

/// The section `sink.activity`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityConfig {
    /// Whether it is kept.
    pub enabled: bool,
    /// How long an event is kept, from when it occurred.
    pub retention: Span,
    /// How large its files may grow together.
    pub max_size: Size,
}
