//! The third stage: from definitions to compiled rules. Lists and macros are put into the syntax tree, not into the
//! text, so that a name within quotes or a value with a parenthesis stays what it is.

use std::collections::{BTreeMap, BTreeSet};

use super::exception::Exception;
use super::merge::{List, Macro, Merged, Rule};
use super::report::Report;
use super::text::{Scalar, Text};
use crate::condition::ast::{Expr, Node, Right, Span, Word};
use crate::condition::check::{self, Finding};
use crate::condition::compile::Condition;
use crate::condition::lex::is_bare;
use crate::condition::operator::Form;
use crate::condition::parse::{SyntaxError, parse_operand, parse_source};
use crate::diagnostic::{Code, Severity};
use crate::output::Output;

/// How many parts a condition may have once everything is put in, and how many values its lists.
const MAX_PARTS: usize = 10_000;
const MAX_VALUES: usize = 200_000;

/// A rule that has been checked.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) rule: Rule,
    pub(super) expr: Expr,
    pub(super) condition: Condition,
    pub(super) output: Output,
}

/// Checks all that a file defines; tells of everything that is wrong.
pub(super) fn resolve(merged: Merged, report: &mut Report<'_>) -> Vec<Resolved> {
    let mut resolver = Resolver {
        lists: lists(&merged.lists),
        used_lists: BTreeSet::new(),
        used_macros: BTreeSet::new(),
        macros: Vec::new(),
        texts: Vec::new(),
    };
    for definition in &merged.macros {
        resolver.read_macro(definition, report);
    }
    let mut resolved = Vec::new();
    for rule in merged
        .rules
        .into_iter()
        .filter(|rule| rule.source == "okta")
    {
        resolved.extend(resolver.rule(rule, report));
    }
    resolver.check_unused_macros(&merged.macros, report);
    resolver.warn_of_unused_lists(&merged.lists, report);
    resolved
}

/// The values of all lists, those of lists that they name put in.
fn lists(definitions: &[List]) -> BTreeMap<String, Vec<Word>> {
    let mut lists: BTreeMap<String, Vec<Word>> = BTreeMap::new();
    for list in definitions {
        let visible: Vec<&str> = definitions
            .iter()
            .take(list.sees)
            .map(|seen| seen.name.value.as_str())
            .collect();
        let mut values: Vec<Word> = Vec::new();
        for item in &list.items {
            // A list that is redefined later may name itself or one that is not there yet: then the name is a value.
            match lists
                .get(&item.value)
                .filter(|_| visible.contains(&item.value.as_str()))
            {
                Some(inner) if values.len() + inner.len() <= MAX_VALUES => {
                    values.extend(inner.iter().cloned());
                }
                _ => values.push(value_of(item)),
            }
        }
        lists.insert(list.name.value.clone(), values);
    }
    lists
}

/// An item of a list as a value. One that brings quotes of its own is the text within them.
fn value_of(item: &Scalar) -> Word {
    let text = item.value.as_str();
    let inside = |quote: char| {
        let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains([quote, '\\'])).then_some(inside)
    };
    let unquoted = inside('"').or_else(|| inside('\''));
    Word {
        bytes: unquoted.unwrap_or(text).as_bytes().to_vec(),
        quoted: unquoted.is_some() || !is_bare(text),
        span: Span::default(),
    }
}

/// A macro, parsed; `None` when it does not parse, which was told.
struct Parsed {
    name: String,
    expr: Option<Expr>,
    sees: usize,
}

struct Resolver {
    lists: BTreeMap<String, Vec<Word>>,
    used_lists: BTreeSet<String>,
    used_macros: BTreeSet<String>,
    macros: Vec<Parsed>,
    /// The texts that spans name.
    texts: Vec<Text>,
}

impl Resolver {
    fn parse(&mut self, text: &Text, report: &mut Report<'_>) -> Option<Expr> {
        let source = self.texts.len();
        self.texts.push(text.clone());
        match parse_source(&text.value, source) {
            Ok(expr) => Some(expr),
            Err(error) => {
                report.findings(vec![syntax(error, source)], &self.texts);
                None
            }
        }
    }

    fn read_macro(&mut self, definition: &Macro, report: &mut Report<'_>) {
        let expr = self.parse(&definition.condition, report);
        self.macros.push(Parsed {
            name: definition.name.value.clone(),
            expr,
            sees: definition.sees,
        });
    }

    fn rule(&mut self, rule: Rule, report: &mut Report<'_>) -> Option<Resolved> {
        let text = with_exceptions(&rule);
        let parsed = self.parse(&text, report);
        let mut findings = Vec::new();
        let expr = parsed.and_then(|expr| self.expand(expr, &mut findings));
        let condition = expr
            .as_ref()
            .and_then(|expr| check::check(expr, &mut findings));
        self.check_exceptions(&rule, &mut findings);
        let output = self.output(&rule, &mut findings);
        if rule.skip_unknown && Self::skip(&rule, &findings, report) {
            return None;
        }
        report.findings(findings, &self.texts);
        Some(Resolved {
            expr: expr?,
            condition: condition?,
            output: output?,
            rule,
        })
    }

