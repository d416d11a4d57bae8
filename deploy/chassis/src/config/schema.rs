//! The known keys, read from the defaults files: their types, defaults and docs.
//!
//! A defaults file is TOML. The comment above a key is its documentation. Lines that begin with
//! `#:` are read as if they did not: they describe one element of a list of tables, whose default
//! is to be empty. A comment line `# @word` is no documentation but a [`Mark`].

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::Defaults;
use super::error::{ConfigError, ConfigErrors, Origin};
use super::key::KeyPath;
use super::kind::Kind;
use super::source;

/// What a defaults file says of one key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) default: Value,
    /// Masked wherever it would be shown.
    pub(super) secret: bool,
    /// Must be given, the default is none.
    pub(super) required: bool,
    /// The texts that it can be; empty when any is fine.
    pub(super) one_of: Vec<String>,
    pub(super) doc: String,
    pub(super) origin: Origin,
    /// Where it stands among all keys: the order in which people read them.
    pub(super) order: (usize, usize),
}

/// A table, or a list of tables.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) is_list: bool,
    pub(super) doc: String,
    pub(super) order: (usize, usize),
}

/// All known keys. In their paths, 0 stands for every element of a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    pub(super) keys: BTreeMap<KeyPath, Key>,
    pub(super) sections: BTreeMap<KeyPath, Section>,
}

/// A word that says more of a key than its default does, in a comment line `# @word`.
enum Mark {
    /// The value is never shown. Keys named like one are secret without it.
    Secret,
    /// The value is no secret, in spite of the key's name.
    Public,
    /// The value must be given.
    Required,
    /// The value, empty by default, is of this kind.
    Kind(Kind),
    /// The value is one of these.
    OneOf(Vec<String>),
}

impl Mark {
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mark = match words.next()? {
            "secret" => Self::Secret,
            "public" => Self::Public,
            "required" => Self::Required,
            "duration" => Self::Kind(Kind::Duration),
            "size" => Self::Kind(Kind::Size),
            "text" => Self::Kind(Kind::Text),
            "one-of" => return Some(Self::OneOf(words.map(str::to_owned).collect())),
            _ => return None,
        };
        words.next().is_none().then_some(mark)
    }
}

impl Schema {
    /// Reads all defaults files; what is wrong with them is a mistake in the program.
    pub(super) fn read(defaults: &[Defaults]) -> Result<Self, ConfigErrors> {
        let mut schema = Self::default();
        let mut errors = ConfigErrors::default();
        for (position, file) in defaults.iter().enumerate() {
            Reader::new(file, position, &mut schema, &mut errors).read();
        }
        if errors.is_empty() {
            return Ok(schema);
        }
        errors.sort();
        Err(errors)
    }

    pub(super) fn key(&self, path: &KeyPath) -> Option<&Key> {
        self.keys.get(&path.template())
    }

    pub(super) fn section(&self, path: &KeyPath) -> Option<&Section> {
        self.sections.get(&path.template())
    }

    /// Whether keys can stand under it: a table, or an element of a list.
    pub(super) fn is_table(&self, path: &KeyPath) -> bool {
        match self.section(path) {
            Some(section) => !section.is_list,
            None => path.last_name().is_none() && self.is_list(&path.parent()),
        }
    }

    pub(super) fn is_list(&self, path: &KeyPath) -> bool {
        self.section(path).is_some_and(|section| section.is_list)
    }

    pub(super) fn is_secret(&self, path: &KeyPath) -> bool {
        self.key(path).is_some_and(|key| key.secret)
    }
}

/// Reads one defaults file into the schema.
struct Reader<'a> {
    file: &'a Defaults,
    position: usize,
    text: String,
    schema: &'a mut Schema,
    errors: &'a mut ConfigErrors,
}

impl<'a> Reader<'a> {
    fn new(
        file: &'a Defaults,
        position: usize,
        schema: &'a mut Schema,
        errors: &'a mut ConfigErrors,
    ) -> Self {
        let text = file
            .text
            .lines()
            .map(without_template_mark)
            .collect::<Vec<_>>()
            .join("\n");
        Self {
            file,
            position,
            text,
            schema,
            errors,
        }
    }

