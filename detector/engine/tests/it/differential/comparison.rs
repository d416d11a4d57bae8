//! Comparisons of every kind, whose values are those that the events have, and a few others.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Dice;

/// What texts are made of here: so few that comparisons often hold.
pub(super) const TEXTS: [&str; 16] = [
    "", "a", "b", "A", "ab", "ba", "a b", "é", "a/b", "/app/a/b", "YQ==", "1", "FAILURE", "User",
    "POSITIVE", "HIGH",
];
/// Event types, those that counters count among them.
pub(super) const TYPES: [&str; 5] = [
    "a",
    "b",
    "c",
    "user.authentication.auth_via_mfa",
    "user.mfa.okta_verify.deny_push",
];

const TEXT_FIELDS: [&str; 22] = [
    "okta.actor.id",
    "okta.actor.alternateid",
    "okta.client.ip",
    "okta.client.geo.country",
    "okta.useragent.raw",
    "okta.result",
    "okta.reason",
    "okta.authentication.step",
    "okta.app",
    "okta.requesturi",
    "okta.target.user.alternateid",
    "okta.target.app.alternateid",
    "okta.targets.displayName",
    "okta.targets.displayName[1]",
    "okta.debug[factor]",
    "okta.debug[held]",
    "okta.behavior[\"New Device\"]",
    "okta.risk.level",
    "json.value[/actor/alternateId]",
    "json.value[/target/0/displayName]",
    "json.value[/debugContext/debugData/held/a]",
    "evt.asynctype",
];
const LIST_FIELDS: [&str; 6] = [
    "okta.target.type",
    "okta.target.id",
    "okta.target.displayname",
    "okta.target.displayname[User]",
    "okta.target.detail[method]",
    "okta.risk.reasons",
];
const NUMBER_FIELDS: [&str; 6] = [
    "okta.security.asnumber",
    "len(okta.actor.id)",
    "len(okta.target.id)",
    "okta.mfa.failure.countlast[60]",
    "okta.mfa.deny.countlast[60]",
    "evt.num",
];

/// Lists that comparisons name.
pub(super) fn lists() -> impl Iterator<Item = serde_json::Value> {
    [
        serde_json::json!({"list": "some_texts", "items": ["a", "ab", "HIGH"]}),
        serde_json::json!({"list": "more_texts", "items": ["some_texts", "b", "User"]}),
        serde_json::json!({"list": "no_texts", "items": []}),
    ]
    .into_iter()
}

