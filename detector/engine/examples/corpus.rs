//! Runs the engine against cases from other implementations: `cargo run --example corpus --
//! FOLDER`.
//!
//! Prints how many cases agree and the first failures for each file. Ends with 1 when the public
//! rules do not load or a file has fewer passes than it had.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use nightlatch_engine::{
    Context, Event, PolicyKind, Ruleset, SourceFile, State, compile, parse_condition,
};
use serde_json::Value;

/// How many failures are shown of a file.
const SHOWN: usize = 12;

/// The fewest cases that must pass.
const MINIMUM: [(&str, usize); 7] = [
    ("parser_cases.jsonl", 545),
    ("parser_generated_cases.jsonl", 2068),
    ("okta_compile_cases.jsonl", 156),
    ("boolean_eval_cases.jsonl", 40),
    ("rule_loader_cases.jsonl", 97),
    ("compile_cases.jsonl", 114),
    ("okta_eval_cases.jsonl", 4654),
];

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        say("usage: corpus FOLDER");
        return ExitCode::from(64);
    };
    let folder = Path::new(&folder);
    let mut fine = public_rules(folder);
    for (file, minimum) in MINIMUM {
        let (mut passed, mut failures) = (0, Vec::new());
        for case in cases(&folder.join(file)) {
            for result in check(file, &case) {
                match result {
                    Ok(()) => passed += 1,
                    Err(failure) => failures.push(failure),
                }
            }
        }
        say(&format!(
            "{file}: {passed} agree, {} differ",
            failures.len()
        ));
        failures
            .iter()
            .take(SHOWN)
            .for_each(|failure| say(&format!("  {failure}")));
        if passed < minimum {
            say(&format!("  FEWER than the {minimum} that passed before"));
            fine = false;
        }
    }
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn say(line: &str) {
    // A reader that went away is no reason to fail.
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn cases(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn public_rules(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("okta_rules.yaml")).unwrap_or_default();
    let file = SourceFile {
        name: "okta_rules.yaml".to_owned(),
        text,
    };
    let compiled = compile(&file, PolicyKind::Custom);
    for diagnostic in &compiled.diagnostics {
        say(&diagnostic.render(&file.text, false));
    }
    let rules = compiled.policy.map_or(0, |policy| policy.rules().len());
    say(&format!("okta_rules.yaml: {rules} rules"));
    rules == 21
}

fn check(file: &str, case: &Value) -> Vec<Result<(), String>> {
    match file {
        "parser_cases.jsonl" | "parser_generated_cases.jsonl" => vec![parser(case)],
        "okta_compile_cases.jsonl" => vec![okta_compile(case)],
        "boolean_eval_cases.jsonl" => vec![boolean(case)],
        "compile_cases.jsonl" => compiles(case).into_iter().collect(),
        "okta_eval_cases.jsonl" => verdicts(case),
        _ => vec![loader(case)],
    }
}

fn text<'c>(case: &'c Value, key: &str) -> &'c str {
    case[key].as_str().unwrap_or_default()
}

fn parser(case: &Value) -> Result<(), String> {
    let expr = text(case, "expr");
    match (
        parse_condition(expr),
        case["should_parse"].as_bool() == Some(true),
    ) {
        (Ok(parsed), true) => {
            let canonical = format!("{parsed:#}");
            if canonical != text(case, "ast") {
                return Err(format!(
                    "{expr:?} prints {canonical:?}, not {:?}",
                    text(case, "ast")
                ));
            }
            prints_back(expr, &parsed.to_string(), &canonical)?;
            [
                format!(" {expr} "),
                expr.replace(' ', "\n"),
                expr.replace(' ', "\t"),
            ]
            .iter()
            .filter(|_| !expr.contains(['"', '\'']))
            .try_for_each(|variant| match parse_condition(variant) {
                Ok(_) => Ok(()),
                Err(error) => Err(format!("{variant:?} is refused: {error}")),
            })
        }
        (Err(error), false) if case["idx"].as_u64() == Some(error.at as u64) => Ok(()),
        (Err(error), false) => Err(format!(
            "{expr:?} is refused at {}, not {}: {error}",
            error.at, case["idx"]
        )),
        (Ok(_), false) => Err(format!(
            "{expr:?} is accepted, but: {}",
            text(case, "oracle_err")
        )),
        (Err(error), true) => Err(format!("{expr:?} is refused at {}: {error}", error.at)),
    }
}

