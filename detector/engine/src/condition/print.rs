//! Writes a syntax tree as text. Read again, the text gives the same tree; `{:#}` writes Falco's
//! canonical form, which drops quotes that can be needed.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Check, Expr, Node, Operand, OperandKind, Right, Word};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::And(parts) => series(f, " and ", parts),
            Node::Or(parts) => series(f, " or ", parts),
            // `not not a` would be read as `a`.
            Node::Not(inner) if matches!(inner.node, Node::Not(_)) && !f.alternate() => {
                write!(f, "not ({inner})")
            }
            Node::Not(inner) => {
                f.write_str("not ")?;
                Display::fmt(inner, f)
            }
            Node::Macro(name) => f.write_str(name),
            Node::Check(check) => Display::fmt(check, f),
        }
    }
}

impl Display for Check {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.left, f)?;
        write!(f, " {}", self.operator.symbol())?;
        if let Some(modifier) = self.modifier {
            write!(f, " {}", modifier.symbol())?;
        }
        match &self.right {
            Right::None => Ok(()),
            Right::Value(value) => {
                f.write_char(' ')?;
                Display::fmt(value, f)
            }
            Right::List(values, _) => {
                f.write_char(' ')?;
                parenthesised(f, ", ", values)
            }
            Right::Operand(operand) => {
                f.write_char(' ')?;
                Display::fmt(operand, f)
            }
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let separator = if f.alternate() { "," } else { ", " };
        let argument = match &self.kind {
            OperandKind::List(items) => return parenthesised(f, separator, items),
            OperandKind::Literal(word) => return Display::fmt(word, f),
            OperandKind::Field(name, argument) => {
                f.write_str(name)?;
                argument
            }
            OperandKind::Transform(transformer, items, argument) => {
                f.write_str(transformer.symbol())?;
                parenthesised(f, separator, items)?;
                argument
            }
        };
        match argument {
            Some(argument) if argument.bytes.is_empty() => f.write_str("[\"\"]"),
            Some(argument) => {
                f.write_char('[')?;
                Display::fmt(argument, f)?;
                f.write_char(']')
            }
            None => Ok(()),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let quote = if f.alternate() {
            let special = |byte: &u8| {
                matches!(
                    byte,
                    8 | 9 | 10 | 12 | 13 | b' ' | b'=' | b'\\' | b'"' | b'\'' | 0
                )
            };
            self.bytes.iter().any(special)
        } else {
            self.quoted
        };
        if !quote {
            return f.write_str(&self.text());
        }
        f.write_char('"')?;
        for chunk in self.bytes.utf8_chunks() {
            chunk.valid().chars().try_for_each(|c| escaped(f, c))?;
            chunk
                .invalid()
                .iter()
                .try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
        }
        f.write_char('"')
    }
}

fn escaped(f: &mut Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '\u{8}' => f.write_str("\\b"),
        '\u{c}' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\\' if f.alternate() => f.write_str("\\\\"),
        // Not `\\`: a quote after it would count as escaped.
        '\\' => f.write_str("\\x5c"),
        '"' => f.write_str("\\\""),
        c => f.write_char(c),
    }
}

fn series(f: &mut Formatter<'_>, separator: &str, parts: &[Expr]) -> fmt::Result {
    parenthesised(f, separator, parts)
}

fn parenthesised<T: Display>(f: &mut Formatter<'_>, separator: &str, parts: &[T]) -> fmt::Result {
    f.write_char('(')?;
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        Display::fmt(part, f)?;
    }
    f.write_char(')')
}