/// Draws a comparison.
pub(super) fn draw(dice: &mut Dice) -> String {
    match dice.random_range(0..20) {
        0..=4 => of_type(dice),
        5..=10 => {
            let field = *TEXT_FIELDS.choose(dice).unwrap();
            of_text(dice, field)
        }
        11 | 12 => {
            let field = transformed(dice);
            of_text(dice, &field)
        }
        13..=15 => of_list(dice),
        16 => of_number(dice),
        17 => of_address(dice),
        18 => of_boolean(dice),
        _ => of_other(dice),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn texts(dice: &mut Dice, pool: &[&str]) -> String {
    if dice.random_ratio(1, 6) {
        let list = ["some_texts", "more_texts", "no_texts"]
            .choose(dice)
            .unwrap();
        return format!("({list}, a)");
    }
    let count = dice.random_range(0..4);
    let texts: Vec<_> = (0..count)
        .map(|_| quoted(pool.choose(dice).unwrap()))
        .collect();
    format!("({})", texts.join(", "))
}

fn of_type(dice: &mut Dice) -> String {
    let text = quoted(TYPES.choose(dice).unwrap());
    match dice.random_range(0..8) {
        0..=2 => format!("okta.evt.type = {text}"),
        3 => format!("okta.evt.type != {text}"),
        4 => format!("okta.evt.type in {}", texts(dice, &TYPES)),
        5 => format!("okta.evt.type = anyof {}", texts(dice, &TYPES)),
        6 => format!("okta.evt.type != allof {}", texts(dice, &TYPES)),
        _ => format!("okta.evt.type startswith {text}"),
    }
}

fn transformed(dice: &mut Dice) -> String {
    let field = *TEXT_FIELDS.choose(dice).unwrap();
    match dice.random_range(0..6) {
        0 => format!("tolower({field})"),
        1 => format!("toupper({field})"),
        2 => format!("b64({field})"),
        3 => format!("basename({field})"),
        4 => format!("concat({field}, okta.actor.id)"),
        _ => format!("join(\",\", ({field}, \"a\"))"),
    }
}

fn of_text(dice: &mut Dice, field: &str) -> String {
    let text = quoted(TEXTS.choose(dice).unwrap());
    let operators = [
        "=",
        "==",
        "!=",
        "contains",
        "icontains",
        "startswith",
        "endswith",
        "glob",
        "iglob",
    ];
    let operator = operators.choose(dice).unwrap();
    match dice.random_range(0..12) {
        0 => format!("{field} exists"),
        1..=4 => format!("{field} {operator} {text}"),
        5..=7 => {
            let modifier = ["oneof", "anyof", "allof"].choose(dice).unwrap();
            format!("{field} {operator} {modifier} {}", texts(dice, &TEXTS))
        }
        8 | 9 => format!("{field} in {}", texts(dice, &TEXTS)),
        10 => format!(
            "{field} pmatch {}",
            texts(dice, &["/", "/app", "a", "/app/a", "/*/a", "b"])
        ),
        _ => {
            let pattern = ["a*b?", ".*a", "[a-z ]+", "(a|é).*", "/app/.*"]
                .choose(dice)
                .unwrap();
            format!("{field} regex {}", quoted(pattern))
        }
    }
}

fn of_list(dice: &mut Dice) -> String {
    let field = *LIST_FIELDS.choose(dice).unwrap();
    match dice.random_range(0..6) {
        0 => format!("{field} exists"),
        1 | 2 => format!("{field} in {}", texts(dice, &TEXTS)),
        _ => format!("{field} intersects {}", texts(dice, &TEXTS)),
    }
}

fn of_number(dice: &mut Dice) -> String {
    let field = *NUMBER_FIELDS.choose(dice).unwrap();
    let number = dice.random_range(0..4);
    match dice.random_range(0..4) {
        0 => format!("{field} in ({number}, 2, 64496)"),
        1 => format!("{field} != anyof ({number}, 1)"),
        _ => {
            let operator = ["=", "!=", "<", "<=", ">", ">="].choose(dice).unwrap();
            format!("{field} {operator} {number}")
        }
    }
}

fn of_address(dice: &mut Dice) -> String {
    let network = *["10.0.0.0/8", "10.0.0.1", "::/0", "203.0.113.0/24"]
        .choose(dice)
        .unwrap();
    match dice.random_range(0..4) {
        0 => format!("okta.client.net = {network}"),
        1 => format!("okta.client.net != {network}"),
        2 => format!("okta.client.net in ({network}, 192.0.2.0/24)"),
        _ => format!("okta.request.net intersects ({network})"),
    }
}

fn of_boolean(dice: &mut Dice) -> String {
    let field = ["okta.login.failed", "okta.mfa.push.denied", "evt.is_async"]
        .choose(dice)
        .unwrap();
    let value = dice.random_bool(0.5);
    match dice.random_range(0..3) {
        0 => format!("{field} = {value}"),
        1 => format!("{field} != {value}"),
        _ => format!("{field} in ({value})"),
    }
}

/// With another field on the right.
fn of_other(dice: &mut Dice) -> String {
    let (left, right) = (
        *TEXT_FIELDS.choose(dice).unwrap(),
        *TEXT_FIELDS.choose(dice).unwrap(),
    );
    match dice.random_range(0..5) {
        0 => format!("{left} = val({right})"),
        1 => format!("{left} != val({right})"),
        2 => format!("{left} contains val({right})"),
        3 => "okta.target.id intersects val(okta.target.displayname)".to_owned(),
        _ => format!("{left} = tolower({right})"),
    }
}
