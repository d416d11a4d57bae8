//! Checks a syntax tree against the fields and operators, and makes it ready to run. All findings
//! are told, not the first.

mod operand;
mod value;

use super::ast::{self, Expr, Node, Operand, Right, Span};
use super::compile::{Condition, Test};
use super::operand::Source;
use super::operator::Operator;
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::event::types;
use crate::field::Kind;

/// Something that is wrong with a condition or an output, at a place of one of their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Finding {
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Checks a condition whose macros and lists are put in. `None` when a finding is an error.
pub(crate) fn check(
    expr: &Expr,
    dialect: &Dialect,
    findings: &mut Vec<Finding>,
) -> Option<Condition> {
    Checker { dialect, findings }.expr(expr)
}

/// Checks an operand by itself, as an output names it.
pub(crate) fn check_operand(
    operand: &Operand,
    dialect: &Dialect,
    findings: &mut Vec<Finding>,
) -> Option<Source> {
    Checker { dialect, findings }.operand(operand)
}

struct Checker<'f> {
    dialect: &'f Dialect,
    findings: &'f mut Vec<Finding>,
}

impl Checker<'_> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports an error and gives up on the part.
    fn refuse<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Option<T> {
        self.report(Finding::new(code, span, message));
        None
    }

    fn expr(&mut self, expr: &Expr) -> Option<Condition> {
        match &expr.node {
            Node::And(parts) => self.exprs(parts).map(Condition::And),
            Node::Or(parts) => self.exprs(parts).map(Condition::Or),
            Node::Not(inner) => self
                .expr(inner)
                .map(|inner| Condition::Not(Box::new(inner))),
            // One that is left after all were put in was told of then.
            Node::Macro(_) => None,
            Node::Check(check) => self.check(check),
        }
    }

    /// Checks all parts, also after one that is refused.
    fn exprs(&mut self, parts: &[Expr]) -> Option<Vec<Condition>> {
        let checked: Vec<Option<Condition>> = parts.iter().map(|part| self.expr(part)).collect();
        checked.into_iter().collect()
    }

    fn check(&mut self, check: &ast::Check) -> Option<Condition> {
        let left = self.operand(&check.left);
        let other = match &check.right {
            Right::Operand(operand) => Some(self.operand(operand)?),
            Right::None | Right::Value(_) | Right::List(..) => None,
        };
        let left = left?;
        self.operator(check, &left)?;
        if matches!(&left, Source::Field(field) if field.field().name == "okta.evt.type") {
            self.event_types(check);
        }
        let test = match (&check.right, other) {
            (Right::None, _) => Test::Exists,
            (Right::Value(word), _) => {
                self.against(check, left.kind(), std::slice::from_ref(word))?
            }
            (Right::List(words, _), _) => self.against(check, left.kind(), words)?,
            (Right::Operand(operand), Some(other)) => {
                self.other(check, &left, &other, operand.span)?;
                Test::Other(check.operator, other, self.dialect.unit())
            }
            (Right::Operand(_), None) => return None,
        };
        Some(Condition::Check(left, test))
    }

    /// Warns of event types that no event will ever have.
    fn event_types(&mut self, check: &ast::Check) {
        let is_whole = matches!(
            check.operator,
            Operator::Equal
                | Operator::Same
                | Operator::NotEqual
                | Operator::In
                | Operator::Intersects
        );
        let words = match &check.right {
            Right::Value(word) if is_whole => std::slice::from_ref(word),
            Right::List(words, _) if is_whole => words.as_slice(),
            _ => return,
        };
        for word in words {
            let name = word.text();
            if types::is_known(&name) {
                continue;
            }
            let message = format!("Okta has no event type `{name}`");
            let finding = Finding::new(Code::UnknownEventType, word.span, message);
            self.report(match types::similar(&name) {
                Some(similar) => finding.help(format!("did you mean `{similar}`?")),
                None => finding,
            });
        }
    }

    fn operator(&mut self, check: &ast::Check, left: &Source) -> Option<()> {
        let operator = check.operator;
        let on_lists = matches!(
            operator,
            Operator::In | Operator::Intersects | Operator::Exists
        );
        if left.is_list() && !on_lists {
            let message = format!("`{}` does not compare lists", operator.symbol());
            let help = format!(
                "`intersects (…)` asks for one of the values, `in (…)` for all of them; \
                 `join(\",\", {})` makes one text of them",
                check.left
            );
            self.report(Finding::new(Code::OperatorType, check.operator_span, message).help(help));
            return None;
        }
        if operator.applies_to(left.kind()) {
            return Some(());
        }
        let kind = left.kind().name();
        let article = if kind == Kind::Address.name() {
            "an"
        } else {
            "a"
        };
        let message = format!("`{}` does not compare {article} {kind}", operator.symbol());
        let fitting: Vec<&str> = Operator::ALL
            .into_iter()
            .filter(|operator| operator.applies_to(left.kind()))
            .map(Operator::symbol)
            .collect();
        let help = match operator {
            Operator::BContains => {
                "bytes are not compared here; texts are, with `contains`".to_owned()
            }
            Operator::BStartsWith => {
                "bytes are not compared here; texts are, with `startswith`".to_owned()
            }
            _ => format!(
                "{article} {kind} can be compared with {}",
                fitting.join(", ")
            ),
        };
        self.report(Finding::new(Code::OperatorType, check.operator_span, message).help(help));
        None
    }

    /// Checks the other field of a comparison.
    fn other(
        &mut self,
        check: &ast::Check,
        left: &Source,
        other: &Source,
        span: Span,
    ) -> Option<()> {
        if matches!(check.operator, Operator::Regex | Operator::PMatch) {
            let message = format!(
                "`{}` needs a value that is written out",
                check.operator.symbol()
            );
            let help =
                "another field can stand behind `=`, `contains`, `startswith` and `endswith`";
            self.report(Finding::new(Code::RightSide, span, message).help(help));
            return None;
        }
        let describe = |source: &Source| {
            if source.is_list() {
                "a list"
            } else {
                source.kind().name()
            }
        };
        if left.kind() != other.kind() || left.is_list() != other.is_list() {
            let message = format!("cannot compare {} with {}", describe(left), describe(other));
            let help = "both sides must be of one type: two strings, two numbers, two lists";
            self.report(Finding::new(Code::RightSide, span, message).help(help));
            return None;
        }
        Some(())
    }
}