    /// Leaves a rule out that names an unknown field and asked for that.
    fn skip(rule: &Rule, findings: &[Finding], report: &mut Report<'_>) -> bool {
        let mut errors = findings
            .iter()
            .filter(|f| f.code.severity() == Severity::Error)
            .peekable();
        let unknown = |finding: &Finding| matches!(finding.code, Code::UnknownField | Code::Output);
        let skipped = errors.peek().is_some() && errors.all(unknown);
        if skipped {
            let message = format!(
                "the rule `{}` names an unknown field and is left out",
                rule.name.value
            );
            report.scalar(Code::SkippedRule, &rule.name, message);
        }
        skipped
    }

    fn output(&mut self, rule: &Rule, findings: &mut Vec<Finding>) -> Option<Output> {
        let source = self.texts.len();
        self.texts.push(rule.output.clone());
        Output::read(&rule.output.value, source, findings)
    }

    /// The fields of an exception must be fields even while it has no values.
    fn check_exceptions(&mut self, rule: &Rule, findings: &mut Vec<Finding>) {
        for field in rule
            .exceptions
            .iter()
            .filter(|e| e.is_idle())
            .flat_map(|e| e.fields().cloned().collect::<Vec<_>>())
        {
            let source = self.texts.len();
            self.texts.push(Text::of(&field));
            match parse_operand(&field.value, source) {
                Ok((operand, length)) if length == field.value.len() => {
                    check::check_operand(&operand, findings);
                }
                _ => {
                    let span = Span {
                        text: source,
                        start: 0,
                        end: field.value.len(),
                    };
                    let message = format!("`{}` is no field", field.value);
                    findings.push(Finding::new(Code::Exception, span, message));
                }
            }
        }
    }

    /// Puts lists and macros into a rule's condition.
    fn expand(&mut self, expr: Expr, findings: &mut Vec<Finding>) -> Option<Expr> {
        let mut expansion = Expansion {
            resolver: self,
            findings,
            parts: 0,
            values: 0,
            within: Vec::new(),
        };
        let all = expansion.resolver.macros.len();
        expansion.expr(expr, all)
    }

    /// A macro that nothing uses is checked all the same.
    fn check_unused_macros(&mut self, definitions: &[Macro], report: &mut Report<'_>) {
        for (at, definition) in definitions.iter().enumerate() {
            if self.used_macros.contains(&definition.name.value) {
                continue;
            }
            let message = format!("nothing uses the macro `{}`", definition.name.value);
            report.scalar(Code::UnusedMacro, &definition.name, message);
            let Some(expr) = self.macros.get(at).and_then(|parsed| parsed.expr.clone()) else {
                continue;
            };
            let mut findings = Vec::new();
            if let Some(expr) = self.expand(expr, &mut findings) {
                check::check(&expr, &mut findings);
            }
            report.findings(findings, &self.texts);
        }
    }

    fn warn_of_unused_lists(&self, definitions: &[List], report: &mut Report<'_>) {
        let named: BTreeSet<&str> = definitions
            .iter()
            .flat_map(|list| &list.items)
            .map(|item| item.value.as_str())
            .collect();
        for list in definitions {
            let name = &list.name;
            if !self.used_lists.contains(&name.value) && !named.contains(name.value.as_str()) {
                report.scalar(
                    Code::UnusedList,
                    name,
                    format!("nothing uses the list `{}`", name.value),
                );
            }
        }
    }
}

fn syntax(error: SyntaxError, source: usize) -> Finding {
    let span = Span {
        text: source,
        start: error.at,
        end: error.at + 1,
    };
    Finding {
        code: Code::Syntax,
        span,
        message: error.message,
        help: error.help,
    }
}

/// The rule's condition with its exceptions behind it.
fn with_exceptions(rule: &Rule) -> Text {
    if rule.exceptions.iter().all(Exception::is_idle) {
        return rule.condition.clone();
    }
    let mut text = Text::default();
    text.push_for("(", &rule.name);
    text.append_all(&rule.condition);
    text.push_for(")", &rule.name);
    rule.exceptions
        .iter()
        .for_each(|exception| exception.push_to(&mut text));
    text
}

/// One walk through a condition.
struct Expansion<'r> {
    resolver: &'r mut Resolver,
    findings: &'r mut Vec<Finding>,
    parts: usize,
    values: usize,
    /// The macros that are being put in, the outermost first.
    within: Vec<String>,
}

