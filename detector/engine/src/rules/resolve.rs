//! The third stage: from definitions to compiled rules. Lists and macros are put into the syntax
//! tree, not into the text, so that a name within quotes or a value with a parenthesis stays what
//! it is; where Falco's text would say something else, a warning tells. A strict file is read as that
//! text.

use std::collections::{BTreeMap, BTreeSet};

use super::exception::{self, Exception};
use super::lint;
use super::merge::{List, Macro, Merged, Rule};
use super::read::ScopeItem;
use super::report::Report;
use super::text::{Scalar, Text};
use crate::condition::ast::{Expr, Node, Span, Word};
use crate::condition::check::{self, Finding};
use crate::condition::compile::Condition;
use crate::condition::outline::Outline;
use crate::condition::parse::{SyntaxError, parse_operand, parse_source};
use crate::diagnostic::{Code, Severity};
use crate::dialect::Dialect;
use crate::output::Output;

mod alike;
mod expand;
mod lists;
mod sketch;
mod substitute;

use sketch::Sketches;
pub(super) use substitute::quoted;
use substitute::{Substitution, substitute};

/// How many characters of another reading are shown.
const SHOWN: usize = 120;

/// A rule that has been checked.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) rule: Rule,
    pub(super) expr: Expr,
    pub(super) condition: Condition,
    pub(super) outline: Outline,
    pub(super) output: Output,
}

/// Checks all that a file defines; tells of everything that is wrong.
pub(super) fn resolve(
    merged: Merged,
    scope: Option<&ScopeItem>,
    dialect: &Dialect,
    report: &mut Report<'_>,
) -> Vec<Resolved> {
    let lists = if dialect.is_strict() {
        BTreeMap::new()
    } else {
        lists::resolve(&merged.lists, report)
    };
    let mut resolver = Resolver {
        dialect,
        lists,
        substitutions: substitute::of(&merged.lists),
        used_lists: BTreeSet::new(),
        used_macros: BTreeSet::new(),
        misses_names: false,
        macros: Vec::new(),
        scope: None,
        parts: 0,
        values: 0,
        texts: Vec::new(),
        sketches: Sketches::default(),
    };
    let scope = scope.and_then(|scope| scope.condition(dialect.is_strict()));
    resolver.scope = scope.and_then(|scope| resolver.parse(&scope, report));
    for definition in &merged.macros {
        resolver.read_macro(definition, report);
    }
    let mut resolved = Vec::new();
    for rule in merged
        .rules
        .into_iter()
        .filter(|rule| rule.source == dialect.source())
    {
        resolved.extend(resolver.rule(rule, report));
    }
    if !dialect.is_strict() {
        lint::duplicates(&resolved, report);
    }
    resolver.check_unused_macros(&merged.macros, report);
    resolver.warn_of_unused_lists(&merged.lists, report);
    resolved
}

/// A macro, parsed; `None` when it does not parse, which was told.
struct Parsed {
    name: String,
    expr: Option<Expr>,
    sees: usize,
}

struct Resolver<'d> {
    dialect: &'d Dialect,
    /// The values of lists; a strict file has them in its texts.
    lists: BTreeMap<String, Vec<Word>>,
    substitutions: Vec<Substitution>,
    used_lists: BTreeSet<String>,
    used_macros: BTreeSet<String>,
    /// Whether a rule, or a macro that it uses, did not parse or names a macro that does not exist:
    /// what seems unused may be meant there.
    misses_names: bool,
    macros: Vec<Parsed>,
    /// What each rule looks at besides its condition.
    scope: Option<Expr>,
    /// How many parts all conditions have so far, and how many values their lists.
    parts: usize,
    values: usize,
    /// The texts that spans name.
    texts: Vec<Text>,
    sketches: Sketches,
}

