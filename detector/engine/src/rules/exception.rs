//! The exceptions of a rule: what it must not fire on, as fields, comparisons and values.
//!
//! An exception becomes `and not (…)` behind the rule's condition. Its values are quoted where they
//! need it, so that none of them can be read as anything but a value, save the name of a list.

use super::keys::Keys;
use super::report::Report;
use super::resolve::quoted;
use super::text::{Scalar, Text};
use super::yaml::{Node, Value};
use crate::condition::lex::is_bare;
use crate::condition::operator::{Form, Modifier, Operator};
use crate::diagnostic::Code;

/// An exception as an item writes it.
#[derive(Debug, Clone)]
pub(super) struct ExceptionItem {
    pub(super) name: Scalar,
    pub(super) fields: Option<Node>,
    pub(super) comps: Option<Node>,
    pub(super) values: Vec<Node>,
}

/// An exception of a rule: rows of values for columns of fields.
#[derive(Debug, Clone)]
pub(super) struct Exception {
    pub(super) name: Scalar,
    shape: Shape,
    rows: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Shape {
    /// One field, and a flat list of values.
    One(Column),
    /// Several, and a list of rows.
    Many(Vec<Column>),
}

#[derive(Debug, Clone)]
struct Column {
    field: Scalar,
    comparison: String,
    takes_list: bool,
}

/// Reads the exceptions of an item.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Vec<ExceptionItem>> {
    let Value::Sequence(nodes) = &node.value else {
        report.node(
            Code::WrongType,
            node,
            format!("`exceptions` must be a list, not {}", node.kind()),
        );
        return None;
    };
    let mut items = Vec::new();
    for node in nodes {
        let Some(keys) = Keys::open(node, report) else {
            continue;
        };
        keys.warn_of_others(&["name", "fields", "comps", "values"], report);
        let Some(name) = keys.required("name", report) else {
            continue;
        };
        let values = match keys.get("values").map(|values| (values, &values.value)) {
            None => Vec::new(),
            Some((_, Value::Sequence(values))) => values.clone(),
            Some((node, _)) => {
                report.node(
                    Code::WrongType,
                    node,
                    format!("`values` must be a list, not {}", node.kind()),
                );
                continue;
            }
        };
        let (fields, comps) = (keys.get("fields").cloned(), keys.get("comps").cloned());
        items.push(ExceptionItem {
            name,
            fields,
            comps,
            values,
        });
    }
    Some(items)
}

impl Exception {
    /// Makes a new exception of an item.
    pub(super) fn new(item: ExceptionItem, report: &mut Report<'_>) -> Option<Self> {
        let Some(fields) = &item.fields else {
            let message = format!("the exception `{}` has no `fields`", item.name.value);
            report.scalar(Code::Exception, &item.name, message);
            return None;
        };
        let shape = match &fields.value {
            Value::Scalar(..) => Shape::One(column(fields, item.comps.as_ref(), true, report)?),
            Value::Sequence(fields) => Shape::Many(columns(fields, &item, report)?),
            Value::Mapping(_) => {
                report.node(
                    Code::WrongType,
                    fields,
                    "`fields` must be a field or a list of fields",
                );
                return None;
            }
        };
        let mut exception = Self {
            name: item.name,
            shape,
            rows: Vec::new(),
        };
        exception.extend(item.values, report);
        Some(exception)
    }

    /// Adds values.
    pub(super) fn extend(&mut self, values: Vec<Node>, report: &mut Report<'_>) {
        for value in values {
            if self.fits(&value, report) {
                self.rows.push(value);
            }
        }
    }

    /// Tells whether a value has the shape of the fields.
    fn fits(&self, value: &Node, report: &mut Report<'_>) -> bool {
        match (&self.shape, &value.value) {
            (Shape::One(_), Value::Scalar(..)) => true,
            (Shape::One(_), _) => {
                report.node(
                    Code::Exception,
                    value,
                    "the exception has one field, so its values are single ones",
                );
                false
            }
            (Shape::Many(columns), Value::Sequence(row)) if row.len() == columns.len() => {
                let misfit = columns
                    .iter()
                    .zip(row)
                    .find(|(column, value)| !column.takes(value));
                if let Some((column, value)) = misfit {
                    let message = format!(
                        "`{}` does not compare with {}",
                        column.comparison,
                        value.kind()
                    );
                    report.node(Code::Exception, value, message);
                }
                misfit.is_none()
            }
            (Shape::Many(columns), _) => {
                let message = format!(
                    "expected a list of {} values, one for each field",
                    columns.len()
                );
                report.node(Code::Exception, value, message);
                false
            }
        }
    }

