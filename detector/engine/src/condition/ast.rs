//! The syntax tree of a condition. Each node knows where it was written; `print` writes it back.

use super::operator::{Modifier, Operator, Transformer};

/// A place in one of the texts that a rule is made of: which text, and bytes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Which text.
    pub text: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A condition or a part of one.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Where it stands.
    pub span: Span,
    /// The macros that it was put in for, the innermost first, each with the place of its name.
    pub stands_for: Vec<(String, Span)>,
}

impl Expr {
    pub(crate) fn new(node: Node, span: Span) -> Self {
        Self {
            node,
            span,
            stands_for: Vec::new(),
        }
    }
}

/// The kinds of conditions.
#[derive(Debug, Clone)]
pub enum Node {
    /// All of them hold.
    And(Vec<Expr>),
    /// One of them holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// The condition of this name holds.
    Macro(String),
    /// A field is compared.
    Check(Box<Check>),
}

/// One comparison.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is compared.
    pub left: Operand,
    /// How.
    pub operator: Operator,
    /// How many of the values on the right must satisfy it.
    pub modifier: Option<Modifier>,
    /// Where the operator and its modifier stand.
    pub operator_span: Span,
    /// With what.
    pub right: Right,
}

/// The right side of a comparison.
#[derive(Debug, Clone)]
pub enum Right {
    /// Nothing: `exists`.
    None,
    /// One value.
    Value(Word),
    /// A list of values in parentheses.
    List(Vec<Word>, Span),
    /// Another field's value: `val(…)` or a transformer.
    Operand(Operand),
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The value, its escapes resolved; bytes, since `\xHH` may write any.
    pub bytes: Vec<u8>,
    /// Whether it stands in quotes. One that does never names a list.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Word {
    /// The value as text, for names and messages.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// Something that has a value in an event.
#[derive(Debug, Clone)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of operands.
#[derive(Debug, Clone)]
pub enum OperandKind {
    /// A field with its argument.
    Field(String, Option<Word>),
    /// A transformer with what it is applied to, and its argument.
    Transform(Transformer, Vec<Operand>, Option<Word>),
    /// Several operands, within a transformer.
    List(Vec<Operand>),
    /// A value written out, within a transformer.
    Literal(Word),
}
