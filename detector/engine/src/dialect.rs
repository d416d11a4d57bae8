//! Which language a file is read as: Falco's to the letter or the sane one, the fields there are
//! and the source whose rules are judged.

use crate::condition::ast::Expr;
use crate::condition::glob::Unit;
use crate::condition::parse::{SyntaxError, parse_source};
use crate::field::{Field, Origin, fields};

/// The source of events that rules are about when they do not say otherwise.
const OKTA: &str = "okta";
/// What Falco takes a rule to be about that states no source.
const SYSCALL: &str = "syscall";

/// How rules files are read and how their rules judge.
#[derive(Debug, Clone)]
pub struct Dialect {
    strict: bool,
    source: &'static str,
    fields: Vec<Field>,
    /// Whose fields are not there.
    without: Vec<Origin>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            strict: false,
            source: OKTA,
            fields: Vec::new(),
            without: Vec::new(),
        }
    }
}

impl Dialect {
    /// The language exactly as Falco with its okta plugin reads and judges it, its leaks and crashes
    /// left out. A file chooses it by `strict: true` in its `policy:` item.
    pub fn strict() -> Self {
        Self::default().made_strict()
    }

    /// Judges the rules of another source instead of those of Okta.
    #[must_use]
    pub fn of_source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Adds fields to those of the catalogue, before which they count.
    #[must_use]
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Leaves out the fields of an origin, such as those of a plugin that is not loaded.
    #[must_use]
    pub fn without(mut self, origin: Origin) -> Self {
        self.without.push(origin);
        self
    }

    /// Parses a condition.
    pub fn parse(&self, condition: &str) -> Result<Expr, SyntaxError> {
        parse_source(condition, 0, self.strict)
    }

    /// Whether it is Falco's to the letter.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// What `?` of a shell pattern matches.
    pub(crate) fn unit(&self) -> Unit {
        if self.strict {
            Unit::Byte
        } else {
            Unit::Character
        }
    }

    /// The source of a rule that states none.
    pub(crate) fn default_source(&self) -> &'static str {
        if self.strict { SYSCALL } else { self.source }
    }

    /// The source whose rules are compiled.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// Returns the dialect of a file that asks for the strict one.
    pub(crate) fn made_strict(&self) -> Self {
        let mut strict = self.clone().without(Origin::Nightlatch);
        strict.strict = true;
        strict
    }

    /// Finds a field by its exact name.
    pub(crate) fn find(&self, name: &str) -> Option<&Field> {
        let is_there = |field: &&Field| !self.without.contains(&field.origin);
        let mut known = self.fields.iter().chain(fields().iter().filter(is_there));
        known.find(|field| field.name == name)
    }
}
