//! Every schema version ever given an id: `avro/lock.json` and `avro/history/`, and the ids that an
//! outside registry gave them instead.
//!
//! Choose before the first record: both kinds of ids are small numbers, so an id of the lock file
//! may name another version in a registry. Records that stand on a topic keep the id they have.

use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;

/// A schema version with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The id that stands in front of a record.
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

/// Why the ids of a registry could not be adopted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// Not one id for each schema.
    #[error("{given} ids for {wanted} schemas")]
    Count {
        /// How many ids were given.
        given: usize,
        /// How many schemas there are.
        wanted: usize,
    },
    /// Readers could not tell the records of two subjects apart.
    #[error("the registry gives schemas of {0} and {1} the same id {2}")]
    Shared(String, String, u32),
    /// Other ids are in use: records were written or read, or other ids were adopted.
    #[error("other schema ids are in use already; ids are adopted once, before the first record")]
    InUse,
}

static LOCKED: LazyLock<Vec<Registered>> = LazyLock::new(|| {
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

/// The versions with the ids that records are written with, fixed by the first use.
static IN_USE: OnceLock<Vec<Registered>> = OnceLock::new();

/// Returns every schema version with its id of the lock file, in the order of these ids: what a
/// registry is to be asked for.
pub fn locked() -> &'static [Registered] {
    &LOCKED
}

/// Returns every schema version with the id in use, in the order of the lock file.
pub fn registered() -> &'static [Registered] {
    IN_USE.get_or_init(|| LOCKED.clone())
}

/// Finds the schema version that an id in front of a record means: by the ids in use, then by those
/// of the lock file, with which records may have been written before a registry was.
pub fn schema_of(id: u32) -> Option<&'static Registered> {
    let known = registered().iter().chain(locked());
    known.into_iter().find(|version| version.id == id)
}

/// Takes the ids of a registry for the whole process: one for each of [`locked`], in its order.
/// Adopting the same ids again is no error.
///
/// # Errors
/// When the ids do not fit, or others are in use: it must come before any record is written or read.
pub fn adopt(ids: &[u32]) -> Result<(), AdoptError> {
    let (given, wanted) = (ids.len(), locked().len());
    if given != wanted {
        return Err(AdoptError::Count { given, wanted });
    }
    let with_id = |(version, id): (&Registered, &u32)| Registered {
        id: *id,
        ..version.clone()
    };
    let adopted: Vec<Registered> = locked().iter().zip(ids).map(with_id).collect();
    for (at, one) in adopted.iter().enumerate() {
        let mut others = adopted.iter().take(at);
        if let Some(other) = others.find(|it| it.id == one.id && it.subject != one.subject) {
            let (other, one) = (other.subject.clone(), one.clone());
            return Err(AdoptError::Shared(other, one.subject, one.id));
        }
    }
    if *IN_USE.get_or_init(|| adopted.clone()) == adopted {
        Ok(())
    } else {
        Err(AdoptError::InUse)
    }
}