fn prints_back(expr: &str, printed: &str, canonical: &str) -> Result<(), String> {
    match parse_condition(printed) {
        Ok(again) if format!("{again:#}") == canonical && again.to_string() == printed => Ok(()),
        Ok(again) => Err(format!("{expr:?} prints {printed:?}, which prints {again}")),
        Err(error) => Err(format!(
            "{expr:?} prints {printed:?}, which is refused: {error}"
        )),
    }
}

/// A rules file with one rule.
fn one_rule(condition: &str, output: &str) -> SourceFile {
    let rule = serde_json::json!([{
        "rule": "r", "desc": "d", "priority": "INFO", "condition": condition, "output": output
    }]);
    SourceFile {
        name: "case.yaml".to_owned(),
        text: rule.to_string(),
    }
}

fn okta_compile(case: &Value) -> Result<(), String> {
    let condition = case["condition"].as_str().unwrap_or("okta.evt.type = x");
    let output = case["output"].as_str().unwrap_or("o");
    let compiled = compile(&one_rule(condition, output), PolicyKind::Custom);
    let errors: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(ToString::to_string)
        .collect();
    if errors.is_empty() == (case["ok"].as_bool() == Some(true)) {
        return Ok(());
    }
    Err(format!(
        "{condition:?} {output:?}: {errors:?}, expected {}",
        case["errors"]
    ))
}

/// The cases name fields that are not Okta's; others stand for them.
fn boolean(case: &Value) -> Result<(), String> {
    let condition = text(case, "expr")
        .replace("c.true", "okta.actor.id")
        .replace("c.false", "okta.client.id")
        .replace("c.doublequote", "okta.message")
        .replace("c.singlequote", "okta.reason");
    let file = one_rule(&condition, "o");
    let compiled = compile(&file, PolicyKind::Custom);
    let policy = compiled
        .policy
        .ok_or_else(|| format!("{condition}: {:?}", compiled.diagnostics))?;
    let event = serde_json::json!({
        "actor": {"id": "1"}, "client": {"id": "0"},
        "outcome": {"reason": "hello 'quoted'"}, "displayMessage": "hello \"quoted\""
    });
    let tests = serde_json::json!([{
        "test": "t", "rule": "r", "event": event, "matches": case["expected"]
    }]);
    let tests = SourceFile {
        name: "case.test.yaml".to_owned(),
        text: tests.to_string(),
    };
    let report = nightlatch_engine::run_tests(&policy, &tests).map_err(|e| format!("{e:?}"))?;
    match report.cases.iter().find_map(|case| case.failure.clone()) {
        None => Ok(()),
        Some(failure) => Err(format!("{condition}: {failure}")),
    }
}

/// Fields of the kinds that exist here; a case of another field says nothing about us.
const KINDS: [(&str, &str); 8] = [
    ("c.true", "okta.actor.id"),
    ("c.doublequote", "okta.message"),
    ("c.singlequote", "okta.reason"),
    ("fd.name", "okta.requesturi"),
    ("proc.name", "okta.actor.name"),
    ("evt.is_io", "evt.is_async"),
    ("evt.count", "okta.security.asnumber"),
    ("proc.pid", "evt.num"),
];

fn compiles(case: &Value) -> Option<Result<(), String>> {
    let expr = text(case, "expr");
    let known = KINDS.iter().any(|(field, _)| expr.contains(field)) || expr.contains("evt.rawtime");
    let foreign = ["proc.pid.ts", "evt.is_io_", "thread.", "fd.n.", "fd.name_"];
    if !known || foreign.iter().any(|field| expr.contains(field)) {
        return None;
    }
    let condition = KINDS.iter().fold(expr.to_owned(), |text, (theirs, ours)| {
        text.replace(theirs, ours)
    });
    let compiled = compile(&one_rule(&condition, "o"), PolicyKind::Custom);
    let accepted = compiled.policy.is_some();
    if accepted == (case["should_compile"].as_bool() == Some(true)) {
        return Some(Ok(()));
    }
    let shown: Vec<String> = compiled
        .diagnostics
        .iter()
        .map(ToString::to_string)
        .collect();
    Some(Err(format!(
        "{expr:?} as {condition:?}: {shown:?}, expected {}",
        case["error"]
    )))
}

