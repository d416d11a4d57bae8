//! Draws an explanation: a line a part, further in the deeper it is.

use nightlatch_engine::{Explanation, Reason, ReasonKind, Seen};
use serde_json::Value;

use crate::terminal::{self, Terminal, harmless};

/// A longer text is cut, in characters.
const LONGEST_TEXT: usize = 160;
/// A longer value is cut, in characters.
const LONGEST_VALUE: usize = 80;

/// Draws the condition, `indent` in.
pub(super) fn draw(terminal: Terminal, explanation: &Explanation, indent: usize) -> Vec<String> {
    let mut tree = Tree {
        terminal,
        lines: Vec::new(),
    };
    tree.part(&explanation.condition, indent);
    tree.lines
}

struct Tree {
    terminal: Terminal,
    lines: Vec<String>,
}

impl Tree {
    fn part(&mut self, reason: &Reason, indent: usize) {
        let (what, seen) = match &reason.kind {
            ReasonKind::And { .. } => ("all of".to_owned(), None),
            ReasonKind::Or { .. } => ("one of".to_owned(), None),
            ReasonKind::Not { .. } => ("not".to_owned(), None),
            ReasonKind::Macro { name, .. } => (name.clone(), None),
            ReasonKind::Check { left, right } => {
                let seen = sides(left, right.as_ref());
                (cut(&reason.text, LONGEST_TEXT), Some(seen))
            }
        };
        let mark = self.mark(reason.holds);
        let mut line = format!("{}{mark} {}", " ".repeat(indent), harmless(&what));
        if let Some(seen) = seen {
            line.push_str("  ");
            line.push_str(&self.terminal.paint(terminal::INFO, &harmless(&seen)));
        }
        self.lines.push(line);
        let parts = match &reason.kind {
            ReasonKind::And { parts } | ReasonKind::Or { parts } => parts.as_slice(),
            ReasonKind::Not { part } | ReasonKind::Macro { part, .. } => {
                std::slice::from_ref(&**part)
            }
            ReasonKind::Check { .. } => &[],
        };
        for part in parts {
            self.part(part, indent + 2);
        }
    }

    /// A sign in colour for people, a word for whatever else reads it.
    fn mark(&self, holds: bool) -> String {
        match (self.terminal.is_coloured(), holds) {
            (true, true) => self.terminal.paint(terminal::TITLE, "✓"),
            (true, false) => self.terminal.paint(terminal::HIGH, "✗"),
            (false, true) => "yes".to_owned(),
            (false, false) => "no ".to_owned(),
        }
    }
}

fn sides(left: &Seen, right: Option<&Seen>) -> String {
    match right {
        None => side(left),
        Some(right) => format!("{}; {} {}", side(left), right.text, side(right)),
    }
}

fn side(seen: &Seen) -> String {
    let value = value(seen.value.as_ref());
    let of = seen.of.iter();
    let of: Vec<String> = of
        .map(|(field, of)| format!("{field} {}", self::value(of.as_ref())))
        .collect();
    if of.is_empty() || seen.of.iter().all(|(_, of)| *of == seen.value) {
        return value;
    }
    format!("{value} ({})", of.join(", "))
}

fn value(value: Option<&Value>) -> String {
    match value {
        None => "is absent".to_owned(),
        Some(value) => format!("is {}", cut(&value.to_string(), LONGEST_VALUE)),
    }
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
