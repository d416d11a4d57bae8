//! Odd events: valid JSON objects that no well-behaved org sends, and that must not be lost.
//!
//! Each is a real event with something done to it: nulls, wrong types, numbers that no machine
//! holds, odd Unicode, keys twice, no id, no time, great depth, great length.

mod node;
mod texts;

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};

use crate::dice::{Dice, pick};
use crate::org::Org;
use crate::traffic::Traffic;
use node::{Node, Spacing};
use texts::{KEYS, NUMBERS, PUBLISHED, STRINGS, TYPES, UUIDS};

/// The deepest nesting of objects and arrays, the event itself included.
const DEPTH: usize = 64;

/// The longest text, in bytes of JSON.
const LENGTH: usize = 400_000;

/// When the odd events begin: Unix time in milliseconds.
const BEGIN_MS: i64 = 1_790_000_000_000;

/// Something odd that can be done to an event.
type Oddity = fn(&mut Dice, &mut Node);

/// Every oddity; the order is that in which they appear.
const ODDITIES: [Oddity; 20] = [
    nulls,
    null_objects,
    texts_for_numbers,
    numbers_for_texts,
    wrong_shapes,
    unknown_fields,
    great_numbers,
    shuffled_keys,
    odd_strings,
    duplicate_keys,
    no_uuid,
    odd_uuid,
    no_published,
    odd_published,
    odd_type,
    empty,
    many_targets,
    no_target,
    long_text,
    deep,
];

/// Makes up `n` odd events, each on one line, no two alike.
///
/// Every one is a JSON object by RFC 8259, at most 64 levels deep and shorter than 512 KiB. The
/// first twenty show one oddity each; later ones combine them.
pub fn odd_events(seed: u64, n: usize) -> Vec<String> {
    make(seed, n, Spacing::OneLine)
}

/// Makes up `n` odd events like [`odd_events`], with line breaks between their tokens: fit for a
/// JSON array or a hook's body, not for a file of one event a line.
pub fn odd_events_on_many_lines(seed: u64, n: usize) -> Vec<String> {
    make(seed, n, Spacing::ManyLines)
}

fn make(seed: u64, n: usize, spacing: Spacing) -> Vec<String> {
    let mut dice = Dice::seed_from_u64(seed);
    let mut traffic = Traffic::new(Org::new(seed, "odd.okta.com"), seed);
    let mut known = BTreeSet::new();
    let mut events = Vec::with_capacity(n);
    for (number, at_ms) in (0..n).zip(BEGIN_MS..) {
        let mut event = Node::of_event(&traffic.next(at_ms).json);
        for oddity in choose(&mut dice, number) {
            oddity(&mut dice, &mut event);
        }
        let mut text = event.print(&mut dice, spacing);
        while !known.insert(text.clone()) {
            // Blanks after the brace make it another text, and the same event.
            text.insert(1, ' ');
        }
        events.push(text);
    }
    events
}

/// One oddity for the first round, then up to four, in an order that leaves depth to the last.
fn choose(dice: &mut Dice, number: usize) -> Vec<Oddity> {
    let own = number % ODDITIES.len();
    let mut chosen = BTreeSet::from([own]);
    if number >= ODDITIES.len() {
        for _ in 0..dice.random_range(0..4) {
            chosen.insert(dice.random_range(0..ODDITIES.len()));
        }
    }
    chosen.into_iter().map(|index| ODDITIES[index]).collect()
}

/// Null in the place of values, anywhere.
fn nulls(dice: &mut Dice, event: &mut Node) {
    event.each_value(&mut |value| {
        if dice.random_bool(0.4) {
            *value = Node::raw("null");
        }
    });
}

/// Null in the place of whole objects.
fn null_objects(dice: &mut Dice, event: &mut Node) {
    const OBJECTS: [&str; 10] = [
        "actor",
        "client",
        "target",
        "outcome",
        "transaction",
        "debugContext",
        "securityContext",
        "authenticationContext",
        "device",
        "eventType",
    ];
    for key in OBJECTS {
        if dice.random_bool(0.5) {
            event.set(key, Node::raw("null"));
        }
    }
}

/// Booleans and numbers as text.
fn texts_for_numbers(_: &mut Dice, event: &mut Node) {
    event.each_value(&mut |value| {
        if let Node::Raw(text) = value
            && !text.starts_with('"')
        {
            *text = format!("\"{text}\"");
        }
    });
}

/// Text as booleans and numbers.
fn numbers_for_texts(dice: &mut Dice, event: &mut Node) {
    event.each_value(&mut |value| {
        if dice.random_bool(0.3) {
            *value = Node::raw(*pick(dice, &["true", "false", "0", "17", "-2.5"]));
        }
    });
}