fn verdicts(case: &Value) -> Vec<Result<(), String>> {
    let raw = case["event"].to_string();
    let Ok(event) = Event::parse(&raw) else {
        return vec![Err(format!("no event: {raw}"))];
    };
    let published_ms = event.published_ms().unwrap_or_default();
    let context = Context {
        integration: "i",
        org: "example.okta.com",
        uuid: "u",
        appended_ms: published_ms,
        published_ms,
        offset: 1,
    };
    let verdict = |condition: &Value, expected: bool| {
        let condition = condition.as_str().unwrap_or_default();
        let compiled = compile(&one_rule(condition, "o"), PolicyKind::Custom);
        let policy = compiled
            .policy
            .ok_or_else(|| format!("{condition}: {:?}", compiled.diagnostics))?;
        let ruleset = Ruleset::new(vec![Arc::new(policy)]).map_err(|error| error.to_string())?;
        let found = ruleset
            .evaluate(&event, &context, &mut State::default())
            .detections
            .len()
            == 1;
        if found == expected {
            Ok(())
        } else {
            Err(format!("{condition} is {found}: {raw:.60}"))
        }
    };
    let conditions = |key: &str| case[key].as_array().cloned().unwrap_or_default();
    let found_true = conditions("true")
        .into_iter()
        .map(|condition| verdict(&condition, true));
    let found_false = conditions("false")
        .into_iter()
        .map(|condition| verdict(&condition, false));
    found_true.chain(found_false).collect()
}

/// Fields of system calls, and fields of Okta that stand for them.
const STAND_INS: [(&str, &str); 14] = [
    ("evt.type", "okta.evt.type"),
    ("evt.dir", "okta.result"),
    ("evt.is_open_read", "evt.is_async"),
    ("proc.name", "okta.actor.name"),
    ("proc.aname", "okta.actor.alternateid"),
    ("proc.cmdline", "okta.message"),
    ("proc.exepath", "okta.app"),
    ("proc.pname", "okta.actor.id"),
    ("proc.tty", "okta.security.asnumber"),
    ("fd.name", "okta.requesturi"),
    ("fd.directory", "okta.reason"),
    ("user.name", "okta.principal.name"),
    ("container.info", "okta.org"),
    ("syscall", "okta"),
];

fn stand_in(text: &str) -> String {
    STAND_INS
        .iter()
        .fold(text.to_owned(), |text, (theirs, ours)| {
            text.replace(theirs, ours)
        })
}

fn loader(case: &Value) -> Result<(), String> {
    let name = text(case, "test");
    for load in case["loads"].as_array().into_iter().flatten() {
        let document = case["documents"][text(load, "doc")]
            .as_str()
            .unwrap_or_default();
        let file = SourceFile {
            name: name.to_owned(),
            text: stand_in(document),
        };
        let compiled = compile(&file, PolicyKind::Custom);
        if compiled.policy.is_some() != (load["should_load"].as_bool() == Some(true)) {
            let shown: Vec<String> = compiled
                .diagnostics
                .iter()
                .map(ToString::to_string)
                .collect();
            return Err(format!(
                "{name}: should load: {}, but {shown:?}",
                load["should_load"]
            ));
        }
        let Some(policy) = compiled.policy else {
            continue;
        };
        for (rule, condition) in case["compiled_conditions"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let ours = policy.rules().iter().find(|known| known.name() == rule);
            let ours = ours.and_then(|rule| parse_condition(rule.condition_text()).ok());
            let ours = ours.map(|expr| format!("{expr:#}")).unwrap_or_default();
            let theirs = stand_in(condition.as_str().unwrap_or_default());
            if ours != theirs {
                return Err(format!("{name}: {rule} is {ours:?}, not {theirs:?}"));
            }
        }
    }
    Ok(())
}
