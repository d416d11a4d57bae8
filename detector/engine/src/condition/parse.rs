//! The parser: recursive descent over this grammar, which is Falco's.
//!
//! ```text
//! or       = and { "or" ( blank and | "(" or ")" ) }
//! and      = not { "and" ( blank not | "(" or ")" ) }
//! not      = { "not" blank } ( "not(" or ")" | primary )
//! primary  = "(" or ")" | operand check | IDENTIFIER                                     (a macro)
//! operand  = FIELD [ "[" argument "]" ] | TRANSFORMER "(" item { "," item } ")" [ "[" argument "]" ]
//! item     = NUMBER | QUOTED | "(" [ item { "," item } ] ")" | operand          (no list within a list)
//! check    = "exists"
//!          | ( "<=" | "<" | ">=" | ">" ) ( other | NUMBER )
//!          | ( "==" | "=" | "!=" | "glob" | "contains" | … ) ( other | value | modifier ( list | IDENTIFIER ) )
//!          | ( "intersects" | "in" | "pmatch" ) ( list | other | IDENTIFIER )
//! modifier = "oneof" | "anyof" | "allof"
//! other    = "val" "(" FIELD ")" | TRANSFORMER "(" … ")"
//! list     = "(" [ value { "," value } ] ")"
//! value    = QUOTED | BARE            argument = QUOTED | BARE
//! ```
//!
//! Names of operators and transformers are lower case; a transformer's parenthesis follows it at
//! once. Operators that are words of the third line need a blank after them, those of the fourth do
//! not.

use super::ast::{Check, Expr, Node, Operand, Right, Word};
use super::lex::Lexer;
use super::operator::{Form, Modifier, Operator};

mod hint;
mod operand;

/// How deep parentheses may nest.
pub(crate) const MAX_DEPTH: usize = 200;

/// Why a text is no condition: the first thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where, in bytes.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Parses a condition.
pub fn parse(text: &str) -> Result<Expr, SyntaxError> {
    parse_source(text, 0, false)
}

/// Parses a condition whose spans are to name one of several texts, strictly or not.
pub(crate) fn parse_source(text: &str, source: usize, strict: bool) -> Result<Expr, SyntaxError> {
    whole(text, source, strict).map_err(|error| hint::explain(text, error))
}

fn whole(text: &str, source: usize, strict: bool) -> Parsed<Expr> {
    let mut parser = Parser {
        lexer: Lexer::new(text, source),
        depth: 0,
        strict,
    };
    if text.is_empty() {
        return parser.fail("the condition is empty");
    }
    let expr = parser.or()?;
    if parser.lexer.is_at_end() {
        return Ok(expr);
    }
    let last = parser.lexer.last_token().to_owned();
    parser.fail(&format!(
        "unexpected text after `{last}`, expected `and`, `or` or the end"
    ))
}

/// Parses an operand at the start of a text; returns it with its length.
pub(crate) fn parse_operand(text: &str, source: usize) -> Result<(Operand, usize), SyntaxError> {
    let mut parser = Parser {
        lexer: Lexer::new(text, source),
        depth: 0,
        strict: false,
    };
    match parser.operand()? {
        Some(operand) => Ok((operand, parser.lexer.at())),
        None => parser.fail("expected a field or a transformer"),
    }
}

type Parsed<T> = Result<T, SyntaxError>;

struct Parser<'t> {
    lexer: Lexer<'t>,
    depth: usize,
    strict: bool,
}

