//! Avro in Confluent's wire format: byte 0x00, schema id as 4 bytes big endian, Avro binary
//! (Confluent's "wire format" documentation).

use std::sync::LazyLock;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Schema, from_value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::registry::registered;
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
    /// A schema id that is not in the lock file.
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

/// The schema versions of one subject, made ready once.
pub struct Wire {
    current: u32,
    writer: GenericDatumWriter<'static>,
    readers: Vec<(u32, GenericDatumReader<'static>)>,
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
        let mut versions = Vec::new();
        for version in registered()
            .iter()
            .filter(|registered| registered.subject == subject)
        {
            let schema: &'static Schema = Box::leak(Box::new(Schema::parse_str(version.schema)?));
            versions.push((version.id, schema));
        }
        let Some(&(current, latest)) = versions.last() else {
            return Err(CodecError::Avro(format!(
                "no schema for {subject} in the lock file"
            )));
        };
        let writer = GenericDatumWriter::builder(latest)
            .human_readable(false)
            .build()?;
        let mut readers = Vec::with_capacity(versions.len());
        for (id, schema) in versions {
            let builder = GenericDatumReader::builder(schema).human_readable(false);
            // Schema-aware reading into a struct does not resolve; only an older writer needs it.
            let older = (id != current).then_some(latest);
            readers.push((id, builder.maybe_reader_schema(older).build()?));
        }
        Ok(Self {
            current,
            writer,
            readers,
        })
    }
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
    let Some((_, reader)) = wire.readers.iter().find(|(known, _)| *known == id) else {
        return Err(CodecError::UnknownSchema(id));
    };
    let record = if id == wire.current {
        reader.read_deser(&mut datum)?
    } else {
        from_value(&reader.read_value(&mut datum)?)?
    };
    if datum.is_empty() {
        Ok(record)
    } else {
        Err(CodecError::Trailing(datum.len()))
    }
}
