//! Checks a syntax tree against the fields and operators, and makes it ready to run. All findings
//! are told, not the first.

use ipnet::IpNet;

use super::ast::{self, Expr, Node, Operand, OperandKind, Right, Span, Word};
use super::compile::{Condition, Pattern, Set, Test};
use super::glob::{Glob, Paths};
use super::operand::Source;
use super::operator::{Operator, Transformer};
use super::parse::parse_operand;
use super::pattern;
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::event::types;
use crate::field::{Argument, Kind, Reference, ReferenceError, address};

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

    /// Checks the values of a comparison.
    fn against(&mut self, check: &ast::Check, kind: Kind, words: &[Word]) -> Option<Test> {
        if let Some(word) = words.iter().find(|word| word.bytes.contains(&0)) {
            return self.refuse(
                Code::Literal,
                word.span,
                "a value cannot contain the character NUL",
            );
        }
        for word in words {
            self.misused_field(word);
        }
        match (check.operator, check.modifier) {
            (Operator::In | Operator::Intersects, _) => {
                let all = check.operator == Operator::In;
                self.set(kind, words).map(|set| Test::Among { set, all })
            }
            (Operator::PMatch, _) => Some(Test::Under(Paths::new(
                words.iter().map(|word| word.bytes.as_slice()),
                self.dialect.unit(),
            ))),
            (operator, Some(modifier)) => self
                .patterns(operator, kind, words)
                .map(|patterns| Test::Many(modifier, patterns)),
            (operator, None) => self.pattern(operator, kind, words.first()?).map(Test::One),
        }
    }

    fn patterns(&mut self, operator: Operator, kind: Kind, words: &[Word]) -> Option<Vec<Pattern>> {
        let patterns: Vec<_> = words
            .iter()
            .map(|word| self.pattern(operator, kind, word))
            .collect();
        patterns.into_iter().collect()
    }

    fn pattern(&mut self, operator: Operator, kind: Kind, word: &Word) -> Option<Pattern> {
        Some(match kind {
            Kind::Boolean => Pattern::Boolean(operator, self.boolean(word)?),
            Kind::Address => Pattern::Network(operator, self.network(word)?),
            Kind::Number | Kind::Time | Kind::Duration => {
                Pattern::Number(operator, self.number(word)?)
            }
            Kind::Buffer => Pattern::Text(operator, self.buffer(operator, word)?),
            Kind::Text => match operator {
                Operator::Glob => Pattern::Glob(Glob::new(&word.bytes, false, self.dialect.unit())),
                Operator::IGlob => Pattern::Glob(Glob::new(&word.bytes, true, self.dialect.unit())),
                Operator::Regex => Pattern::Regex(self.regex(word)?),
                _ => Pattern::Text(operator, word.bytes.clone()),
            },
        })
    }

    fn set(&mut self, kind: Kind, words: &[Word]) -> Option<Set> {
        Some(match kind {
            Kind::Text | Kind::Buffer => {
                Set::Text(words.iter().map(|word| word.bytes.clone()).collect())
            }
            Kind::Boolean => {
                let booleans: Vec<_> = words.iter().map(|word| self.boolean(word)).collect();
                Set::Booleans(booleans.into_iter().collect::<Option<_>>()?)
            }
            Kind::Address => {
                let networks: Vec<_> = words.iter().map(|word| self.network(word)).collect();
                Set::Networks(networks.into_iter().collect::<Option<_>>()?)
            }
            Kind::Number | Kind::Time | Kind::Duration => {
                let numbers: Vec<_> = words.iter().map(|word| self.number(word)).collect();
                Set::Numbers(numbers.into_iter().collect::<Option<_>>()?)
            }
        })
    }

    fn number(&mut self, word: &Word) -> Option<i128> {
        let text = word.text();
        let digits = text.trim_start();
        let Ok(number) = digits.parse::<i128>() else {
            let message = format!("`{text}` is not a whole number");
            let help = "write it with digits alone, such as 3";
            self.report(Finding::new(Code::Literal, word.span, message).help(help));
            return None;
        };
        if self.dialect.is_strict() {
            return Some(as_unsigned(number));
        }
        if number < 0 {
            let message = format!("`{text}` is negative, which no value is");
            self.report(Finding::new(Code::Pointless, word.span, message));
        }
        Some(number)
    }

    /// Bytes: those of a text, or written as hexadecimal digits where the operator wants them so.
    fn buffer(&mut self, operator: Operator, word: &Word) -> Option<Vec<u8>> {
        if !matches!(operator, Operator::BContains | Operator::BStartsWith) {
            return Some(word.bytes.clone());
        }
        let digits: Option<Vec<u8>> = word.bytes.iter().copied().map(hex_digit).collect();
        let pairs = digits.filter(|digits| digits.len().is_multiple_of(2));
        let bytes = pairs.map(|digits| {
            digits
                .chunks(2)
                .map(|pair| pair[0] << 4 | pair[1])
                .collect()
        });
        if bytes.is_none() {
            let message = format!("`{}` is not bytes in hexadecimal digits", word.text());
            return self.refuse(Code::Literal, word.span, message);
        }
        bytes
    }

    fn boolean(&mut self, word: &Word) -> Option<bool> {
        let text = word.text();
        if let Ok(boolean) = text.parse() {
            return Some(boolean);
        }
        let message = format!("`{text}` is neither `true` nor `false`");
        let help = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => "write `true`",
            "false" | "no" | "0" => "write `false`",
            _ => "write one of these two",
        };
        self.report(Finding::new(Code::Literal, word.span, message).help(help));
        None
    }

    fn network(&mut self, word: &Word) -> Option<IpNet> {
        let text = word.text();
        let one = || address(&text).map(IpNet::from);
        if let Some(network) = text.parse().ok().or_else(one) {
            return Some(network);
        }
        let message = format!("`{text}` is neither an IP address nor a network");
        let help = "write it as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32";
        self.report(Finding::new(Code::Literal, word.span, message).help(help));
        None
    }

    fn regex(&mut self, word: &Word) -> Option<regex::bytes::Regex> {
        let text = word.text();
        let regex = match pattern::compile(&text) {
            Ok(regex) => regex,
            Err(reason) => {
                let message = format!("invalid regular expression: {reason}");
                let finding = Finding::new(Code::Regex, word.span, message);
                self.report(match pattern::instead(&text) {
                    Some(instead) => finding.help(instead),
                    None => finding,
                });
                return None;
            }
        };
        let simpler = pattern::simpler(&text);
        if simpler.is_some() || pattern::is_simple(&text) {
            let message = "this needs no regular expression";
            let finding = Finding::new(Code::SimpleRegex, word.span, message);
            self.report(match simpler {
                Some(simpler) => finding.help(format!("write `{simpler}`, which runs faster")),
                None => finding.help(
                    "`=`, `contains`, `startswith`, `endswith` or `glob` says it, and runs faster",
                ),
            });
        }
        Some(regex)
    }

    /// Warns of `a.b = c.d`, which compares with the text `c.d`, and of a transformer within quotes.
    fn misused_field(&mut self, word: &Word) {
        let text = word.text();
        let name = text.trim();
        if word.quoted && self.is_transformer(name) {
            let message =
                format!("this compares with the text `{text}`, not with what it would give");
            let finding = Finding::new(Code::FieldAsText, word.span, message);
            self.report(finding.help("leave out the quotes"));
        }
        if self.dialect.find(name).is_some() {
            let message =
                format!("this compares with the text `{text}`, not with the field of that name");
            let help = format!("write val({name}) to compare with the field");
            self.report(Finding::new(Code::FieldAsText, word.span, message).help(help));
        }
    }

    fn is_transformer(&self, text: &str) -> bool {
        if !text.ends_with([')', ']']) {
            return false;
        }
        parse_operand(text, 0).is_ok_and(|(operand, length)| {
            length == text.len()
                && matches!(operand.kind, OperandKind::Transform(..))
                && check_operand(&operand, self.dialect, &mut Vec::new()).is_some()
        })
    }

    fn operand(&mut self, operand: &Operand) -> Option<Source> {
        match &operand.kind {
            OperandKind::Field(name, argument) => self.field(name, argument.as_ref(), operand.span),
            OperandKind::Literal(word) => Some(Source::Literal(word.bytes.clone())),
            OperandKind::List(items) => self.operands(items).map(Source::List),
            OperandKind::Transform(transformer, items, argument) => {
                self.transform(*transformer, items, argument.as_ref(), operand.span)
            }
        }
    }

    fn operands(&mut self, items: &[Operand]) -> Option<Vec<Source>> {
        let checked: Vec<Option<Source>> = items.iter().map(|item| self.operand(item)).collect();
        checked.into_iter().collect()
    }

    fn field(&mut self, name: &str, argument: Option<&Word>, span: Span) -> Option<Source> {
        let text = argument.map(Word::text);
        match Reference::find(self.dialect, name, text.as_deref()) {
            Ok(reference) => {
                if let Some(reason) = reference.field().never() {
                    let message = format!("`{name}` never has a value: {reason}");
                    self.report(Finding::new(Code::NeverThere, span, message));
                }
                Some(Source::Field(reference))
            }
            Err(error) => {
                let at = argument.map_or(span, |argument| argument.span);
                let finding = match error {
                    ReferenceError::Unknown(similar) => unknown_field(name, span, &similar),
                    ReferenceError::NotFalcos => {
                        let message = format!("`{name}` is a field that Falco does not have");
                        Finding::new(Code::UnknownField, span, message)
                            .help("a policy names it without `strict: true`")
                    }
                    ReferenceError::Unwanted => {
                        let message = format!("`{name}` takes no argument");
                        let help = format!("write `{name}` alone");
                        Finding::new(Code::FieldArgument, at, message).help(help)
                    }
                    ReferenceError::Missing(wanted) => {
                        let message = format!("`{name}` needs an argument: {}", describe(wanted));
                        Finding::new(Code::FieldArgument, span, message).help(shown(name, wanted))
                    }
                    ReferenceError::Unreadable(wanted) => {
                        let message = format!("the argument of `{name}` is {}", describe(wanted));
                        Finding::new(Code::FieldArgument, at, message).help(shown(name, wanted))
                    }
                };
                self.report(finding);
                None
            }
        }
    }

    fn transform(
        &mut self,
        transformer: Transformer,
        items: &[Operand],
        argument: Option<&Word>,
        span: Span,
    ) -> Option<Source> {
        let name = transformer.symbol();
        let sources = self.operands(items)?;
        if let Some(argument) = argument.filter(|_| transformer != Transformer::GetOpt) {
            let message = format!("`{name}` takes no argument in brackets");
            return self.refuse(Code::Transformer, argument.span, message);
        }
        let text = |source: &Source| source.kind() == Kind::Text && !source.is_list();
        let texts = |source: &Source| source.kind() == Kind::Text && source.is_list();
        let problem = match (transformer, sources.as_slice()) {
            (Transformer::GetOpt, [arguments, known]) if texts(arguments) && text(known) => None,
            (Transformer::GetOpt, _) => Some("takes a list of arguments and the known options"),
            (Transformer::Val, [_]) => None,
            (Transformer::Len, [one]) if one.kind() == Kind::Text => None,
            (Transformer::Len, _) => Some("takes one string or list"),
            (Transformer::Join, [separator, list]) if text(separator) && texts(list) => None,
            (Transformer::Join, _) => Some("takes a separator and a list of strings"),
            (Transformer::Concat, parts) if parts.len() > 1 && parts.iter().all(text) => None,
            (Transformer::Concat, _) => Some("takes two strings or more"),
            (_, [one]) if text(one) => None,
            _ => Some("takes one string"),
        };
        if let Some(problem) = problem {
            return self.refuse(Code::Transformer, span, format!("`{name}` {problem}"));
        }
        if transformer != Transformer::GetOpt {
            return Some(Source::Apply(transformer, sources));
        }
        let wanted = match argument.map(|argument| (argument.bytes.as_slice(), argument.span)) {
            None => None,
            Some(([option], _)) => Some(*option),
            Some((_, span)) => {
                return self.refuse(
                    Code::Transformer,
                    span,
                    "the argument of `getopt` is one option",
                );
            }
        };
        let items: [Source; 2] = sources.try_into().ok()?;
        Some(Source::Options(Box::new(items), wanted))
    }
}