    /// Tells whether it has no values and so no effect.
    pub(super) fn is_idle(&self) -> bool {
        self.rows.is_empty()
    }

    /// The fields it names.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Scalar> {
        let columns = match &self.shape {
            Shape::One(column) => std::slice::from_ref(column),
            Shape::Many(columns) => columns.as_slice(),
        };
        columns.iter().map(|column| &column.field)
    }

    /// Appends the exception to a condition; without values it has no effect.
    pub(super) fn push_to(&self, text: &mut Text) {
        if self.rows.is_empty() {
            return;
        }
        text.push_for(" and not (", &self.name);
        match &self.shape {
            Shape::One(column) => {
                column.push_to(text);
                text.push_for("(", &self.name);
                push_list(&self.rows, text);
                text.push_for(")", &self.name);
            }
            Shape::Many(columns) => {
                for (at, row) in self.rows.iter().enumerate() {
                    text.push_for(if at == 0 { "(" } else { " or (" }, &self.name);
                    push_row(columns, row, text);
                    text.push_for(")", &self.name);
                }
            }
        }
        text.push_for(")", &self.name);
    }
}

/// Appends exceptions to a condition word for word as Falco does: values with a blank get quotes, no
/// character is escaped, and what comes of it is parsed.
pub(super) fn push_as_falco(exceptions: &[Exception], condition: &Text, rule: &Scalar) -> Text {
    let mut text = Text::default();
    text.push_for("(", rule);
    text.append_all(condition);
    text.push_for(")", rule);
    for exception in exceptions.iter().filter(|exception| !exception.is_idle()) {
        let name = &exception.name;
        text.push_for(" and not (", name);
        match &exception.shape {
            Shape::One(column) => {
                text.push_for(
                    &format!("{} {} (", column.field.value, column.comparison),
                    name,
                );
                push_values(&exception.rows, name, &mut text);
                text.push_for(")", name);
            }
            Shape::Many(columns) => {
                for (at, row) in exception.rows.iter().enumerate() {
                    text.push_for(if at == 0 { "(" } else { " or (" }, name);
                    push_row_as_falco(columns, row, &mut text);
                    text.push_for(")", name);
                }
            }
        }
        text.push_for(")", name);
    }
    text
}

fn push_row_as_falco(columns: &[Column], row: &Node, text: &mut Text) {
    let Value::Sequence(values) = &row.value else {
        return;
    };
    for (at, (column, value)) in columns.iter().zip(values).enumerate() {
        let and = if at > 0 { " and " } else { "" };
        let words = format!("{and} {} {} ", column.field.value, column.comparison);
        text.push_for(&words, &column.field);
        match (&value.value, Scalar::of(value)) {
            (Value::Sequence(items), _) => {
                text.push_for("(", &column.field);
                push_values(items, &column.field, text);
                text.push_for(")", &column.field);
            }
            (_, Some(scalar)) if column.takes_list && !scalar.value.starts_with('(') => {
                text.push_for(&format!("({})", scalar.value), &scalar);
            }
            (_, Some(scalar)) if column.takes_list => text.push(&scalar),
            (_, Some(scalar)) => text.push_for(&quoted(&scalar.value), &scalar),
            (_, None) => {}
        }
    }
}

fn push_values(items: &[Node], for_scalar: &Scalar, text: &mut Text) {
    for (at, scalar) in items.iter().filter_map(Scalar::of).enumerate() {
        if at > 0 {
            text.push_for(", ", for_scalar);
        }
        text.push_for(&quoted(&scalar.value), &scalar);
    }
}

impl Column {
    /// Tells whether a value can stand on the right: a single one, or for an operator of lists
    /// several.
    fn takes(&self, value: &Node) -> bool {
        match &value.value {
            Value::Scalar(..) => true,
            Value::Sequence(items) => {
                self.takes_list && items.iter().all(|item| item.scalar().is_some())
            }
            Value::Mapping(_) => false,
        }
    }

