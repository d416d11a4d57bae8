//! Lays a condition out: on one line, or with `and` and `or` at the starts of lines, deeper ones
//! further in.

use crate::condition::ast::{Check, Expr, Node, Right, Span};
use crate::condition::outline::one_line;
use crate::condition::parse::parse;

/// How far in a level stands.
const STEP: usize = 2;

/// A condition, read.
pub(super) struct Layout<'t> {
    text: &'t str,
    expr: Expr,
}

impl<'t> Layout<'t> {
    /// Reads a condition; `None` when it is only a part of one, or breaks lines within quotes.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let layout = Self {
            text,
            expr: parse(text).ok()?,
        };
        let flat = layout.flat();
        (!flat.contains(['\n', '\r'])).then_some(layout)
    }

    /// The condition on one line.
    pub(super) fn flat(&self) -> String {
        self.series(&self.expr)
    }

    /// The condition on lines of at most `width` characters, as far as possible.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let mut lines = Lines {
            layout: self,
            width,
            done: Vec::new(),
        };
        lines.put_series(&self.expr, 0, "", "");
        lines.done
    }

    fn series(&self, expr: &Expr) -> String {
        let join = |parts: &[Expr], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.part(part)).collect();
            parts.join(word)
        };
        match &expr.node {
            Node::And(parts) => join(parts, " and "),
            Node::Or(parts) => join(parts, " or "),
            _ => self.part(expr),
        }
    }

    fn part(&self, expr: &Expr) -> String {
        match &expr.node {
            Node::And(_) | Node::Or(_) => format!("({})", self.series(expr)),
            Node::Not(inner) if matches!(inner.node, Node::Not(_)) => {
                format!("not ({})", self.part(inner))
            }
            Node::Not(inner) => format!("not {}", self.part(inner)),
            Node::Macro(name) => name.clone(),
            Node::Check(check) => self.check(check),
        }
    }

    fn check(&self, check: &Check) -> String {
        let head = self.head(check);
        match &check.right {
            Right::None => head,
            Right::Value(word) => format!("{head} {}", self.written(word.span)),
            Right::List(words, _) => {
                let words: Vec<String> = words.iter().map(|word| self.written(word.span)).collect();
                format!("{head} ({})", words.join(", "))
            }
            Right::Operand(operand) => format!("{head} {}", self.written(operand.span)),
        }
    }

    /// The left side and the operator.
    fn head(&self, check: &Check) -> String {
        let mut head = format!(
            "{} {}",
            self.written(check.left.span),
            check.operator.symbol()
        );
        if let Some(modifier) = check.modifier {
            head.push(' ');
            head.push_str(modifier.symbol());
        }
        head
    }

    fn written(&self, span: Span) -> String {
        one_line(self.text.get(span.start..span.end).unwrap_or_default())
    }
}

struct Lines<'l> {
    layout: &'l Layout<'l>,
    width: usize,
    done: Vec<String>,
}

impl Lines<'_> {
    /// Writes a condition without parentheses around it.
    fn put_series(&mut self, expr: &Expr, depth: usize, before: &str, behind: &str) {
        let flat = format!("{before}{}{behind}", self.layout.series(expr));
        let (parts, word) = match &expr.node {
            Node::And(parts) => (parts, "and "),
            Node::Or(parts) => (parts, "or "),
            _ => return self.put(expr, depth, before, behind),
        };
        if self.fits(&flat, depth) {
            return self.push(&flat, depth);
        }
        let last = parts.len().saturating_sub(1);
        for (at, part) in parts.iter().enumerate() {
            let behind = if at == last { behind } else { "" };
            // The first part is on the line of what stands before it.
            match at {
                0 if before.is_empty() => self.put(part, depth, "", behind),
                0 => self.put(part, depth.saturating_sub(1), before, behind),
                _ => self.put(part, depth, word, behind),
            }
        }
    }

    /// Writes a part of a condition.
    fn put(&mut self, expr: &Expr, depth: usize, before: &str, behind: &str) {
        let flat = format!("{before}{}{behind}", self.layout.part(expr));
        if self.fits(&flat, depth) {
            return self.push(&flat, depth);
        }
        match &expr.node {
            Node::And(_) | Node::Or(_) => {
                let (before, behind) = (format!("{before}("), format!("){behind}"));
                self.put_series(expr, depth + 1, &before, &behind);
            }
            Node::Not(inner) if !matches!(inner.node, Node::Not(_)) => {
                self.put(inner, depth, &format!("{before}not "), behind);
            }
            Node::Check(check) => self.put_check(check, depth, before, behind, &flat),
            _ => self.push(&flat, depth),
        }
    }

    /// Writes a comparison that is too long for a line: a list's values on several.
    fn put_check(&mut self, check: &Check, depth: usize, before: &str, behind: &str, flat: &str) {
        let Right::List(words, _) = &check.right else {
            return self.push(flat, depth);
        };
        let head = self.layout.head(check);
        self.push(&format!("{before}{head} ("), depth);
        let last = words.len().saturating_sub(1);
        let mut line = String::new();
        for (at, word) in words.iter().enumerate() {
            let mut piece = self.layout.written(word.span);
            piece.push_str(if at == last { ")" } else { "," });
            if at == last {
                piece.push_str(behind);
            }
            let longer = format!("{line} {piece}");
            if line.is_empty() {
                line = piece;
            } else if self.fits(&longer, depth + 1) {
                line = longer;
            } else {
                self.push(&line, depth + 1);
                line = piece;
            }
        }
        self.push(&line, depth + 1);
    }

    fn fits(&self, line: &str, depth: usize) -> bool {
        depth * STEP + line.chars().count() <= self.width
    }

    fn push(&mut self, line: &str, depth: usize) {
        self.done
            .push(format!("{}{line}", " ".repeat(depth * STEP)));
    }
}