/// Arrays for objects, objects for arrays, and either for a value.
fn wrong_shapes(dice: &mut Dice, event: &mut Node) {
    for key in [
        "actor",
        "outcome",
        "target",
        "uuid",
        "published",
        "version",
        "debugContext",
    ] {
        if dice.random_bool(0.4) {
            let shape = pick(
                dice,
                &["[]", "{}", "[[]]", r#"["SUCCESS"]"#, r#"{"id":[null]}"#],
            );
            event.set(key, Node::raw(*shape));
        }
    }
}

/// Fields that Okta has never heard of, at the root and below.
fn unknown_fields(dice: &mut Dice, event: &mut Node) {
    for key in KEYS {
        let value = match dice.random_range(0..3) {
            0 => Node::raw(*pick(dice, &NUMBERS)),
            1 => Node::raw(*pick(dice, &STRINGS)),
            _ => Node::Array(vec![
                Node::Object(vec![]),
                Node::raw("null"),
                Node::Array(vec![]),
            ]),
        };
        event.some_object(dice).push((key.to_owned(), value));
    }
}

/// Numbers beyond what 64 bits hold.
fn great_numbers(dice: &mut Dice, event: &mut Node) {
    let numbers = NUMBERS.iter().map(|number| Node::raw(*number)).collect();
    event.set("numbers", Node::Array(numbers));
    for path in [
        ["securityContext", "asNumber"],
        ["authenticationContext", "authenticationStep"],
    ] {
        event.set_below(path, Node::raw(*pick(dice, &NUMBERS)));
    }
    event.set("version", Node::raw(*pick(dice, &NUMBERS)));
}

/// Keys in any order, at every level.
fn shuffled_keys(dice: &mut Dice, event: &mut Node) {
    event.shuffle(dice);
}

/// Strings with odd Unicode: escapes, surrogates without a partner, NUL, marks of byte order.
fn odd_strings(dice: &mut Dice, event: &mut Node) {
    event.each_value(&mut |value| {
        if dice.random_bool(0.3) {
            *value = Node::raw(*pick(dice, &STRINGS));
        }
    });
    event.set_below(["actor", "displayName"], Node::raw(*pick(dice, &STRINGS)));
    event.set("displayMessage", Node::raw(*pick(dice, &STRINGS)));
}

/// A key twice, with another value; readers may take either.
fn duplicate_keys(dice: &mut Dice, event: &mut Node) {
    for key in [
        "\"eventType\"",
        "\"uuid\"",
        "\"actor\"",
        "\"published\"",
        "\"x\"",
        "\"x\"",
    ] {
        if dice.random_bool(0.6) {
            let value = Node::raw(*pick(dice, &STRINGS));
            let members = event.some_object(dice);
            let place = dice.random_range(0..=members.len());
            members.insert(place, (key.to_owned(), value));
        }
    }
    let twice = Node::raw(r#""user.session.start""#);
    event.root().push(("\"eventType\"".to_owned(), twice));
}

fn no_uuid(_: &mut Dice, event: &mut Node) {
    event.remove("uuid");
}

fn odd_uuid(dice: &mut Dice, event: &mut Node) {
    event.set("uuid", Node::raw(*pick(dice, &UUIDS)));
}

fn no_published(_: &mut Dice, event: &mut Node) {
    event.remove("published");
}

fn odd_published(dice: &mut Dice, event: &mut Node) {
    event.set("published", Node::raw(*pick(dice, &PUBLISHED)));
}

fn odd_type(dice: &mut Dice, event: &mut Node) {
    if dice.random_bool(0.3) {
        event.remove("eventType");
    } else {
        event.set("eventType", Node::raw(*pick(dice, &TYPES)));
    }
}

/// Nothing at all.
fn empty(_: &mut Dice, event: &mut Node) {
    *event = Node::Object(Vec::new());
}

fn many_targets(dice: &mut Dice, event: &mut Node) {
    let target = Node::raw(r#"{"id":"00u1","type":"User","alternateId":null}"#);
    event.set(
        "target",
        Node::Array(vec![target; dice.random_range(200..2000)]),
    );
}

fn no_target(dice: &mut Dice, event: &mut Node) {
    event.set(
        "target",
        Node::raw(*pick(dice, &["[]", "null", "[null]", "[null,17,\"User\"]"])),
    );
}

/// One text of up to 400 KB, in letters of one to four bytes.
fn long_text(dice: &mut Dice, event: &mut Node) {
    let letter = pick(dice, &["a", "ß", "漢", "🦉", "\\n", "\\u0000", "\\\\"]);
    let length = dice.random_range(LENGTH / 40..=LENGTH);
    let text = letter.repeat((length - 2) / letter.len());
    event.set_below(
        ["debugContext", "debugData"],
        Node::Object(vec![(
            "\"requestUri\"".to_owned(),
            Node::raw(format!("\"{text}\"")),
        )]),
    );
}

/// Objects and arrays in one another, 64 levels with the event itself.
fn deep(dice: &mut Dice, event: &mut Node) {
    let levels = if dice.random_bool(0.5) {
        DEPTH
    } else {
        dice.random_range(2..=DEPTH)
    };
    let mut inner = Node::raw("null");
    for level in 1..levels {
        inner = if level % 2 == 0 {
            Node::Object(vec![("\"d\"".to_owned(), inner)])
        } else {
            Node::Array(vec![inner])
        };
    }
    event.set("deep", inner);
}