impl Expansion<'_> {
    /// Expands a part that may name the first `sees` macros. A macro that cannot be put in is told of and stays;
    /// `None` when it all becomes too much.
    fn expr(&mut self, expr: Expr, sees: usize) -> Option<Expr> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return self.too_large(expr.span, MAX_PARTS, "parts once its macros are put in");
        }
        let node = match expr.node {
            Node::And(parts) => Node::And(self.exprs(parts, sees)?),
            Node::Or(parts) => Node::Or(self.exprs(parts, sees)?),
            Node::Not(inner) => Node::Not(Box::new(self.expr(*inner, sees)?)),
            Node::Macro(name) => return self.macro_named(name, expr.span, sees),
            Node::Check(mut check) => {
                let list = check.modifier.is_some() || check.operator.form() == Form::List;
                check.right = self.right(check.right, list)?;
                Node::Check(check)
            }
        };
        Some(Expr {
            node,
            span: expr.span,
        })
    }

    fn exprs(&mut self, parts: Vec<Expr>, sees: usize) -> Option<Vec<Expr>> {
        parts
            .into_iter()
            .map(|part| self.expr(part, sees))
            .collect()
    }

    fn too_large<T>(&mut self, span: Span, limit: usize, what: &str) -> Option<T> {
        let message = format!("the condition has more than {limit} {what}");
        self.findings
            .push(Finding::new(Code::TooLarge, span, message));
        None
    }

    fn macro_named(&mut self, name: String, span: Span, sees: usize) -> Option<Expr> {
        let place = self
            .resolver
            .macros
            .iter()
            .position(|known| known.name == name);
        let known = place.filter(|place| *place < sees);
        let known = known.and_then(|place| self.resolver.macros.get(place));
        let Some(known) = known else {
            self.findings
                .push(self.unknown_macro(&name, span, place.is_some()));
            return Some(Expr {
                node: Node::Macro(name),
                span,
            });
        };
        let (expr, sees) = (known.expr.clone(), known.sees);
        self.resolver.used_macros.insert(name.clone());
        if self.within.contains(&name) {
            let message = format!("the macro `{name}` uses itself");
            self.findings
                .push(Finding::new(Code::MacroLoop, span, message));
            return Some(Expr {
                node: Node::Macro(name),
                span,
            });
        }
        // One that does not parse was told of.
        let Some(expr) = expr else {
            return Some(Expr {
                node: Node::Macro(name),
                span,
            });
        };
        self.within.push(name);
        let expanded = self.expr(expr, sees);
        self.within.pop();
        expanded
    }

    fn unknown_macro(&self, name: &str, span: Span, comes_later: bool) -> Finding {
        let finding = Finding::new(Code::UnknownMacro, span, format!("unknown macro `{name}`"));
        if matches!(name, "and" | "or" | "not") {
            return finding.help(format!("a condition is missing beside `{name}`"));
        }
        if comes_later {
            return finding.help("it is defined later; a macro can only use those before it");
        }
        let names = self.resolver.macros.iter().map(|known| known.name.as_str());
        let similar = names.filter(|known| strsim::jaro_winkler(known, name) > 0.85);
        let best = similar
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        match best {
            Some(best) => finding.help(format!("did you mean `{best}`?")),
            None => finding,
        }
    }

    fn right(&mut self, right: Right, wants_list: bool) -> Option<Right> {
        match right {
            Right::None | Right::Operand(_) => Some(right),
            Right::List(words, span) => {
                let mut values = Vec::with_capacity(words.len());
                for word in words {
                    match self.list_named(&word) {
                        Some(list) => values.extend(list),
                        None => values.push(word),
                    }
                }
                self.count(values.len(), span)?;
                Some(Right::List(values, span))
            }
            Right::Value(word) => match self.list_named(&word) {
                None => Some(Right::Value(word)),
                Some(list) if wants_list => {
                    self.count(list.len(), word.span)?;
                    Some(Right::List(list, word.span))
                }
                Some(list) => Some(self.only(list, word)),
            },
        }
    }

    /// A list where one value is wanted: fine when it has just one.
    fn only(&mut self, list: Vec<Word>, word: Word) -> Right {
        let count = list.len();
        if let Some(value) = list.into_iter().next().filter(|_| count == 1) {
            return Right::Value(value);
        }
        let message = format!(
            "`{}` is a list of {count} values, here stands one",
            word.text()
        );
        let finding = Finding::new(Code::ListAsValue, word.span, message);
        let help = "use `in`, or write the name in quotes if it is meant as text";
        self.findings.push(finding.help(help));
        Right::Value(word)
    }

    fn count(&mut self, more: usize, span: Span) -> Option<()> {
        self.values += more;
        if self.values <= MAX_VALUES {
            return Some(());
        }
        self.too_large(span, MAX_VALUES, "values once its lists are put in")
    }

    /// The values of the list that a word without quotes names, each at the word's place.
    fn list_named(&mut self, word: &Word) -> Option<Vec<Word>> {
        if word.quoted {
            return None;
        }
        let name = word.text();
        let values = self.resolver.lists.get(name.as_ref())?;
        let here = |value: &Word| Word {
            span: word.span,
            ..value.clone()
        };
        let values = values.iter().map(here).collect();
        self.resolver.used_lists.insert(name.into_owned());
        Some(values)
    }
}
