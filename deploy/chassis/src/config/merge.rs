//! Lays the sources over one another and checks every value on the way.
//!
//! Nothing stops at the first error: what is wrong is collected, and the rest goes on.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, ConfigErrors, Origin};
use super::key::{KeyPath, Step};
use super::schema::{Key, Schema};
use super::suggest::unknown;
use super::{ENV_PREFIX, Sources, kubernetes, source};

/// A setting with a file of its own ends in this: `…SECRET_FILE`.
const FILE_SUFFIX: &str = "_file";

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) origin: Origin,
    /// Whether it was read from a file that the source names.
    by_file: bool,
}

/// Merges the sources; returns the settings and each element of a list with its origin.
pub(super) fn merge(schema: &Schema, sources: &Sources) -> Result<Settings, ConfigErrors> {
    let mut merge = Merge {
        schema,
        settings: Settings::default(),
        errors: ConfigErrors::default(),
    };
    let is_whole = sources.file.as_deref().is_none_or(|path| merge.file(path));
    merge.environment(&sources.env);
    merge.flags(&sources.flags);
    merge.fill_defaults(is_whole);
    if merge.errors.is_empty() {
        return Ok(merge.settings);
    }
    merge.errors.sort();
    Err(merge.errors)
}

/// Every setting that has a value, by its key.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) values: BTreeMap<KeyPath, Setting>,
    /// The elements of lists of tables, and where each was first named.
    pub(super) elements: BTreeMap<KeyPath, Origin>,
}

struct Merge<'a> {
    schema: &'a Schema,
    settings: Settings,
    errors: ConfigErrors,
}

/// A value as a source gives it.
enum Given {
    /// Text of a variable, a flag or a file, to be read as the key wants it.
    Text(String),
    /// A value of the configuration file, which has a type already.
    Typed(Value),
}

