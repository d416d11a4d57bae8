//! Settings for people: the effective ones, and the reference of all known keys.

use toml::Value;

use super::error::Origin;
use super::key::KeyPath;
use super::merge::{Setting, Settings, instances};
use super::schema::{Key, Schema};
use super::secret::MASK;

/// The effective settings as TOML, secrets masked; what is not the default says where it is from.
pub(super) fn effective(schema: &Schema, settings: &Settings) -> String {
    let mut blocks = Vec::new();
    for table in tables(schema) {
        let keys = keys_of(schema, &table);
        if keys.is_empty() {
            continue;
        }
        for path in instances(&table, &settings.elements) {
            let assignment = |(template, key): &(&KeyPath, &Key)| {
                let name = template.last_name()?;
                let setting = settings.values.get(&path.with_name(name))?;
                Some(assignment(name, key, setting))
            };
            let lines: Vec<String> = keys.iter().filter_map(assignment).collect();
            blocks.push(format!("{}{}", header(&path), lines.concat()));
        }
    }
    blocks.join("\n")
}

/// Every known key with its documentation, as Markdown.
pub(super) fn reference(schema: &Schema) -> String {
    let mut blocks = Vec::new();
    for table in tables(schema) {
        let keys = keys_of(schema, &table);
        if keys.is_empty() {
            continue;
        }
        let title = header(&table);
        let title = if title.is_empty() {
            "Top level"
        } else {
            title.trim_end()
        };
        blocks.push(format!("## {title}\n"));
        let section = schema
            .section(&table)
            .or_else(|| schema.section(&table.parent()));
        blocks.extend(
            section
                .filter(|s| !s.doc.is_empty())
                .map(|s| format!("{}\n", s.doc)),
        );
        blocks.extend(keys.iter().map(|(path, key)| entry(path, key)));
    }
    blocks.join("\n")
}

fn assignment(name: &str, key: &Key, setting: &Setting) -> String {
    let value = masked(key, &setting.value);
    if matches!(setting.origin, Origin::Default { .. }) {
        return format!("{name} = {value}\n");
    }
    let origin = setting.origin.to_string().replace(char::is_control, " ");
    format!("{name} = {value}  # {origin}\n")
}

fn entry(path: &KeyPath, key: &Key) -> String {
    let kind = match key.one_of.as_slice() {
        [] => key.kind.to_string(),
        texts => format!("one of {}", texts.join(", ")),
    };
    let default = if key.required {
        "required".to_owned()
    } else {
        format!("default `{}`", key.default)
    };
    let file = if key.secret {
        format!(", or the file named by `{path}_file`")
    } else {
        String::new()
    };
    let doc = if key.doc.is_empty() {
        String::new()
    } else {
        format!("{}\n\n", key.doc)
    };
    let variable = path.to_variable();
    format!("### `{path}`\n\n{doc}{kind}; {default}; variable `{variable}`{file}\n")
}

/// The tables in the order of the defaults files, the root first; an element of a list as number 0.
fn tables(schema: &Schema) -> Vec<KeyPath> {
    let mut sections: Vec<_> = schema.sections.iter().collect();
    sections.sort_by_key(|(_, section)| section.order);
    let table = |(path, section): (&KeyPath, &super::schema::Section)| {
        if section.is_list {
            path.with_index(0)
        } else {
            path.clone()
        }
    };
    std::iter::once(KeyPath::default())
        .chain(sections.into_iter().map(table))
        .collect()
}

fn keys_of<'a>(schema: &'a Schema, table: &KeyPath) -> Vec<(&'a KeyPath, &'a Key)> {
    let mut keys: Vec<_> = schema
        .keys
        .iter()
        .filter(|(key, _)| key.parent() == *table)
        .collect();
    keys.sort_by_key(|(_, key)| key.order);
    keys
}

/// The line that opens a table in TOML; the root has none.
fn header(table: &KeyPath) -> String {
    match table.last_name() {
        Some(_) => format!("[{}]\n", table.names()),
        None if table.0.is_empty() => String::new(),
        None => format!("[[{}]]\n", table.names()),
    }
}

/// The value as it may be shown. That of a secret is hidden, unless it is the default, which
/// everybody knows and which tells that none is set.
fn masked(key: &Key, value: &Value) -> Value {
    let is_hidden = key.secret && *value != key.default;
    if is_hidden {
        Value::String(MASK.to_owned())
    } else {
        value.clone()
    }
}
