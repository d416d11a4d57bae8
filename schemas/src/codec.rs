//! Avro in Confluent's wire format: byte 0x00, schema id as 4 bytes big endian, Avro binary
//! (Confluent's "wire format" documentation).

use std::sync::LazyLock;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Schema, from_value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::registry::{locked, registered};
use crate::{OktaEvent, RuntimeEvent};

const MAGIC: u8 = 0;
const HEADER_BYTES: usize = 5;
/// No datum of ours needs more in one piece; a corrupt length must not ask for memory.
const MAX_ALLOCATION_BYTES: usize = 16 * 1024 * 1024;

/// Why a record could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Too short, or not in the wire format.
    #[error("not in Confluent's wire format (a 0x00, a 4-byte schema id, Avro)")]
    Frame,
    /// A schema id that is neither adopted from a registry nor in the lock file.
    #[error("unknown schema id {0}")]
    UnknownSchema(u32),
    /// Bytes remain after the record: it was written with another schema.
    #[error("{0} bytes after the end of the record")]
    Trailing(usize),
    /// What the Avro library says.
    #[error("avro: {0}")]
    Avro(String),
}

impl From<apache_avro::Error> for CodecError {
    fn from(error: apache_avro::Error) -> Self {
        Self::Avro(error.to_string())
    }
}

/// A record type with a schema of ours.
pub trait WireRecord: Serialize + DeserializeOwned {
    /// Returns how it is written and read.
    fn wire() -> Result<&'static Wire, CodecError>;
}

impl WireRecord for OktaEvent {
    fn wire() -> Result<&'static Wire, CodecError> {
        static WIRE: LazyLock<Result<Wire, CodecError>> =
            LazyLock::new(|| Wire::new("okta.events-value"));
        WIRE.as_ref().map_err(Clone::clone)
    }
}

impl WireRecord for RuntimeEvent {
    fn wire() -> Result<&'static Wire, CodecError> {
        static WIRE: LazyLock<Result<Wire, CodecError>> =
            LazyLock::new(|| Wire::new("okta.runtime-events-value"));
        WIRE.as_ref().map_err(Clone::clone)
    }
}

/// The schema versions of one subject, made ready once: with the ids in use then.
pub struct Wire {
    current: u32,
    writer: GenericDatumWriter<'static>,
    readers: Vec<Reader>,
}

/// Reads what was written under an id.
struct Reader {
    id: u32,
    /// Whether an older schema wrote it.
    resolves: bool,
    datum: GenericDatumReader<'static>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl Wire {
    fn new(subject: &str) -> Result<Self, CodecError> {
        apache_avro::util::max_allocation_bytes(MAX_ALLOCATION_BYTES);
        let newest = registered().iter().rfind(|it| it.subject == subject);
        let Some(newest) = newest else {
            return Err(CodecError::Avro(format!(
                "no schema for {subject} in the lock file"
            )));
        };
        let latest = parse(newest.schema)?;
        let mut readers: Vec<Reader> = Vec::new();
        let versions = registered().iter().chain(locked());
        for version in versions.filter(|it| it.subject == subject) {
            // An id in use wins over the same one in the lock file.
            if readers.iter().any(|reader| reader.id == version.id) {
                continue;
            }
            // Schema-aware reading into a struct does not resolve; only an older writer needs it.
            let resolves = version.version != newest.version;
            let builder = GenericDatumReader::builder(parse(version.schema)?).human_readable(false);
            readers.push(Reader {
                id: version.id,
                resolves,
                datum: builder
                    .maybe_reader_schema(resolves.then_some(latest))
                    .build()?,
            });
        }
        Ok(Self {
            current: newest.id,
            writer: GenericDatumWriter::builder(latest)
                .human_readable(false)
                .build()?,
            readers,
        })
    }
}

/// Parses a schema for the life of the process.
fn parse(schema: &str) -> Result<&'static Schema, CodecError> {
    Ok(Box::leak(Box::new(Schema::parse_str(schema)?)))
}

/// Writes `record` with the newest schema of its type.
pub fn encode<T: WireRecord>(record: &T) -> Result<Vec<u8>, CodecError> {
    let wire = T::wire()?;
    let mut bytes = Vec::with_capacity(512);
    bytes.push(MAGIC);
    bytes.extend_from_slice(&wire.current.to_be_bytes());
    wire.writer.write_ser(&mut bytes, record)?;
    Ok(bytes)
}

/// Reads a record that any registered version of its schema wrote.
pub fn decode<T: WireRecord>(bytes: &[u8]) -> Result<T, CodecError> {
    let wire = T::wire()?;
    let Some((&[MAGIC, a, b, c, d], mut datum)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(CodecError::Frame);
    };
    let id = u32::from_be_bytes([a, b, c, d]);
    let Some(reader) = wire.readers.iter().find(|reader| reader.id == id) else {
        return Err(CodecError::UnknownSchema(id));
    };
    let record = if reader.resolves {
        from_value(&reader.datum.read_value(&mut datum)?)?
    } else {
        reader.datum.read_deser(&mut datum)?
    };
    if datum.is_empty() {
        Ok(record)
    } else {
        Err(CodecError::Trailing(datum.len()))
    }
}