impl Merge<'_> {
    /// Returns false when some of the file could not be understood, so that what is missing
    /// elsewhere may have stood there.
    fn file(&mut self, path: &Path) -> bool {
        let origin = |line| Origin::File {
            path: path.to_owned(),
            line,
        };
        let text = match source::read_text(path) {
            Ok(text) => text,
            Err(problem) => {
                self.errors.push(ConfigError::new("", origin(0), problem));
                return false;
            }
        };
        let (table, faults) = DeTable::parse_recoverable(&text);
        for fault in &faults {
            let line = source::line_of(&text, fault.span().map_or(0, |span| span.start));
            let advice = "see https://toml.io for how it is written";
            let error = ConfigError::new("", origin(line), fault.message().trim());
            self.errors.push(error.advise(advice));
        }
        self.table(&KeyPath::default(), table.get_ref(), &|offset| {
            origin(source::line_of(&text, offset))
        });
        faults.is_empty()
    }

    fn table(&mut self, path: &KeyPath, table: &DeTable<'_>, origin_at: &dyn Fn(usize) -> Origin) {
        for (name, value) in table {
            let path = path.with_name(name.get_ref());
            let origin = origin_at(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if self.schema.is_table(&path) => {
                    self.table(&path, inner, origin_at);
                }
                DeValue::Array(items) if self.schema.is_list(&path) => {
                    for (index, item) in items.iter().enumerate() {
                        let path = path.with_index(index);
                        let origin = origin_at(item.span().start);
                        self.note_elements(&path, &origin);
                        match item.get_ref() {
                            DeValue::Table(inner) => self.table(&path, inner, origin_at),
                            _ => self.refuse(&path, origin, "must be a table", ""),
                        }
                    }
                }
                value => match source::plain(value) {
                    Ok(value) => self.assign(&path, Given::Typed(value), origin),
                    Err(problem) => self.refuse(&path, origin, problem, ""),
                },
            }
        }
    }

    fn environment(&mut self, env: &BTreeMap<String, String>) {
        for (variable, text) in env {
            let Some(rest) = variable.strip_prefix(ENV_PREFIX) else {
                continue;
            };
            let path = KeyPath::variable(rest);
            let is_known = key_or_file(self.schema, &path).is_some();
            if !is_known && kubernetes::describes_a_service(rest, text) {
                continue;
            }
            let origin = Origin::Env {
                variable: variable.clone(),
            };
            self.assign(&path, Given::Text(text.clone()), origin);
        }
    }

    fn flags(&mut self, flags: &[(String, String)]) {
        for (key, text) in flags {
            let origin = Origin::Flag { key: key.clone() };
            self.assign(&KeyPath::dotted(key), Given::Text(text.clone()), origin);
        }
    }

    /// Gives the key its value, the key's own or that of the file which `…_file` names.
    fn assign(&mut self, path: &KeyPath, given: Given, origin: Origin) {
        let schema = self.schema;
        if let Some(key) = schema.key(path) {
            return self.set(path, key, given, origin, false);
        }
        let Some((path, key)) = key_or_file(schema, path) else {
            if self.schema.is_list(path) || self.schema.is_table(path) {
                let is_list = self.schema.is_list(path);
                let wanted = if is_list {
                    "a list of tables"
                } else {
                    "a table"
                };
                let advice = format!("set the keys within it, such as {}", self.example(path));
                return self.refuse(path, origin, &format!("is {wanted}, no value"), &advice);
            }
            return self.errors.push(unknown(self.schema, path, origin));
        };
        let name = match given {
            Given::Text(name) | Given::Typed(Value::String(name)) => name,
            Given::Typed(_) => return self.refuse(&path, origin, "must name a file", ""),
        };
        match source::read_text(Path::new(name.trim())) {
            Ok(text) => self.set(
                &path,
                key,
                Given::Text(text.trim().to_owned()),
                origin,
                true,
            ),
            Err(problem) => {
                let problem = format!("its file {:?} {problem}", name.trim());
                self.refuse(
                    &path,
                    origin,
                    &problem,
                    "name a file that holds only the value",
                );
            }
        }
    }

    fn set(&mut self, path: &KeyPath, key: &Key, given: Given, origin: Origin, by_file: bool) {
        self.note_elements(path, &origin);
        if let Some(old) = self.settings.values.get(path)
            && old.by_file != by_file
            && is_same_layer(&old.origin, &origin)
        {
            let problem = format!("is given by {} as well", old.origin);
            return self.refuse(
                path,
                origin,
                &problem,
                "give the value or its file, not both",
            );
        }
        let value = match given {
            Given::Text(text) => key.read(&text),
            Given::Typed(value) => key.check(value),
        };
        match value {
            Ok(value) => {
                self.settings.values.insert(
                    path.clone(),
                    Setting {
                        value,
                        origin,
                        by_file,
                    },
                );
            }
            Err(problem) => self.refuse(path, origin, &problem, ""),
        }
    }

    fn note_elements(&mut self, path: &KeyPath, origin: &Origin) {
        for element in path.elements() {
            self.settings
                .elements
                .entry(element)
                .or_insert_with(|| origin.clone());
        }
    }

    /// Gives each key without a value its default, and refuses what is still missing.
    fn fill_defaults(&mut self, is_whole: bool) {
        self.refuse_gaps();
        for (template, key) in &self.schema.keys {
            for path in instances(template, &self.settings.elements) {
                let setting = self
                    .settings
                    .values
                    .entry(path.clone())
                    .or_insert_with(|| Setting {
                        value: key.default.clone(),
                        origin: key.origin.clone(),
                        by_file: false,
                    });
                let is_missing = key.required && setting.value == key.default;
                if is_missing && is_whole {
                    let owner = path.elements().last();
                    let origin = owner.and_then(|element| self.settings.elements.get(&element));
                    let origin = origin.cloned().unwrap_or(Origin::Nowhere);
                    let advice = format!("set it to {}", key.kind);
                    let error = ConfigError::new(path.to_string(), origin, "is required");
                    self.errors.push(error.advise(advice));
                }
            }
        }
    }

    fn refuse_gaps(&mut self) {
        let mut gaps = Vec::new();
        for (element, origin) in &self.settings.elements {
            if let Some(Step::Index(index)) = element.0.last()
                && let Some(before) = index.checked_sub(1)
                && !self
                    .settings
                    .elements
                    .contains_key(&element.parent().with_index(before))
            {
                gaps.push((
                    element.clone(),
                    origin.clone(),
                    element.parent().with_index(before),
                ));
            }
        }
        for (element, origin, before) in gaps {
            let problem = format!("is given, but there is no {before}");
            self.refuse(
                &element,
                origin,
                &problem,
                "number the elements from 0 without a gap",
            );
        }
    }

    /// A key within the table or list at `path`.
    fn example(&self, path: &KeyPath) -> String {
        let template = path.template();
        let mut keys = self
            .schema
            .keys
            .keys()
            .filter(|key| key.starts_with(&template));
        keys.next().map(ToString::to_string).unwrap_or_default()
    }

    fn refuse(&mut self, path: &KeyPath, origin: Origin, problem: &str, advice: &str) {
        let error = ConfigError::new(path.to_string(), origin, problem);
        self.errors.push(error.advise(advice));
    }
}

/// The known key that `path` names, or whose file it names.
fn key_or_file<'s>(schema: &'s Schema, path: &KeyPath) -> Option<(KeyPath, &'s Key)> {
    if let Some(key) = schema.key(path) {
        return Some((path.clone(), key));
    }
    let name = path.last_name()?.strip_suffix(FILE_SUFFIX)?;
    let path = path.parent().with_name(name);
    schema.key(&path).map(|key| (path, key))
}

fn is_same_layer(one: &Origin, other: &Origin) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The keys that `template` stands for: one for each element of the lists that it passes through.
pub(super) fn instances(template: &KeyPath, elements: &BTreeMap<KeyPath, Origin>) -> Vec<KeyPath> {
    let mut paths = vec![KeyPath::default()];
    for step in &template.0 {
        paths = match step {
            Step::Name(_) => paths.iter().map(|path| path.with(step.clone())).collect(),
            Step::Index(_) => elements
                .keys()
                .filter(|element| {
                    element.last_name().is_none() && paths.contains(&element.parent())
                })
                .cloned()
                .collect(),
        };
    }
    paths
}
