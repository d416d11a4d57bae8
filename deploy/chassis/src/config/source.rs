//! Reading what a source holds: the text of a file, and TOML with its lines.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml::Value;
use toml::de::DeValue;

/// The largest file of settings, or of one secret, that is read.
const MAX_FILE: u64 = 1 << 20;

/// The line that holds the byte at `offset`, counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// Reads a file of text; the error says what is wrong with it, without its name.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("is larger than {} KiB", MAX_FILE >> 10));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let lines = error
            .as_bytes()
            .iter()
            .take(valid)
            .filter(|byte| **byte == b'\n')
            .count();
        format!("is not UTF-8 text in line {}", lines + 1)
    })
}

/// A value without its position; the error says what is wrong with it.
pub(super) fn plain(value: &DeValue<'_>) -> Result<Value, &'static str> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::Integer)
            .map_err(|_| "is a whole number too large to be read")?,
        DeValue::Float(number) => Value::Float(
            number
                .as_str()
                .parse()
                .map_err(|_| "is not a number that can be read")?,
        ),
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(date) => Value::Datetime(*date),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| plain(item.get_ref()))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => {
            let entry = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                Ok((
                    String::from(AsRef::<str>::as_ref(name.get_ref())),
                    plain(value.get_ref())?,
                ))
            };
            Value::Table(
                table
                    .iter()
                    .map(entry)
                    .collect::<Result<_, &'static str>>()?,
            )
        }
    })
}
