//! Lays out items, lists and mappings, each comment where it belongs.

use super::super::yaml::{Node, Value};
use super::comment::Comment;
use super::page::Page;
use super::scalar::{self, Laid};
use super::{WIDTH, order};

/// Lays out all items of a file.
pub(super) fn file(page: &Page<'_>, items: &[Node]) -> String {
    let mut lines = Vec::new();
    for item in items {
        let comments = page.before(page.start(item));
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lead(&comments, page.is_apart(item), 0, &mut lines);
        lines.extend(element(page, "", item, 0));
        let rest = page.following(page.end(item), page.dash(item));
        tail(&rest, 2, &mut lines);
    }
    let rest = page.before(usize::MAX);
    if !lines.is_empty() && !rest.is_empty() {
        lines.push(String::new());
    }
    lead(&rest, false, 0, &mut lines);
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Writes the comments that stand before something.
fn lead(comments: &[&Comment], is_apart: bool, indent: usize, lines: &mut Vec<String>) {
    for (at, comment) in comments.iter().enumerate() {
        if at > 0 && comment.apart {
            lines.push(String::new());
        }
        lines.push(format!("{}{}", " ".repeat(indent), comment.text));
    }
    if is_apart && !comments.is_empty() {
        lines.push(String::new());
    }
}

/// Writes the comments that stand behind the last of something.
fn tail(comments: &[&Comment], indent: usize, lines: &mut Vec<String>) {
    for comment in comments {
        lines.push(format!("{}{}", " ".repeat(indent), comment.text));
    }
}

/// Lays out an element of a list, its dash `indent` in. `key` is that of the list; empty at the top.
fn element(page: &Page<'_>, key: &str, node: &Node, indent: usize) -> Vec<String> {
    let is_flow = page.is_flow(node);
    let flat = || brackets(page, node).filter(|flat| is_flow && fits(flat, indent + 2));
    let mut lines = match (&node.value, flat()) {
        (Value::Mapping(pairs), flat) if key.is_empty() || flat.is_none() => {
            return mapping(page, key, pairs, indent);
        }
        (Value::Scalar(..), _) => {
            let comment = page.behind(page.start(node));
            let Laid { head, below } = scalar::lay_out(page, "", node, indent);
            let first = format!("{}{head}", " ".repeat(indent + 2));
            let first = first.trim_end().to_owned();
            let mut lines: Vec<String> = std::iter::once(first).chain(below).collect();
            add(comment, &mut lines);
            lines
        }
        (_, Some(flat)) => vec![format!("{}{flat}", " ".repeat(indent + 2))],
        (_, None) => sequence(page, key, node, indent + 2),
    };
    dash(&mut lines, indent);
    behind(page, node, &mut lines);
    lines
}

/// Puts a dash before what was laid out `indent + 2` in.
fn dash(lines: &mut [String], indent: usize) {
    if let Some(first) = lines.first_mut() {
        let rest = first.get(indent + 2..).unwrap_or_default();
        let dashed = format!("{}- {rest}", " ".repeat(indent));
        dashed.trim_end().clone_into(first);
    }
}

/// Puts the comment that stands behind a value at the end of its first line.
fn behind(page: &Page<'_>, node: &Node, lines: &mut [String]) {
    add(page.behind(page.end(node)), lines);
}

fn add(comment: Option<&Comment>, lines: &mut [String]) {
    if let (Some(comment), Some(first)) = (comment, lines.first_mut()) {
        first.push(' ');
        first.push_str(&comment.text);
    }
}

/// Lays out a mapping whose first key stands behind a dash that is `indent` in.
fn mapping(page: &Page<'_>, of: &str, pairs: &[(Node, Node)], indent: usize) -> Vec<String> {
    let names: Vec<&str> = pairs.iter().filter_map(|(key, _)| key.scalar()).collect();
    let wanted = if of.is_empty() {
        order::of_item(&names)
    } else {
        order::within(of)
    };
    let mut keys = keys(page, pairs, wanted, indent + 2);
    let mut lines = Vec::new();
    // There is no room for a comment between the dash and the key.
    if let Some(first) = keys.first_mut() {
        tail(&std::mem::take(&mut first.comments), indent, &mut lines);
        dash(&mut first.lines, indent);
    }
    for key in keys {
        key.write(indent + 2, &mut lines);
    }
    lines
}

/// A key of a mapping, laid out with its value.
struct Key<'p> {
    name: &'p str,
    comments: Vec<&'p Comment>,
    lines: Vec<String>,
}

impl Key<'_> {
    fn write(self, indent: usize, lines: &mut Vec<String>) {
        tail(&self.comments, indent, lines);
        lines.extend(self.lines);
    }
}

