//! Every schema version ever given an id: `avro/lock.json` and `avro/history/`. The sink serves
//! them as a read-only registry.

use std::sync::LazyLock;

use serde::Deserialize;

/// A schema version with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The id that stands in front of each record.
    pub id: u32,
    /// `<topic>-value`.
    pub subject: String,
    /// 1, 2, … within its subject.
    pub version: u32,
    /// The schema's JSON text.
    pub schema: &'static str,
}

#[derive(Deserialize)]
struct Locked {
    id: u32,
    subject: String,
    version: u32,
    file: String,
}

/// The texts by file name; a file that the lock names and that is not here fails a test.
const HISTORY: [(&str, &str); 2] = [
    (
        "okta_event.v1.avsc",
        include_str!("../avro/history/okta_event.v1.avsc"),
    ),
    (
        "runtime_event.v1.avsc",
        include_str!("../avro/history/runtime_event.v1.avsc"),
    ),
];

static REGISTERED: LazyLock<Vec<Registered>> = LazyLock::new(|| {
    let locked: Vec<Locked> =
        serde_json::from_str(include_str!("../avro/lock.json")).unwrap_or_default();
    let text = |file: &str| {
        HISTORY
            .iter()
            .find(|(name, _)| *name == file)
            .map(|(_, text)| *text)
    };
    let versions = locked.into_iter().filter_map(
        |Locked {
             id,
             subject,
             version,
             file,
         }| {
            text(&file).map(|schema| Registered {
                id,
                subject,
                version,
                schema,
            })
        },
    );
    versions.collect()
});

/// Returns every registered schema version, in the order of ids.
pub fn registered() -> &'static [Registered] {
    &REGISTERED
}
