//! Single comparisons that cannot hold, or cannot fail, whatever the event.

use super::{checks, field, may_be_absent};
use crate::condition::ast::{Check, Expr, OperandKind, Right, Word};
use crate::condition::check::Finding;
use crate::condition::operator::{Modifier, Operator, Transformer};
use crate::diagnostic::Code;
use crate::field::Kind;

/// What is pointless as it is written: a list that is empty because nothing was written into it. One
/// that has a name may be there to be filled.
pub(super) fn written(expr: &Expr, findings: &mut Vec<Finding>) {
    checks(expr, &mut |check, expr| {
        if matches!(&check.right, Right::List(words, _) if words.is_empty()) {
            let message = format!("nothing is in `()`, so `{expr}` never holds");
            let help = "write the values into the parentheses, or the name of a list";
            findings.push(Finding::new(Code::Pointless, expr.span, message).help(help));
        }
    });
}

/// What is pointless once lists are put in.
pub(super) fn expanded(expr: &Expr, findings: &mut Vec<Finding>) {
    checks(expr, &mut |check, expr| {
        let finding = always_there(check, expr)
            .or_else(|| other_than_any(check, expr))
            .or_else(|| wrong_case(check))
            .or_else(|| not_available(check))
            .or_else(|| network_as_text(check))
            .or_else(|| typographic(check));
        findings.extend(finding);
    });
}

/// `exists` on a field that is the empty text when an event lacks it.
fn always_there(check: &Check, expr: &Expr) -> Option<Finding> {
    let field = field(&check.left).filter(|_| check.operator == Operator::Exists)?;
    if field.may_be_absent() {
        return None;
    }
    let name = &check.left;
    if field.kind != Kind::Text {
        let message = format!("`{name}` always exists");
        return Some(Finding::new(Code::Pointless, expr.span, message));
    }
    let message = format!("`{name}` always exists: it is empty when the event has no value");
    let help = format!("write `{name} != \"\"`");
    Some(Finding::new(Code::Pointless, expr.span, message).help(help))
}

/// `!= anyof` two values: each value is another than one of them.
fn other_than_any(check: &Check, expr: &Expr) -> Option<Finding> {
    let Right::List(words, _) = &check.right else {
        return None;
    };
    let is_any = check.operator == Operator::NotEqual && check.modifier == Some(Modifier::AnyOf);
    let differ = words.windows(2).any(|two| two[0].bytes != two[1].bytes);
    (is_any && differ).then(|| {
        let message = "every value is another than one of these: this always holds";
        let help = format!(
            "write `!= allof` for none of them, or `not {} in (…)`",
            check.left
        );
        Finding::new(Code::Pointless, expr.span, message).help(help)
    })
}

/// A value with letters that the transformer on the left leaves none of.
fn wrong_case(check: &Check) -> Option<Finding> {
    let OperandKind::Transform(transformer, ..) = &check.left.kind else {
        return None;
    };
    let given: fn(&[u8]) -> Vec<u8> = match transformer {
        Transformer::ToLower => <[u8]>::to_ascii_lowercase,
        Transformer::ToUpper => <[u8]>::to_ascii_uppercase,
        _ => return None,
    };
    let is_exact = matches!(
        check.operator,
        Operator::Equal
            | Operator::Same
            | Operator::Contains
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::In
            | Operator::Intersects
    );
    let differs = |word: &&Word| is_exact && given(&word.bytes) != word.bytes;
    let word = words(check).iter().find(differs)?;
    let message = format!("`{}` never gives `{}`", transformer.symbol(), word.text());
    let better = given(&word.bytes);
    let help = format!("write `{}`", String::from_utf8_lossy(&better));
    Some(Finding::new(Code::Pointless, word.span, message).help(help))
}

/// A network where texts are compared.
fn network_as_text(check: &Check) -> Option<Finding> {
    let name = field(&check.left)?.name;
    let other = match name {
        "okta.client.ip" => "okta.client.net",
        "okta.request.ipchain" => "okta.request.net",
        _ => return None,
    };
    let is_network = |word: &&Word| word.text().parse::<ipnet::IpNet>().is_ok();
    let word = words(check).iter().find(is_network)?;
    let message = format!(
        "`{name}` is text, which is never the network `{}`",
        word.text()
    );
    let help = format!("write `{other}`, which compares with networks");
    Some(Finding::new(Code::Pointless, word.span, message).help(help))
}

/// Quotes as word processors write them, which belong to the value.
fn typographic(check: &Check) -> Option<Finding> {
    let quotes = ['“', '”', '„', '‘', '’'];
    let word = words(check)
        .iter()
        .find(|word| !word.quoted && word.text().starts_with(quotes))?;
    let message = format!("the quotes of `{}` are part of the value", word.text());
    let help = "write them as \"";
    Some(Finding::new(Code::Pointless, word.span, message).help(help))
}

/// The values on the right.
fn words(check: &Check) -> &[Word] {
    match &check.right {
        Right::Value(word) => std::slice::from_ref(word),
        Right::List(words, _) => words,
        Right::None | Right::Operand(_) => &[],
    }
}

/// `<NA>` is what an output prints for an absent value; no value is that.
fn not_available(check: &Check) -> Option<Finding> {
    let is_whole = matches!(
        check.operator,
        Operator::Equal | Operator::Same | Operator::NotEqual | Operator::In | Operator::Intersects
    );
    let word = words(check).iter().find(|word| word.bytes == b"<NA>");
    let word = word.filter(|_| is_whole)?;
    let left = &check.left;
    let message = "outputs print `<NA>` for an absent value, but no value is that text";
    let help = if may_be_absent(left) {
        format!("write `{left} exists`, or `not {left} exists`")
    } else {
        format!("write `{left} != \"\"`, or `{left} = \"\"`")
    };
    Some(Finding::new(Code::Pointless, word.span, message).help(help))
}