/// Lays out the keys of a mapping `indent` in, in the order that is wanted.
fn keys<'p>(
    page: &'p Page<'_>,
    pairs: &'p [(Node, Node)],
    wanted: &[&str],
    indent: usize,
) -> Vec<Key<'p>> {
    let mut keys: Vec<Key<'_>> = pairs
        .iter()
        .map(|(key, value)| Key {
            name: key.scalar().unwrap_or_default(),
            comments: page.before(key.start),
            lines: pair(page, key, value, indent),
        })
        .collect();
    keys.sort_by_key(|key| {
        let place = wanted.iter().position(|wanted| *wanted == key.name);
        place.unwrap_or(wanted.len())
    });
    keys
}

/// Lays out a key with its value.
fn pair(page: &Page<'_>, key: &Node, value: &Node, indent: usize) -> Vec<String> {
    let column = page.column(key.start);
    let name = key.scalar().unwrap_or_default();
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let written = if !name.is_empty() && name.chars().all(simple) {
        name.to_owned()
    } else {
        page.written(key.start, page.end(key))
    };
    let key_line = format!("{}{written}:", " ".repeat(indent));
    let above = match &value.value {
        Value::Scalar(..) => page.behind(page.end(key)),
        _ => page.between(page.end(key), value.start),
    };
    let Laid { head, below } = match &value.value {
        Value::Scalar(..) => scalar::lay_out(page, name, value, indent),
        Value::Sequence(_) | Value::Mapping(_) => collection(page, key, value, indent),
    };
    let first = format!("{key_line} {head}").trim_end().to_owned();
    let mut lines: Vec<String> = std::iter::once(first).chain(below).collect();
    add(above, &mut lines);
    behind(page, value, &mut lines);
    let rest = page.following(page.end(value), column);
    tail(&rest, indent + 2, &mut lines);
    lines
}

/// Lays out a list or a mapping that is the value of a key.
fn collection(page: &Page<'_>, key: &Node, node: &Node, indent: usize) -> Laid {
    let is_open = page.has_comment_behind(node, page.column(key.start));
    let key = key.scalar().unwrap_or_default();
    let room = indent + key.chars().count() + 2;
    let flat = brackets(page, node).filter(|flat| !is_open && fits(flat, room));
    match (&node.value, flat) {
        (Value::Mapping(pairs), flat) if flat.is_none() || !page.is_flow(node) => {
            let mut below = Vec::new();
            for key in keys(page, pairs, order::within(key), indent + 2) {
                key.write(indent + 2, &mut below);
            }
            Laid {
                head: if pairs.is_empty() { "{}" } else { "" }.to_owned(),
                below,
            }
        }
        (_, Some(flat)) => Laid {
            head: flat,
            below: Vec::new(),
        },
        _ => Laid {
            head: String::new(),
            below: sequence(page, key, node, indent + 2),
        },
    }
}

/// Lays out a list, an element a line, the dashes `indent` in.
fn sequence(page: &Page<'_>, key: &str, node: &Node, indent: usize) -> Vec<String> {
    let Value::Sequence(items) = &node.value else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let comments = page.before(page.start(item));
        if at > 0 && comments.first().is_some_and(|comment| comment.apart) {
            lines.push(String::new());
        }
        lead(&comments, false, indent, &mut lines);
        lines.extend(element(page, key, item, indent));
    }
    if page.is_flow(node) {
        tail(&page.before(page.end(node)), indent, &mut lines);
    }
    lines
}

/// Writes a list or a mapping in brackets on one line; `None` when it cannot be, or has comments.
fn brackets(page: &Page<'_>, node: &Node) -> Option<String> {
    if page.has_comments(node) {
        return None;
    }
    match &node.value {
        Value::Scalar(..) => scalar::in_brackets(page, node),
        Value::Sequence(items) => {
            let is_nested = |item: &Node| matches!(item.value, Value::Mapping(_));
            if !page.is_flow(node) && items.iter().any(is_nested) {
                return None;
            }
            let items: Option<Vec<String>> =
                items.iter().map(|item| brackets(page, item)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Mapping(pairs) => {
            let pair = |(key, value): &(Node, Node)| {
                let (key, value) = (brackets(page, key)?, brackets(page, value)?);
                Some(format!("{key}: {value}"))
            };
            let pairs: Option<Vec<String>> = pairs.iter().map(pair).collect();
            Some(format!("{{{}}}", pairs?.join(", ")))
        }
    }
}

fn fits(flat: &str, indent: usize) -> bool {
    indent + flat.chars().count() <= WIDTH
}