impl Resolver<'_> {
    fn parse(&mut self, text: &Text, report: &mut Report<'_>) -> Option<Expr> {
        let source = self.texts.len();
        self.texts.push(text.clone());
        match parse_source(&text.value, source, self.dialect.is_strict()) {
            Ok(expr) => Some(expr),
            Err(error) => {
                report.findings(vec![syntax(error, source)], &self.texts);
                None
            }
        }
    }

    /// Parses a text whose lists a strict file has in it.
    fn parse_with_lists(&mut self, text: &Text, report: &mut Report<'_>) -> Option<Expr> {
        if !self.dialect.is_strict() {
            return self.parse(text, report);
        }
        if let Some(text) = substitute(text, &self.substitutions, &mut self.used_lists) {
            return self.parse(&text, report);
        }
        let span = Span {
            text: self.texts.len(),
            start: 0,
            end: text.value.len(),
        };
        self.texts.push(text.clone());
        let message = "the condition is too long once its lists are put in";
        let finding = Finding::new(Code::TooLarge, span, message);
        report.findings(vec![finding], &self.texts);
        None
    }

    /// Warns when a condition, which as Falco writes it is `text`, would be another one there.
    fn compare_with_falco(
        &self,
        expr: &Expr,
        text: &Text,
        place: &Scalar,
        report: &mut Report<'_>,
    ) {
        let Some(theirs) = substitute(text, &self.substitutions, &mut BTreeSet::new()) else {
            return;
        };
        let difference = match parse_source(&theirs.value, 0, true) {
            Ok(theirs) if alike::are_alike(expr, &theirs, &self.lists) => return,
            Ok(theirs) => {
                let mut shown = theirs.to_string();
                if shown.chars().count() > SHOWN {
                    shown = shown.chars().take(SHOWN).chain(['…']).collect();
                }
                format!("reads `{shown}`")
            }
            Err(error) => format!("refuses it: {error}"),
        };
        let message = format!("Falco, which puts lists and exceptions in as text, {difference}");
        let help = "here a list's name counts where a value without quotes stands, and a value is one value";
        report.scalar_help(Code::FalcoDiffers, place, message, help);
    }

    /// Parses a condition as its author wrote it, and tells what it probably does not mean. A strict
    /// file has Falco's warnings alone.
    fn parse_written(&mut self, text: &Text, report: &mut Report<'_>) -> Option<Expr> {
        let source = self.texts.len();
        let expr = self.parse(text, report)?;
        let mut findings = Vec::new();
        lint::written(&expr, &mut findings);
        lint::appended(text, source, &mut findings);
        report.findings(findings, &self.texts);
        Some(expr)
    }

    fn read_macro(&mut self, definition: &Macro, report: &mut Report<'_>) {
        let expr = if self.dialect.is_strict() {
            self.parse_with_lists(&definition.condition, report)
        } else {
            self.parse_written(&definition.condition, report)
        };
        if let Some(expr) = expr.as_ref().filter(|_| !self.dialect.is_strict()) {
            self.compare_with_falco(expr, &definition.condition, &definition.name, report);
        }
        self.macros.push(Parsed {
            name: definition.name.value.clone(),
            expr,
            sees: definition.sees,
        });
    }

    fn rule(&mut self, rule: Rule, report: &mut Report<'_>) -> Option<Resolved> {
        let parsed = self.condition(&rule, report);
        let named = parsed.clone().filter(|_| !self.dialect.is_strict());
        let mut findings = Vec::new();
        // What a scope adds counts against the limits like what the rule says itself.
        let parsed = parsed.map(|expr| self.within_scope(expr));
        let expr = parsed.and_then(|expr| expand::expand(self, expr, &mut findings));
        let condition = expr
            .as_ref()
            .and_then(|expr| check::check(expr, self.dialect, &mut findings));
        for field in rule.exceptions.iter().flat_map(Exception::fields) {
            self.check_field(field, &mut findings);
        }
        let output = self.output(&rule, &mut findings);
        if rule.skip_unknown && Self::skip(&rule, &findings, report) {
            return None;
        }
        let is_fine = !findings
            .iter()
            .any(|found| found.code.severity() == Severity::Error);
        let resolved = match (expr, condition, output) {
            (Some(expr), Some(condition), Some(output)) => Some(Resolved {
                outline: self.sketches.outline(&expr, &self.texts, report),
                rule,
                expr,
                condition,
                output,
            }),
            _ => None,
        };
        let is_default = !self.dialect.is_strict();
        if let Some(resolved) = resolved.as_ref().filter(|_| is_fine && is_default) {
            lint::rule(&resolved.expr, &mut findings);
        }
        report.findings(findings, &self.texts);
        if let (Some(resolved), Some(named)) = (&resolved, named.filter(|_| is_fine)) {
            let rule = &resolved.rule;
            self.compare_with_falco(&named, &as_falco(rule), &rule.name, report);
        }
        resolved
    }

    /// Parses the rule's condition, by itself and then with the exceptions behind it.
    fn condition(&mut self, rule: &Rule, report: &mut Report<'_>) -> Option<Expr> {
        if self.dialect.is_strict() {
            return self.parse_with_lists(&as_falco(rule), report);
        }
        let Some(mut expr) = self.parse_written(&rule.condition, report) else {
            self.misses_names = true;
            return None;
        };
        if !rule.exceptions.iter().all(Exception::is_idle) {
            let mut text = Text::default();
            text.push_for("(", &rule.name);
            text.append_all(&rule.condition);
            text.push_for(")", &rule.name);
            for exception in &rule.exceptions {
                exception.push_to(&mut text);
            }
            expr = self.parse(&text, report)?;
        }
        Some(expr)
    }

    /// The condition of a rule as its policy's scope narrows it.
    fn within_scope(&self, expr: Expr) -> Expr {
        match self.scope.clone() {
            Some(scope) => {
                let span = expr.span;
                Expr::new(Node::And(vec![scope, expr]), span)
            }
            None => expr,
        }
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
        Output::read(&rule.output.value, source, self.dialect, findings)
    }

    /// The fields of an exception must be fields, and nothing but fields, even while it has no
    /// values.
    fn check_field(&mut self, field: &Scalar, findings: &mut Vec<Finding>) {
        let source = self.texts.len();
        self.texts.push(Text::of(field));
        let end = field.value.len();
        match parse_operand(&field.value, source) {
            Ok((operand, length)) if length == end => {
                check::check_operand(&operand, self.dialect, findings);
            }
            _ => {
                let span = Span {
                    text: source,
                    start: 0,
                    end,
                };
                let message = format!("`{}` is no field", field.value);
                findings.push(Finding::new(Code::Exception, span, message));
            }
        }
    }

    /// A macro that nothing uses is checked all the same.
    fn check_unused_macros(&mut self, definitions: &[Macro], report: &mut Report<'_>) {
        // Before those that are used are asked for, which such a macro may use.
        let unused =
            |(_, definition): &(usize, &Macro)| !self.used_macros.contains(&definition.name.value);
        let unused: Vec<(usize, &Macro)> = definitions.iter().enumerate().filter(unused).collect();
        let is_certain = self.dialect.is_strict() || !self.misses_names;
        for (at, definition) in unused {
            let name = &definition.name;
            let message = format!("no rule uses the macro `{}`", name.value);
            let help = "take it out, or use it in the condition of a rule";
            if is_certain {
                report.scalar_help(Code::UnusedMacro, name, message, help);
            }
            let Some(expr) = self.macros.get(at).and_then(|parsed| parsed.expr.clone()) else {
                continue;
            };
            let mut findings = Vec::new();
            if let Some(expr) = expand::expand(self, expr, &mut findings) {
                check::check(&expr, self.dialect, &mut findings);
            }
            let too_large = findings
                .iter()
                .any(|finding| finding.code == Code::TooLarge);
            report.findings(findings, &self.texts);
            if too_large {
                return;
            }
        }
    }

    fn warn_of_unused_lists(&self, definitions: &[List], report: &mut Report<'_>) {
        if self.misses_names && !self.dialect.is_strict() {
            return;
        }
        let named: BTreeSet<&str> = definitions
            .iter()
            .flat_map(|list| &list.items)
            .map(|item| item.value.as_str())
            .collect();
        for list in definitions {
            let name = &list.name;
            if !self.used_lists.contains(&name.value) && !named.contains(name.value.as_str()) {
                let message = format!("nothing uses the list `{}`", name.value);
                let help = format!("take it out, or write `FIELD in ({})`", name.value);
                report.scalar_help(Code::UnusedList, name, message, help);
            }
        }
    }
}

/// The condition of a rule with its exceptions, as Falco writes it.
fn as_falco(rule: &Rule) -> Text {
    if rule.exceptions.is_empty() {
        return rule.condition.clone();
    }
    exception::push_as_falco(&rule.exceptions, &rule.condition, &rule.name)
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
