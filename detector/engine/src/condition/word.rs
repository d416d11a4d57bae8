//! What people and programs are told of the words of conditions that are not fields.

use serde::Serialize;

use super::operator::{Modifier, Operator, Transformer};

/// What a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// Puts conditions together.
    Logic,
    /// Compares two values.
    Operator,
    /// Stands between an operator and a list.
    Modifier,
    /// Makes another value of a value.
    Transformer,
}

/// A word of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Word {
    /// The spelling.
    pub name: &'static str,
    /// What it is for.
    pub kind: WordKind,
    /// What it means.
    pub doc: &'static str,
    /// How it is written.
    pub example: &'static str,
}

/// Lists the words of conditions that are not fields. Those are left out that are about buffers and
/// command lines, which no field of an Okta event is.
pub fn words() -> impl Iterator<Item = Word> {
    let operators = Operator::ALL.into_iter().filter_map(Operator::word);
    LOGIC
        .into_iter()
        .chain(operators)
        .chain(Modifier::ALL.into_iter().map(Modifier::word))
        .chain(Transformer::ALL.into_iter().filter_map(Transformer::word))
        .chain(Transformer::Val.word())
}

const LOGIC: [Word; 3] = [
    logic(
        "and",
        "Both sides hold.",
        "okta.result = FAILURE and okta.client.zone = OFF_NETWORK",
    ),
    logic(
        "or",
        "One of the sides holds, or both.",
        "okta.result = FAILURE or okta.result = DENY",
    ),
    logic(
        "not",
        "What follows does not hold.",
        "not okta.result = SUCCESS",
    ),
];

const fn logic(name: &'static str, doc: &'static str, example: &'static str) -> Word {
    Word {
        name,
        kind: WordKind::Logic,
        doc,
        example,
    }
}

impl Operator {
    /// What is told of it; nothing of those that only buffers take.
    fn word(self) -> Option<Word> {
        let (doc, example) = match self {
            Self::Exists => ("The value is there.", "okta.client.zone exists"),
            Self::AtMost => ("At most.", "okta.published.hour <= 6"),
            Self::Less => ("Less than.", "okta.published.hour < 6"),
            Self::AtLeast => ("At least.", "okta.published.hour >= 22"),
            Self::Greater => ("Greater than.", "okta.published.hour > 22"),
            Self::Same => ("Equal.", "okta.result == FAILURE"),
            Self::Equal => ("Equal.", "okta.evt.type = user.session.start"),
            Self::NotEqual => ("Not equal.", "okta.result != SUCCESS"),
            Self::Glob => (
                "Matches a pattern: * is any text, ? one character, [a-z] one of these.",
                "okta.evt.type glob \"user.mfa.*\"",
            ),
            Self::IGlob => (
                "Matches a pattern, upper and lower case alike.",
                "okta.target.app.alternateid iglob \"*aws*\"",
            ),
            Self::Contains => ("Contains the text.", "okta.reason contains LOCKED"),
            Self::IContains => (
                "Contains the text, upper and lower case alike.",
                "okta.useragent.raw icontains python",
            ),
            Self::StartsWith => ("Starts with the text.", "okta.evt.type startswith policy."),
            Self::EndsWith => (
                "Ends with the text.",
                "okta.actor.alternateid endswith @example.com",
            ),
            Self::Regex => (
                "Matches a regular expression as a whole.",
                "okta.actor.alternateid regex \"svc-[0-9]+@.*\"",
            ),
            Self::Intersects => (
                "One of the values is one of the list.",
                "okta.targets.displayName intersects (Admins)",
            ),
            Self::In => (
                "One of the list; of several values, all are of the list.",
                "okta.result in (FAILURE, DENY)",
            ),
            Self::PMatch => (
                "One of the list is a prefix of the path.",
                "okta.requesturi pmatch (/api/v1/users)",
            ),
            Self::BContains | Self::BStartsWith => return None,
        };
        Some(Word {
            name: self.symbol(),
            kind: WordKind::Operator,
            doc,
            example,
        })
    }
}

impl Modifier {
    /// What is told of it.
    fn word(self) -> Word {
        let (doc, example) = match self {
            Self::OneOf => (
                "Exactly one value of the list fits.",
                "okta.evt.type startswith oneof (user., group.)",
            ),
            Self::AnyOf => (
                "At least one value of the list fits.",
                "okta.evt.type startswith anyof (policy., zone.)",
            ),
            Self::AllOf => (
                "All values of the list fit.",
                "okta.useragent.raw icontains allof (python, requests)",
            ),
        };
        Word {
            name: self.symbol(),
            kind: WordKind::Modifier,
            doc,
            example,
        }
    }
}

impl Transformer {
    /// What is told of it; nothing of what only command lines take.
    fn word(self) -> Option<Word> {
        let (doc, example) = match self {
            Self::Val => (
                "The value of a field, on the right side.",
                "okta.actor.id = val(okta.target.user.id)",
            ),
            Self::ToLower => (
                "ASCII letters to lower case.",
                "tolower(okta.actor.alternateid) = ann@example.com",
            ),
            Self::ToUpper => (
                "ASCII letters to upper case.",
                "toupper(okta.client.geo.country) = NORWAY",
            ),
            Self::B64 => (
                "Decodes base 64; what is none has no value.",
                "b64(okta.debug[payload]) contains admin",
            ),
            Self::Basename => (
                "What follows the last /.",
                "basename(okta.requesturi) = sessions",
            ),
            Self::Len => (
                "The length of a text in bytes, or of a list.",
                "len(okta.useragent.raw) > 500",
            ),
            Self::Join => (
                "The elements of a list with a separator between them.",
                "join(\" \", okta.target.displayname[User]) icontains admin",
            ),
            Self::Concat => (
                "Texts, one after the other.",
                "concat(okta.actor.id, okta.client.ip) exists",
            ),
            Self::GetOpt => return None,
        };
        Some(Word {
            name: self.symbol(),
            kind: WordKind::Transformer,
            doc,
            example,
        })
    }
}