impl Parser<'_> {
    fn fail<T>(&self, message: &str) -> Parsed<T> {
        Err(SyntaxError {
            at: self.lexer.at(),
            message: message.to_owned(),
            help: None,
        })
    }

    fn fail_with<T>(&self, message: &str, help: String) -> Parsed<T> {
        Err(SyntaxError {
            at: self.lexer.at(),
            message: message.to_owned(),
            help: Some(help),
        })
    }

    /// Goes one parenthesis deeper.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail("parentheses nest too deep")
        } else {
            Ok(())
        }
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.series("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.series("and", Self::not, Node::And)
    }

    fn series(
        &mut self,
        word: &str,
        part: impl Fn(&mut Self) -> Parsed<Expr>,
        join: impl Fn(Vec<Expr>) -> Node,
    ) -> Parsed<Expr> {
        self.lexer.blank();
        let start = self.lexer.at();
        let first = part(self)?;
        let mut parts = Vec::new();
        let mut end = self.lexer.at();
        self.lexer.blank();
        while self.lexer.exactly(word) {
            let next = if self.lexer.blank() {
                part(self)?
            } else if self.lexer.exactly("(") {
                self.embedded()?
            } else {
                return self.fail(&format!("expected a blank or `(` after `{word}`"));
            };
            parts.push(next);
            end = self.lexer.at();
            self.lexer.blank();
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        let span = super::ast::Span {
            end,
            ..self.lexer.span_from(start)
        };
        Ok(Expr::new(join(parts), span))
    }

    fn not(&mut self) -> Parsed<Expr> {
        self.lexer.blank();
        let start = self.lexer.at();
        let mut negated = false;
        while self.lexer.not() {
            negated = !negated;
        }
        let inner = if self.lexer.exactly("not(") {
            negated = !negated;
            self.embedded()?
        } else {
            self.primary()?
        };
        if !negated {
            return Ok(inner);
        }
        let node = Node::Not(Box::new(inner));
        Ok(Expr::new(node, self.lexer.span_from(start)))
    }

    /// What follows an opening parenthesis.
    fn embedded(&mut self) -> Parsed<Expr> {
        self.enter()?;
        self.lexer.blank();
        let inner = self.or()?;
        self.lexer.blank();
        self.closing("expected `)`")?;
        self.depth -= 1;
        Ok(inner)
    }

    fn closing(&mut self, message: &str) -> Parsed<()> {
        if self.lexer.exactly(")") {
            Ok(())
        } else {
            self.fail(message)
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.lexer.blank();
        let start = self.lexer.at();
        if self.lexer.exactly("(") {
            return self.embedded();
        }
        if let Some(left) = self.operand()? {
            let check = self.check(left)?;
            let span = self.lexer.span_from(start);
            return Ok(Expr::new(Node::Check(Box::new(check)), span));
        }
        match self.lexer.identifier() {
            Some(name) => {
                let node = Node::Macro(name.to_owned());
                Ok(Expr::new(node, self.lexer.span_from(start)))
            }
            None => self.fail("expected `(`, a field or the name of a macro"),
        }
    }

    fn check(&mut self, left: Operand) -> Parsed<Check> {
        self.lexer.blank();
        let start = self.lexer.at();
        let Some(operator) = self.operator() else {
            return self.no_operator();
        };
        let mut operator_span = self.lexer.span_from(start);
        operator_span.end = start + operator.symbol().len();
        let mut modifier = None;
        let right = match operator.form() {
            Form::Unary => Right::None,
            Form::Number => self.number_or_other()?,
            Form::List => self.list_or_other()?,
            Form::Value => {
                modifier = self.modifier(operator.needs_blank());
                match modifier {
                    Some(_) => self.list_or_identifier()?,
                    None => self.value_or_other()?,
                }
            }
        };
        Ok(Check {
            left,
            operator,
            modifier,
            operator_span,
            right,
        })
    }

    fn operator(&mut self) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| {
            let mut ahead = self.lexer.clone();
            let found =
                ahead.exactly(operator.symbol()) && (!operator.needs_blank() || ahead.blank());
            if found {
                self.lexer = ahead;
            }
            found
        })
    }

    fn no_operator<T>(&mut self) -> Parsed<T> {
        let all: Vec<&str> = Operator::ALL.into_iter().map(Operator::symbol).collect();
        let help = format!("the operators are {}", all.join(", "));
        self.fail_with("expected an operator", help)
    }

    /// Reads a modifier if a list or a name follows it, which is no `and`, `or` or `not`; else
    /// `oneof` is a value.
    fn modifier(&mut self, had_blank: bool) -> Option<Modifier> {
        let mut ahead = self.lexer.clone();
        if !ahead.blank() && !had_blank {
            return None;
        }
        let is_here = |m: &Modifier| ahead.rest().starts_with(m.symbol());
        let modifier = Modifier::ALL.into_iter().find(is_here)?;
        if !ahead.exactly(modifier.symbol()) || !ahead.blank() {
            return None;
        }
        let rest = ahead.rest();
        let keyword = |word: &&str| {
            let tail = rest.strip_prefix(*word);
            tail.is_some_and(|tail| !tail.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        let list = rest.starts_with('(') || rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if !list || ["and", "or", "not"].iter().any(keyword) {
            return None;
        }
        self.lexer = ahead;
        Some(modifier)
    }

    fn number_or_other(&mut self) -> Parsed<Right> {
        self.lexer.blank();
        if let Some(other) = self.other()? {
            return Ok(Right::Operand(other));
        }
        match self.lexer.number() {
            Some(number) => Ok(Right::Value(number)),
            None => self.fail_with(
                "expected a number",
                "another field is written val(FIELD)".to_owned(),
            ),
        }
    }

    fn value_or_other(&mut self) -> Parsed<Right> {
        self.lexer.blank();
        if let Some(other) = self.other()? {
            return Ok(Right::Operand(other));
        }
        match self.value()? {
            Some(value) => Ok(Right::Value(value)),
            None => self.fail("expected a value"),
        }
    }

    fn list_or_other(&mut self) -> Parsed<Right> {
        self.lexer.blank();
        if let Some(list) = self.list()? {
            return Ok(list);
        }
        if let Some(other) = self.other()? {
            return Ok(Right::Operand(other));
        }
        self.list_name()
    }

    fn list_or_identifier(&mut self) -> Parsed<Right> {
        self.lexer.blank();
        match self.list()? {
            Some(list) => Ok(list),
            None => self.list_name(),
        }
    }

    fn list_name(&mut self) -> Parsed<Right> {
        let start = self.lexer.at();
        match self.lexer.identifier() {
            Some(name) => {
                let bytes = name.as_bytes().to_vec();
                Ok(Right::Value(Word {
                    bytes,
                    quoted: false,
                    span: self.lexer.span_from(start),
                }))
            }
            None => self.fail_with(
                "expected a list",
                "a list is written (a, b) or by its name".to_owned(),
            ),
        }
    }

    fn value(&mut self) -> Parsed<Option<Word>> {
        match self.lexer.quoted()? {
            Some(word) => Ok(Some(word)),
            None => Ok(self.lexer.bare()),
        }
    }

    /// A list in parentheses, if one stands here.
    fn list(&mut self) -> Parsed<Option<Right>> {
        let start = self.lexer.at();
        if !self.lexer.exactly("(") {
            return Ok(None);
        }
        let mut words = Vec::new();
        self.lexer.blank();
        let first = match self.value() {
            // Falco goes on behind a first value that it cannot read, as if there were none.
            Err(_) if self.strict => None,
            first => first?,
        };
        if let Some(first) = first {
            words.push(first);
            self.lexer.blank();
            while self.lexer.exactly(",") {
                self.lexer.blank();
                match self.value()? {
                    Some(word) => words.push(word),
                    None => return self.fail("expected a value"),
                }
                self.lexer.blank();
            }
        }
        self.closing("expected `)` after the list")?;
        Ok(Some(Right::List(words, self.lexer.span_from(start))))
    }
}
