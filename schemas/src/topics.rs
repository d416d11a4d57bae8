//! The topics by name, with what they keep.

/// Okta's events as they came; key: integration id; value: [`crate::OktaEvent`].
pub const OKTA_EVENTS: &str = "okta.events";
/// Detections; key: integration id; value: [`crate::RuntimeEvent`].
pub const RUNTIME_EVENTS: &str = "okta.runtime-events";
/// What could not be taken: the input's first 512 KiB, with headers that say why.
pub const DEAD_LETTERS: &str = "okta.dead-letters";
/// Settings of integrations: one partition, kept for ever.
pub const INTEGRATIONS: &str = "nightlatch.integrations";
/// Settings of policies: one partition, kept for ever.
pub const POLICIES: &str = "nightlatch.policies";
/// Triage of runtime events: one partition, kept for ever.
pub const TRIAGE: &str = "nightlatch.triage";
/// Positions and observations of one owner each: compacted.
pub const CURSORS: &str = "nightlatch.cursors";

/// What a topic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Records older than so many days (by record time) may go.
    Days(u32),
    /// Everything, for ever.
    Forever,
    /// The latest record of each key.
    Compacted,
}

/// A topic as it must be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// Its number of partitions on Kafka, fixed for life. Local has one a topic.
    pub partitions: i32,
    /// What it keeps.
    pub retention: Retention,
    /// One sentence for people.
    pub about: &'static str,
}

/// Every topic of ours.
pub const ALL: [Topic; 7] = [
    topic(
        OKTA_EVENTS,
        6,
        Retention::Days(30),
        "Okta's events exactly as they came",
    ),
    topic(
        RUNTIME_EVENTS,
        6,
        Retention::Days(30),
        "Detections, one record each",
    ),
    topic(
        DEAD_LETTERS,
        6,
        Retention::Days(14),
        "Input that could not be taken, and why",
    ),
    topic(
        INTEGRATIONS,
        1,
        Retention::Forever,
        "The settings log of integrations",
    ),
    topic(
        POLICIES,
        1,
        Retention::Forever,
        "The settings log of policies",
    ),
    topic(
        TRIAGE,
        1,
        Retention::Forever,
        "The log of what people did with runtime events",
    ),
    topic(
        CURSORS,
        1,
        Retention::Compacted,
        "Positions and observations of one owner each",
    ),
];

const fn topic(
    name: &'static str,
    partitions: i32,
    retention: Retention,
    about: &'static str,
) -> Topic {
    Topic {
        name,
        partitions,
        retention,
        about,
    }
}

/// Header of each record of [`OKTA_EVENTS`] and [`RUNTIME_EVENTS`]: [`crate::TraceParent`].
pub const TRACEPARENT: &str = "traceparent";

/// Headers of a record of [`RUNTIME_EVENTS`]: `CloudEvents` 1.0, Kafka protocol binding, binary
/// content mode. `dataschema` is left out: the schema's id stands in front of the value.
pub mod cloud_event {
    /// The version of `CloudEvents`: [`VERSION`].
    pub const SPECVERSION: &str = "ce_specversion";
    /// The runtime event's id.
    pub const ID: &str = "ce_id";
    /// [`SOURCES`] and the integration's id.
    pub const SOURCE: &str = "ce_source";
    /// What it is: [`DETECTION`].
    pub const TYPE: &str = "ce_type";
    /// When it occurred, RFC 3339; absent when that is no time of the years 0 to 9999.
    pub const TIME: &str = "ce_time";
    /// Policy id, `/`, rule name. No person stands in a header.
    pub const SUBJECT: &str = "ce_subject";
    /// The media type of the value: [`AVRO`].
    pub const CONTENT_TYPE: &str = "content-type";

    /// The only [`SPECVERSION`].
    pub const VERSION: &str = "1.0";
    /// What every [`SOURCE`] begins with.
    pub const SOURCES: &str = "/nightlatch/integrations/";
    /// The only [`TYPE`] so far: the full name of the record's Avro schema.
    pub const DETECTION: &str = "io.nightlatch.RuntimeEvent";
    /// The only [`CONTENT_TYPE`].
    pub const AVRO: &str = "application/avro";
}

/// Headers of a record of [`DEAD_LETTERS`].
pub mod dead_letter {
    /// Why it could not be taken, a sentence.
    pub const REASON: &str = "reason";
    /// Who refused it: `ingest`, `detector` or `sink`.
    pub const STAGE: &str = "stage";
    /// Its whole size in bytes, decimal.
    pub const SIZE: &str = "size";
    /// `true` when the value holds only the first [`MAX_BYTES`] of it.
    pub const TRUNCATED: &str = "truncated";
    /// The topic it came from; absent for what came by a hook or an import.
    pub const SOURCE_TOPIC: &str = "source-topic";
    /// The partition it came from, decimal.
    pub const SOURCE_PARTITION: &str = "source-partition";
    /// The offset it came from, decimal.
    pub const SOURCE_OFFSET: &str = "source-offset";
    /// How much of the input a dead letter keeps, in bytes.
    pub const MAX_BYTES: usize = 512 * 1024;
}
