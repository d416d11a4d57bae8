//! What has a value in an event: a field, or what transformers make of fields.

use std::borrow::Cow;

use super::getopt;
use super::operator::Transformer;
use crate::field::{Facts, Kind, Reference, Value};

/// An operand, checked.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Field(Reference),
    Literal(Vec<u8>),
    List(Vec<Source>),
    Apply(Transformer, Vec<Source>),
    /// `getopt`: the arguments, the known options, and the one whose value is wanted, else all of
    /// them.
    Options(Box<[Source; 2]>, Option<u8>),
}

impl Source {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Field(reference) => reference.kind(),
            Self::Apply(Transformer::Len, _) => Kind::Number,
            Self::List(items) | Self::Apply(Transformer::Val, items) => {
                items.first().map_or(Kind::Text, Self::kind)
            }
            Self::Literal(_) | Self::Apply(..) | Self::Options(..) => Kind::Text,
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        match self {
            Self::Field(reference) => reference.is_list(),
            Self::List(_) | Self::Options(_, None) => true,
            Self::Apply(Transformer::Val, items) => items.first().is_some_and(Self::is_list),
            Self::Literal(_) | Self::Apply(..) | Self::Options(..) => false,
        }
    }

    /// Tells whether its value is found in the event rather than made of it.
    pub(crate) fn is_cheap(&self) -> bool {
        matches!(self, Self::Field(reference) if reference.is_cheap())
    }

    /// Adds the fields it is made of.
    pub(crate) fn references<'s>(&'s self, found: &mut Vec<&'s Reference>) {
        match self {
            Self::Field(reference) => found.push(reference),
            Self::Literal(_) => {}
            Self::List(items) | Self::Apply(_, items) => {
                for item in items {
                    item.references(found);
                }
            }
            Self::Options(items, _) => {
                for item in items.iter() {
                    item.references(found);
                }
            }
        }
    }

    /// The value in an event; `None` when it, or a part of it, is absent.
    pub(crate) fn get<'s>(&'s self, facts: &Facts<'s>) -> Option<Value<'s>> {
        match self {
            Self::Field(reference) => reference.get(facts),
            Self::Literal(text) => Some(Value::Text(Cow::Borrowed(text))),
            Self::List(items) => items
                .iter()
                .map(|item| item.text(facts))
                .collect::<Option<_>>()
                .map(Value::List),
            Self::Apply(transformer, items) => apply(*transformer, items, facts),
            Self::Options(items, wanted) => options(items, *wanted, facts),
        }
    }

    fn text<'s>(&'s self, facts: &Facts<'s>) -> Option<Cow<'s, [u8]>> {
        match self.get(facts)? {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Boolean(_) | Value::Address(_) | Value::List(_) => None,
        }
    }
}

fn apply<'s>(
    transformer: Transformer,
    items: &'s [Source],
    facts: &Facts<'s>,
) -> Option<Value<'s>> {
    let first = items.first()?;
    let text = match transformer {
        Transformer::Val => return first.get(facts),
        Transformer::Len => {
            return match first.get(facts)? {
                Value::Text(text) => Some(Value::Number(text.len() as u64)),
                Value::List(items) => Some(Value::Number(items.len() as u64)),
                Value::Number(_) | Value::Boolean(_) | Value::Address(_) => None,
            };
        }
        Transformer::ToLower => {
            let text = first.text(facts)?;
            if !text.iter().any(u8::is_ascii_uppercase) {
                return Some(Value::Text(text));
            }
            text.to_ascii_lowercase()
        }
        Transformer::ToUpper => {
            let text = first.text(facts)?;
            if !text.iter().any(u8::is_ascii_lowercase) {
                return Some(Value::Text(text));
            }
            text.to_ascii_uppercase()
        }
        Transformer::B64 => decode_base64(&first.text(facts)?)?,
        Transformer::Basename => {
            let name = |path: &'s [u8]| path.rsplit(|byte| *byte == b'/').next();
            match first.text(facts)? {
                Cow::Borrowed(path) => return Some(Value::Text(Cow::Borrowed(name(path)?))),
                Cow::Owned(path) => {
                    let mut parts = path.rsplit(|byte| *byte == b'/');
                    parts.next().unwrap_or_default().to_vec()
                }
            }
        }
        Transformer::Join => {
            let separator = first.text(facts)?;
            match items.get(1)?.get(facts)? {
                Value::List(parts) => parts.join(separator.as_ref()),
                _ => return None,
            }
        }
        Transformer::Concat => {
            let parts: Option<Vec<_>> = items.iter().map(|item| item.text(facts)).collect();
            parts?.concat()
        }
        // It is `Source::Options`.
        Transformer::GetOpt => return None,
    };
    Some(Value::Text(Cow::Owned(text)))
}

fn options<'s>(items: &'s [Source; 2], wanted: Option<u8>, facts: &Facts<'s>) -> Option<Value<'s>> {
    let [arguments, known] = items;
    let Value::List(arguments) = arguments.get(facts)? else {
        return None;
    };
    let found = getopt::options(&arguments, &known.text(facts)?);
    let name = |option: u8| Cow::Owned(vec![option]);
    let Some(wanted) = wanted else {
        let flat = found
            .into_iter()
            .flat_map(|(option, value)| [Some(name(option)), value]);
        return Some(Value::List(flat.flatten().collect()));
    };
    let (option, value) = found.into_iter().rfind(|(option, _)| *option == wanted)?;
    Some(Value::Text(value.unwrap_or_else(|| name(option))))
}

/// Decodes base 64 (RFC 4648, padding optional).
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let unpadded = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    let mut decoded = Vec::with_capacity(unpadded.len() * 3 / 4);
    for group in unpadded.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = bits << 6 | u32::from(base64_digit(*byte)?);
        }
        // Bits that no byte is made of must be zero.
        let bytes = match group.len() {
            4 => bits.to_be_bytes(),
            3 if bits.trailing_zeros() >= 2 => (bits << 6).to_be_bytes(),
            2 if bits.trailing_zeros() >= 4 => (bits << 12).to_be_bytes(),
            _ => return None,
        };
        decoded.extend_from_slice(bytes.get(1..group.len())?);
    }
    Some(decoded)
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