/// A number as Falco's scanf reads it: a negative one wraps around, one too large is the largest.
fn as_unsigned(number: i128) -> i128 {
    let largest = i128::from(u64::MAX);
    if number < 0 {
        (number + largest + 1).max(0)
    } else {
        number.min(largest)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn unknown_field(name: &str, span: Span, similar: &[String]) -> Finding {
    let finding = Finding::new(Code::UnknownField, span, format!("unknown field `{name}`"));
    match similar {
        [] => finding.help(
            "`nightlatch rules fields` lists the fields; any path of the event is `json.value[/path]`",
        ),
        [one] => finding.help(format!("did you mean `{one}`?")),
        several => finding.help(format!("did you mean one of `{}`?", several.join("`, `"))),
    }
}

/// How a field is written with its argument.
fn shown(name: &str, argument: Argument) -> String {
    let example = match argument {
        Argument::None => return format!("write `{name}` alone"),
        Argument::OptionalIndex => "0",
        Argument::Seconds => "300",
        Argument::Pointer => "/outcome/result",
        Argument::Name if name == "okta.behavior" => "\"New Device\"",
        Argument::Name if name == "okta.target.detail" => "methodTypeUsed",
        Argument::Name => "factor",
        Argument::OptionalZone => "Europe/Berlin",
        Argument::OptionalType => "AppInstance",
    };
    format!("write it as `{name}[{example}]`")
}

fn describe(argument: Argument) -> &'static str {
    match argument {
        Argument::None => "nothing",
        Argument::OptionalIndex => "a place in the list, counted from 0",
        Argument::Seconds => "a whole number of seconds",
        Argument::Pointer => "a JSON pointer such as /outcome/result",
        Argument::Name => "a name, in quotes if it has blanks",
        Argument::OptionalZone => "a time zone such as Europe/Berlin",
        Argument::OptionalType => "the type of a target, such as AppInstance",
    }
}
