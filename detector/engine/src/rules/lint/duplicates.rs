//! Rules of one policy with the same condition, and rules that match only where an earlier one does.
//!
//! All rules that match fire, so neither is lost; but two with the same condition tell everything
//! twice, and Falco, which stops at the first, would never come to the second.

use std::collections::{BTreeSet, HashMap};

use super::super::report::Report;
use super::super::resolve::Resolved;
use crate::condition::ast::{Check, Expr, Node, Right};
use crate::condition::operator::Operator;
use crate::diagnostic::Code;

/// How many conditions are compared for one part of a rule: more share no part but a common one.
const MAX_CANDIDATES: usize = 64;

/// Tells of them. Rules that are switched off disturb nobody.
pub(in crate::rules) fn duplicates(rules: &[Resolved], report: &mut Report<'_>) {
    let mut first: HashMap<BTreeSet<String>, &Resolved> = HashMap::new();
    let mut distinct: Vec<(BTreeSet<String>, &Resolved)> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.rule.enabled) {
        let parts = parts(&rule.expr);
        if let Some(earlier) = first.get(&parts) {
            let message = format!("the rule `{}` has the same condition", name(earlier));
            let help =
                "both fire on each such event; join them, or switch one off with `enabled: false`";
            report.scalar_help(Code::SameCondition, &rule.rule.name, message, help);
            continue;
        }
        first.insert(parts.clone(), rule);
        distinct.push((parts, rule));
    }
    implied(&distinct, report);
}

fn name(rule: &Resolved) -> &str {
    &rule.rule.name.value
}

/// Tells of rules that require all that an earlier one requires, and more.
fn implied(rules: &[(BTreeSet<String>, &Resolved)], report: &mut Report<'_>) {
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for part in rules.iter().flat_map(|(parts, _)| parts) {
        *frequency.entry(part).or_default() += 1;
    }
    // A rule is found by the part that it shares with the fewest.
    let mut by_rarest: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (parts, rule)) in rules.iter().enumerate() {
        let candidates = parts.iter().filter_map(|part| by_rarest.get(part.as_str()));
        let earlier = candidates
            .flat_map(|places| places.iter().take(MAX_CANDIDATES))
            .filter_map(|place| rules.get(*place))
            .find(|(fewer, _)| fewer.is_subset(parts));
        if let Some((_, earlier)) = earlier {
            let message = format!(
                "the rule `{}` matches whatever this one does",
                name(earlier)
            );
            let help = "both fire here; Falco stops at the first that matches, unless told otherwise, and never comes to this one";
            report.scalar_help(Code::Implied, &rule.rule.name, message, help);
        }
        let rarest = parts.iter().min_by_key(|part| frequency.get(part.as_str()));
        if let Some(rarest) = rarest {
            by_rarest.entry(rarest).or_default().push(at);
        }
    }
}

/// The parts that must all hold, each written in one way: without regard to order and to the many
/// ways of writing a comparison.
fn parts(expr: &Expr) -> BTreeSet<String> {
    match &expr.node {
        Node::And(inner) => inner.iter().flat_map(parts).collect(),
        _ => BTreeSet::from([plain(expr)]),
    }
}

fn plain(expr: &Expr) -> String {
    match &expr.node {
        Node::And(_) => joined(parts(expr), " and "),
        Node::Or(_) => joined(alternatives(expr), " or "),
        Node::Not(inner) => format!("not {}", plain(inner)),
        Node::Macro(name) => name.clone(),
        Node::Check(check) => plain_check(check),
    }
}

fn alternatives(expr: &Expr) -> BTreeSet<String> {
    match &expr.node {
        Node::Or(inner) => inner.iter().flat_map(alternatives).collect(),
        _ => BTreeSet::from([plain(expr)]),
    }
}

fn joined(parts: BTreeSet<String>, word: &str) -> String {
    let parts: Vec<String> = parts.into_iter().collect();
    match parts.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", parts.join(word)),
    }
}

fn plain_check(check: &Check) -> String {
    let left = &check.left;
    let operator = match check.operator {
        Operator::Same => Operator::Equal,
        operator => operator,
    };
    let values = match &check.right {
        Right::Value(word) => BTreeSet::from([&word.bytes]),
        Right::List(words, _) => words.iter().map(|word| &word.bytes).collect(),
        Right::None => return format!("{left} {}", operator.symbol()),
        Right::Operand(other) => return format!("{left} {} {other}", operator.symbol()),
    };
    let modifier = check.modifier.map_or("", |modifier| modifier.symbol());
    let symbol = operator.symbol();
    // To be in a list of one is to be equal to it; of a field with several values this is not asked
    // in another way.
    let symbol = if operator == Operator::In && values.len() == 1 {
        "="
    } else {
        symbol
    };
    format!("{left} {symbol} {modifier} {values:?}")
}
