//! The fields that a box knows, and how their values are read.

use nightlatch_schemas::severity_label;
use uuid::Uuid;

use super::expression::Meaning;
use super::network::Network;

/// A name that is this close to a known one was probably meant to be that one.
const MAX_TYPOS: usize = 2;
/// Severities, from the gravest on.
const SEVERITIES: std::ops::RangeInclusive<u8> = 0..=7;

/// A field that can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name, in lower case.
    pub(crate) name: &'static str,
    /// What it is, for people.
    pub(crate) about: &'static str,
    /// A value it may have.
    pub(crate) example: &'static str,
    /// How its values are read.
    pub(crate) kind: Kind,
}

/// How values of a field are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text in any case; a star stands for any ending.
    Text,
    /// A whole number, with `AS` before it or not.
    SystemNumber,
    /// 0 to 7 or a label; the only kind that has an order.
    Severity,
    /// An address or a range.
    Network,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A UUID.
    Id,
}

/// How a field is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Operator {
    /// Operators as they are written, longer ones first.
    pub(super) const WRITTEN: [(&'static str, Self); 6] = [
        (":", Self::Is),
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::Above),
        ("<", Self::Below),
        ("=", Self::Is),
    ];
}

impl Field {
    pub(crate) const fn new(
        name: &'static str,
        about: &'static str,
        example: &'static str,
        kind: Kind,
    ) -> Self {
        Self {
            name,
            about,
            example,
            kind,
        }
    }

    /// Reads a value that is wanted as it is.
    pub(crate) fn value(&self, text: &str) -> Result<Meaning, String> {
        self.read(Operator::Is, text, false)
    }

    /// Reads a value, with a star after it or not.
    pub(super) fn read(
        &self,
        operator: Operator,
        text: &str,
        is_prefix: bool,
    ) -> Result<Meaning, String> {
        let name = self.name;
        if operator != Operator::Is && self.kind != Kind::Severity {
            return Err(format!(
                "{name} has no order; write {name}:{text} (severity can be more or less)"
            ));
        }
        if is_prefix && self.kind != Kind::Text {
            return Err(format!("{name} takes no *; {}", self.accepts()));
        }
        let meaning = match self.kind {
            Kind::Text if is_prefix => Some(Meaning::Beginning(text.to_owned())),
            Kind::Text => Some(Meaning::Text(text.to_owned())),
            Kind::SystemNumber => system_number(text).map(Meaning::Number),
            Kind::Severity => severities(operator, text).map(Meaning::Severities),
            Kind::Network => Network::parse(text).map(Meaning::Network),
            Kind::Choice(choices) => choice(choices, text).map(Meaning::Choice),
            Kind::Id => Uuid::parse_str(text).ok().map(Meaning::Id),
        };
        meaning.ok_or_else(|| format!("{text:?} is no {name}; {}", self.accepts()))
    }

    /// Says what it takes.
    fn accepts(&self) -> String {
        let example = self.example;
        match self.kind {
            Kind::Text => format!("it takes text, such as {example}"),
            Kind::SystemNumber => format!("it takes a number, such as {example}"),
            Kind::Severity => "it takes high, medium, low, info or 0 to 7".to_owned(),
            Kind::Network => format!("it takes an address or a CIDR range, such as {example}"),
            Kind::Choice(choices) => format!("it takes {}", choices.join(", ")),
            Kind::Id => format!("it takes a UUID, such as {example}"),
        }
    }
}

/// Returns the known field that may have been meant.
pub(super) fn meant(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    let distance = |field: &&Field| strsim::damerau_levenshtein(field.name, name);
    // A short name is two mistakes away from any other.
    let most = MAX_TYPOS.min(name.chars().count() / 2);
    let close = fields.iter().filter(|field| distance(field) <= most);
    close.min_by_key(distance)
}

fn system_number(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let digits = upper.strip_prefix("AS").unwrap_or(&upper);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u32>().ok().filter(|_| is_number);
    number.map(i64::from)
}

fn choice(choices: &[&'static str], text: &str) -> Option<&'static str> {
    let same = |choice: &&&str| choice.eq_ignore_ascii_case(&text.replace(['-', ' '], "_"));
    choices.iter().find(same).copied()
}

/// Returns the severities that are as grave as is asked for. A label is several numbers; 0 is the
/// gravest.
fn severities(operator: Operator, text: &str) -> Option<Vec<u8>> {
    let is_it = |severity: &u8| {
        severity.to_string() == text || severity_label(*severity).eq_ignore_ascii_case(text)
    };
    let first = SEVERITIES.clone().find(is_it)?;
    let last = SEVERITIES.clone().rfind(is_it)?;
    let is_wanted = |severity: &u8| match operator {
        Operator::Is => (first..=last).contains(severity),
        Operator::AtLeast => *severity <= last,
        Operator::Above => *severity < first,
        Operator::AtMost => *severity >= first,
        Operator::Below => *severity > last,
    };
    Some(SEVERITIES.filter(is_wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_by_how_grave_they_are() {
        let read = |operator, text| severities(operator, text).unwrap();
        assert_eq!(read(Operator::AtLeast, "high"), [0, 1, 2, 3]);
        assert_eq!(read(Operator::AtLeast, "Medium"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(read(Operator::Above, "medium"), [0, 1, 2, 3]);
        assert_eq!(read(Operator::Above, "high"), [0; 0]);
        assert_eq!(read(Operator::AtMost, "low"), [6, 7]);
        assert_eq!(read(Operator::Below, "high"), [4, 5, 6, 7]);
        assert_eq!(read(Operator::Is, "MEDIUM"), [4, 5]);
        assert_eq!(read(Operator::AtLeast, "4"), [0, 1, 2, 3, 4]);
        assert_eq!(severities(Operator::Is, "8"), None);
    }

    #[test]
    fn numbers_of_autonomous_systems_are_read_with_and_without_as() {
        assert_eq!(system_number("AS2119"), Some(2119));
        assert_eq!(system_number("2119"), Some(2119));
        assert_eq!(system_number("AS"), None);
        assert_eq!(system_number("+1"), None);
        assert_eq!(system_number("4294967296"), None);
    }
}