    fn push_to(&self, text: &mut Text) {
        text.push(&self.field);
        text.push_for(&format!(" {} ", self.comparison), &self.field);
    }
}

fn columns(fields: &[Node], item: &ExceptionItem, report: &mut Report<'_>) -> Option<Vec<Column>> {
    let comps = match item.comps.as_ref().map(|comps| (comps, &comps.value)) {
        None => None,
        Some((_, Value::Sequence(comps))) if comps.len() == fields.len() => Some(comps),
        Some((comps, _)) => {
            let message = format!(
                "`comps` must be a list of {}, one for each field",
                fields.len()
            );
            report.node(Code::Exception, comps, message);
            return None;
        }
    };
    let columns: Vec<Option<Column>> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| column(field, comps.and_then(|comps| comps.get(at)), false, report))
        .collect();
    columns.into_iter().collect()
}

fn column(
    field: &Node,
    comp: Option<&Node>,
    alone: bool,
    report: &mut Report<'_>,
) -> Option<Column> {
    let Some(field) = Scalar::of(field) else {
        report.node(
            Code::Exception,
            field,
            format!("expected a field, found {}", field.kind()),
        );
        return None;
    };
    let default = if alone { "in" } else { "=" };
    let text = match comp.map(|comp| (comp, comp.scalar())) {
        None => default,
        Some((_, Some(text))) => text,
        Some((comp, None)) => {
            report.node(
                Code::Exception,
                comp,
                format!("expected a comparison, found {}", comp.kind()),
            );
            return None;
        }
    };
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let takes_list = match *words.as_slice() {
        [operator] => Operator::read(operator).map(|operator| operator.form() == Form::List),
        [operator, modifier] => {
            let modifies = Modifier::ALL.iter().any(|known| known.symbol() == modifier);
            let operator =
                Operator::read(operator).filter(|operator| operator.form() == Form::Value);
            operator.filter(|_| modifies).map(|_| true)
        }
        _ => None,
    };
    match (takes_list, comp) {
        (Some(takes_list), _) if takes_list || !alone => Some(Column {
            field,
            comparison: words.join(" "),
            takes_list,
        }),
        (Some(_), Some(comp)) => {
            let message =
                "an exception of one field needs `in`, `intersects`, `pmatch` or a modifier";
            report.node(Code::Exception, comp, message);
            None
        }
        (_, comp) => {
            let message = format!("`{text}` is no comparison");
            match comp {
                Some(comp) => report.node(Code::Exception, comp, message),
                None => report.scalar(Code::Exception, &field, message),
            }
            None
        }
    }
}

fn push_row(columns: &[Column], row: &Node, text: &mut Text) {
    let Value::Sequence(values) = &row.value else {
        return;
    };
    for (at, (column, value)) in columns.iter().zip(values).enumerate() {
        if at > 0 {
            text.push_for(" and ", &column.field);
        }
        column.push_to(text);
        match &value.value {
            Value::Sequence(items) => {
                text.push_for("(", &column.field);
                push_list(items, text);
                text.push_for(")", &column.field);
            }
            Value::Scalar(..) | Value::Mapping(_) => {
                let Some(scalar) = Scalar::of(value) else {
                    continue;
                };
                let is_list = scalar.value.starts_with('(') && scalar.value.ends_with(')');
                match (column.takes_list, is_list) {
                    (true, true) => text.push(&scalar),
                    (true, false) => text.push_for(&format!("({})", word(&scalar.value)), &scalar),
                    (false, _) => text.push_for(&word(&scalar.value), &scalar),
                }
            }
        }
    }
}

fn push_list(items: &[Node], text: &mut Text) {
    let scalars = items.iter().filter_map(Scalar::of);
    for (at, scalar) in scalars.enumerate() {
        if at > 0 {
            text.push_for(", ", &scalar);
        }
        text.push_for(&word(&scalar.value), &scalar);
    }
}

/// Writes a value so that a condition reads it as one value: as it is, or in quotes. One that
/// stands in quotes already is left alone.
fn word(value: &str) -> String {
    if is_bare(value) {
        return value.to_owned();
    }
    let in_quotes = |quote: char| {
        let inside = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inside.is_some_and(|inside| !inside.contains(quote) && !inside.ends_with('\\'))
    };
    if in_quotes('"') || in_quotes('\'') {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\x5c"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
