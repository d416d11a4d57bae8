//! Events that have what the comparisons ask for, or have it oddly: missing, null, twice, of another
//! type, or written with escapes.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Dice;
use super::comparison::{TEXTS, TYPES};

/// Draws an event.
pub(super) fn draw(dice: &mut Dice) -> String {
    let event_type = member(dice, "eventType", |dice| text(dice, &TYPES));
    let actor = member(dice, "actor", |dice| {
        let id = member(dice, "id", |dice| text(dice, &["1", "2", "a"]));
        let login = member(dice, "alternateId", |dice| text(dice, &TEXTS));
        object(&[id, login])
    });
    let client = member(dice, "client", client);
    let outcome = member(dice, "outcome", |dice| {
        let result = member(dice, "result", |dice| {
            text(dice, &["FAILURE", "SUCCESS", "a"])
        });
        let reason = member(dice, "reason", |dice| {
            text(dice, &["INVALID_CREDENTIALS", "a", "é"])
        });
        object(&[result, reason])
    });
    let security = member(dice, "securityContext", |dice| {
        let number = member(dice, "asNumber", |dice| {
            one(dice, &["1", "2", "64496", "\"3\"", "-1", "1.5"])
        });
        let risk = member(dice, "risk", |dice| {
            let level = member(dice, "level", |dice| text(dice, &["HIGH", "a"]));
            let reasons = member(dice, "reasons", |dice| {
                one(dice, &["[\"a\",\"ab\"]", "\"a, b\"", "[]"])
            });
            object(&[level, reasons])
        });
        object(&[number, risk])
    });
    let debug = member(dice, "debugContext", |dice| {
        let data = member(dice, "debugData", debug_data);
        object(&[data])
    });
    let target = member(dice, "target", |dice| {
        let count = dice.random_range(0..4);
        let targets: Vec<_> = (0..count).map(|_| target(dice)).collect();
        format!("[{}]", targets.join(","))
    });
    let step = member(dice, "authenticationContext", |dice| {
        let step = member(dice, "authenticationStep", |dice| {
            one(dice, &["0", "1", "\"a\""])
        });
        object(&[step])
    });
    object(&[
        event_type, actor, client, outcome, security, debug, target, step,
    ])
}

fn client(dice: &mut Dice) -> String {
    let ip = member(dice, "ipAddress", |dice| {
        text(dice, &["10.0.0.1", "203.0.113.7", "::1", "a"])
    });
    let agent = member(dice, "userAgent", |dice| {
        let raw = member(dice, "rawUserAgent", |dice| text(dice, &TEXTS));
        object(&[raw])
    });
    let place = member(dice, "geographicalContext", |dice| {
        let country = member(dice, "country", |dice| text(dice, &TEXTS));
        object(&[country])
    });
    let chain = member(dice, "ipChain", |dice| {
        one(
            dice,
            &[
                "[{\"ip\":\"10.0.0.1\"},{\"ip\":\"203.0.113.7\"}]",
                "[{\"ip\":\"a\"},{}]",
            ],
        )
    });
    object(&[ip, agent, place, chain])
}

fn debug_data(dice: &mut Dice) -> String {
    let factor = member(dice, "factor", |dice| {
        text(dice, &["OKTA_VERIFY_PUSH", "PASSWORD_AS_FACTOR", "a"])
    });
    let uri = member(dice, "requestUri", |dice| {
        text(dice, &["/app/a/b", "/app/b", "a/b", ""])
    });
    let held = member(dice, "held", |dice| {
        one(
            dice,
            &[
                "\"{\\\"a\\\":\\\"a\\\"}\"",
                "\"{\\\"a\\\":{\\\"b\\\":1}}\"",
                "\"{a\"",
                "\"a\"",
                "{\"a\":\"ab\"}",
            ],
        )
    });
    let behaviors = member(dice, "behaviors", |dice| {
        one(
            dice,
            &[
                "\"{New Device=POSITIVE, New IP=NEGATIVE}\"",
                "{\"New Device\":\"HIGH\"}",
                "[\"New Device=a\"]",
                "\"a\"",
            ],
        )
    });
    let logged = member(dice, "logOnlySecurityData", |dice| {
        one(
            dice,
            &[
                "\"{\\\"risk\\\":{\\\"level\\\":\\\"HIGH\\\"},\\\"behaviors\\\":{\\\"New Device\\\":\\\"POSITIVE\\\"}}\"",
                "\"a\"",
            ],
        )
    });
    let denied = member(dice, "pushOnlyResponseType", |dice| {
        text(dice, &["OV_RESPONSE_DENY", "a"])
    });
    object(&[factor, uri, held, behaviors, logged, denied])
}

fn target(dice: &mut Dice) -> String {
    if dice.random_ratio(1, 12) {
        return one(dice, &["null", "5", "\"a\"", "[]", "{}"]);
    }
    let kind = member(dice, "type", |dice| {
        text(dice, &["User", "AppInstance", "a"])
    });
    let id = member(dice, "id", |dice| text(dice, &["1", "2", "a"]));
    let login = member(dice, "alternateId", |dice| text(dice, &TEXTS));
    let name = member(dice, "displayName", |dice| text(dice, &TEXTS));
    let detail = member(dice, "detailEntry", |dice| {
        one(
            dice,
            &[
                "{\"Method\":\"a\"}",
                "{\"method\":\"b\",\"METHOD\":null}",
                "[]",
            ],
        )
    });
    object(&[kind, id, login, name, detail])
}

/// A member of an object: mostly there, sometimes missing, null, of another type, or twice.
fn member(dice: &mut Dice, key: &str, value: impl Fn(&mut Dice) -> String) -> String {
    let odd = [
        "null",
        "true",
        "17",
        "[]",
        "{}",
        "[1,\"a\"]",
        "{\"a\":[null]}",
        "\"\"",
    ];
    let value = |dice: &mut Dice| match dice.random_range(0..30) {
        0 | 1 => one(dice, &odd),
        _ => value(dice),
    };
    match dice.random_range(0..20) {
        0 | 1 => String::new(),
        2 => format!("\"{key}\": {} , \"{key}\" :{}", value(dice), value(dice)),
        3 => format!("\"{}\":{}", escaped(key), value(dice)),
        _ => format!("\"{key}\":{}", value(dice)),
    }
}

fn object(members: &[String]) -> String {
    let members: Vec<_> = members
        .iter()
        .filter(|member| !member.is_empty())
        .cloned()
        .collect();
    format!("{{{}}}", members.join(","))
}

fn one(dice: &mut Dice, values: &[&str]) -> String {
    (*values.choose(dice).unwrap()).to_owned()
}

/// A string, sometimes written with escapes or with half of a pair of surrogates.
fn text(dice: &mut Dice, texts: &[&str]) -> String {
    let text = *texts.choose(dice).unwrap();
    match dice.random_range(0..12) {
        0 => format!("\"{}\"", escaped(text)),
        1 => format!("\"{text}\\ud800\""),
        _ => format!("\"{text}\""),
    }
}

/// The text with its first character written as an escape.
fn escaped(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| format!("\\u{:04x}", u32::from(c)));
    first.unwrap_or_default() + chars.as_str()
}