    fn read(mut self) {
        let text = std::mem::take(&mut self.text);
        let (table, faults) = DeTable::parse_recoverable(&text);
        self.text.clone_from(&text);
        for fault in faults {
            let line = source::line_of(&text, fault.span().map_or(0, |span| span.start));
            self.refuse("", line, fault.message());
        }
        self.table(&KeyPath::default(), table.get_ref());
    }

    fn table(&mut self, path: &KeyPath, table: &DeTable<'_>) {
        for (name, value) in table {
            let path = path.with_name(name.get_ref());
            let line = source::line_of(&self.text, name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) => {
                    self.section(&path, line, false);
                    self.table(&path, inner);
                }
                DeValue::Array(items) => match items.first().map(Spanned::get_ref) {
                    Some(DeValue::Table(element)) => {
                        self.section(&path, line, true);
                        self.table(&path.with_index(0), element);
                    }
                    _ => self.key(path, line, value.get_ref()),
                },
                _ => self.key(path, line, value.get_ref()),
            }
        }
    }

    fn section(&mut self, path: &KeyPath, line: usize, is_list: bool) {
        let (doc, _) = self.comment_above(line);
        let order = (self.position, line);
        let section = Section {
            is_list,
            doc,
            order,
        };
        self.schema.sections.entry(path.clone()).or_insert(section);
    }

    fn key(&mut self, path: KeyPath, line: usize, default: &DeValue<'_>) {
        let (doc, marks) = self.comment_above(line);
        let default = match source::plain(default) {
            Ok(default) => default,
            Err(problem) => return self.refuse(&path.to_string(), line, problem),
        };
        let Some(kind) = Kind::of_default(&default) else {
            return self.refuse(
                &path.to_string(),
                line,
                "has a default of a kind unknown here",
            );
        };
        let mut key = Key {
            kind,
            default,
            secret: path.last_name().is_some_and(sounds_secret),
            required: false,
            one_of: Vec::new(),
            doc,
            origin: Origin::Default {
                name: self.file.name,
                line,
            },
            order: (self.position, line),
        };
        for mark in marks {
            match Mark::read(&mark) {
                Some(Mark::Secret) => key.secret = true,
                Some(Mark::Public) => key.secret = false,
                Some(Mark::Required) => key.required = true,
                Some(Mark::Kind(kind)) => key.kind = kind,
                Some(Mark::OneOf(texts)) => key.one_of = texts,
                None => self.refuse(&path.to_string(), line, &format!("unknown mark @{mark}")),
            }
        }
        if let Some(other) = self.schema.keys.get(&path) {
            let problem = format!("has a default already, see {}", other.origin);
            return self.refuse(&path.to_string(), line, &problem);
        }
        self.schema.keys.insert(path, key);
    }

    /// The comment directly above `line`: its documentation and the texts of its marks.
    fn comment_above(&self, line: usize) -> (String, Vec<String>) {
        let lines: Vec<&str> = self.text.lines().take(line.saturating_sub(1)).collect();
        let comment = lines
            .iter()
            .rev()
            .map_while(|text| text.trim_start().strip_prefix('#'));
        let mut doc: Vec<&str> = Vec::new();
        let mut marks = Vec::new();
        for text in comment.map(str::trim) {
            match text.strip_prefix('@') {
                Some(mark) => marks.push(mark.to_owned()),
                None => doc.push(text),
            }
        }
        doc.reverse();
        marks.reverse();
        (doc.join("\n"), marks)
    }

    fn refuse(&mut self, key: &str, line: usize, problem: &str) {
        let origin = Origin::Default {
            name: self.file.name,
            line,
        };
        self.errors.push(ConfigError::new(key, origin, problem));
    }
}

/// `#: key = 1` describes an element of a list; for reading, it is `key = 1`.
fn without_template_mark(line: &str) -> &str {
    line.strip_prefix("#:")
        .map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest))
}

/// A key that nobody marked is secret when its name sounds so: better one mask too many.
fn sounds_secret(name: &str) -> bool {
    ["secret", "password", "token", "key"]
        .iter()
        .any(|word| name.contains(word))
}
