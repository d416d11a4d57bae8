//! Cases of single conditions: what parses, to which tree, and what compiles.

use nightlatch_engine::Dialect;
use serde_json::Value;

use super::falco::{self, COMPILE_CONDITION};
use super::{Score, is, mock, text};

/// A condition is accepted or refused; of those accepted the canonical form, of those refused the
/// offset is compared.
pub(crate) fn parses(case: &Value, score: &mut Score) {
    let expr = text(case, "expr");
    match (Dialect::strict().parse(expr), is(case, "should_parse")) {
        (Ok(parsed), true) => {
            let canonical = format!("{parsed:#}");
            let is_equal = canonical == text(case, "ast");
            count(&mut score.trees, is_equal);
            if !is_equal {
                let theirs = text(case, "ast");
                let line = format!("{expr:?} is {canonical:?}, not {theirs:?}");
                score.differences.push(line);
            }
            let result = prints_back(expr, &parsed.to_string(), &canonical);
            score.case(result.and_then(|()| bears_blanks(expr)));
        }
        (Err(error), false) => {
            if let Some(offset) = case.get("idx").and_then(Value::as_u64) {
                let is_equal = offset == error.at as u64;
                count(&mut score.offsets, is_equal);
                if !is_equal {
                    let at = error.at;
                    let line = format!("{expr:?} is refused at {at}, not {offset}: {error}");
                    score.differences.push(line);
                }
            }
            score.case(Ok(()));
        }
        (Ok(_), false) => {
            let why = text(case, "oracle_err");
            score.case(Err(format!("{expr:?} is accepted, but: {why}")));
        }
        (Err(error), true) => {
            let at = error.at;
            score.case(Err(format!("{expr:?} is refused at {at}: {error}")));
        }
    }
}

fn count(counts: &mut (usize, usize), is_equal: bool) {
    if is_equal {
        counts.0 += 1;
    } else {
        counts.1 += 1;
    }
}

fn prints_back(expr: &str, printed: &str, canonical: &str) -> Result<(), String> {
    match Dialect::strict().parse(printed) {
        Ok(again) if format!("{again:#}") == canonical && again.to_string() == printed => Ok(()),
        Ok(again) => Err(format!("{expr:?} prints {printed:?}, which prints {again}")),
        Err(error) => Err(format!(
            "{expr:?} prints {printed:?}, which is refused: {error}"
        )),
    }
}

/// What is accepted is so with blanks around it, and with other blanks. Two things are not, nor in
/// Falco: a blank behind a backslash is an escape, which a line break is no part of, and a macro
/// named `not` is none once a blank follows.
fn bears_blanks(expr: &str) -> Result<(), String> {
    if expr.contains("\\ ") || expr.ends_with("not") {
        return Ok(());
    }
    let variants = [
        format!(" {expr} "),
        expr.replace(' ', "\n"),
        expr.replace(' ', "\t"),
    ];
    variants.iter().try_for_each(|variant| {
        let parsed = Dialect::strict().parse(variant);
        parsed
            .map(|_| ())
            .map_err(|error| format!("{variant:?} is refused: {error}"))
    })
}

/// A condition on fields of system calls compiles or not, with so many warnings.
pub(crate) fn compiles(case: &Value, score: &mut Score) {
    let expr = text(case, "expr");
    let compiled = mock::compile(&mock::rule("syscall", expr, "o"), &mock::syscalls());
    let should = is(case, "should_compile");
    let is_accepted = compiled.policy.is_some();
    if let Some(expected) = case
        .get("warnings")
        .and_then(Value::as_u64)
        .filter(|_| should)
    {
        let found = falco::warnings(&compiled.diagnostics, COMPILE_CONDITION);
        let is_equal = found as u64 == expected;
        count(&mut score.warnings, is_equal);
        if !is_equal {
            let line = format!("{expr:?} has {found} warnings, not {expected}");
            score.differences.push(line);
        }
    }
    score.case(if is_accepted == should {
        Ok(())
    } else {
        let found = mock::shown(&compiled);
        Err(format!("{expr:?} should compile: {should}, but {found}"))
    });
}

/// A condition or an output on Okta's fields, as Falco answers that has its okta plugin alone.
pub(crate) fn okta(case: &Value, score: &mut Score) {
    let condition = case.get("condition").and_then(Value::as_str);
    let output = case.get("output").and_then(Value::as_str);
    let condition = condition.unwrap_or("okta.evt.type = x");
    let rule = mock::rule("okta", condition, output.unwrap_or("o"));
    let compiled = mock::compile(&rule, &mock::okta_plugin_alone());
    let should = is(case, "ok");
    if should {
        let theirs = super::items(case, "warnings").count();
        let ours = falco::warnings(&compiled.diagnostics, COMPILE_CONDITION);
        count(&mut score.warnings, ours == theirs);
        if ours != theirs {
            let line = format!("{condition:?} has {ours} warnings, not {theirs}");
            score.differences.push(line);
        }
    }
    score.case(if compiled.policy.is_some() == should {
        Ok(())
    } else {
        let found = mock::shown(&compiled);
        Err(format!(
            "{condition:?} {output:?} should load: {should}, but {found}"
        ))
    });
}
