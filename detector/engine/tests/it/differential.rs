//! The index, a full scan and a tree that is walked naively agree on every pair of an event and a
//! rule, drawn from a seed. A million pairs, unless `NIGHTLATCH_PAIRS` says otherwise.
//!
//! The naive walk shares with the engine only how one comparison is made: each is judged by a rule
//! of its own, and this file puts the verdicts together.

use std::collections::BTreeSet;

use nightlatch_engine::{Changes, Event, Ruleset, State};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::fixture::{NOON_MS, context, ruleset};

mod comparison;
mod event;
mod tree;

use tree::{Tree, Written};

type Dice = ChaCha8Rng;

/// Pairs that are compared unless `NIGHTLATCH_PAIRS` says otherwise.
const PAIRS: usize = 1_000_000;
/// Each ruleset has so many rules, made of so many comparisons and macros.
const RULES: usize = 100;
const COMPARISONS: usize = 120;
const MACROS: usize = 8;
/// Each ruleset judges so many events.
const EVENTS: usize = 100;

/// Rules that are judged all three ways.
struct Case {
    trees: Vec<Tree>,
    macros: Vec<Tree>,
    rules: Ruleset,
    /// A rule for each comparison.
    comparisons: Ruleset,
}

impl Case {
    fn new(dice: &mut Dice) -> Self {
        let comparisons: Vec<String> = (0..COMPARISONS).map(|_| comparison::draw(dice)).collect();
        let macros: Vec<Tree> = (0..MACROS)
            .map(|number| Tree::draw(dice, COMPARISONS, number))
            .collect();
        let trees: Vec<Tree> = (0..RULES)
            .map(|_| Tree::draw(dice, COMPARISONS, MACROS))
            .collect();
        let written = Written {
            comparisons: &comparisons,
        };
        let macro_items = macros.iter().enumerate().map(|(number, tree)| {
            serde_json::json!({"macro": tree::macro_name(number), "condition": tree.write(&written)})
        });
        let items: Vec<_> = comparison::lists()
            .chain(macro_items)
            .chain(
                trees
                    .iter()
                    .enumerate()
                    .map(|(number, tree)| rule(number, &tree.write(&written))),
            )
            .collect();
        let alone: Vec<_> = comparison::lists()
            .chain(
                comparisons
                    .iter()
                    .enumerate()
                    .map(|(number, text)| rule(number, text)),
            )
            .collect();
        Self {
            trees,
            macros,
            rules: ruleset(&serde_json::Value::from(items).to_string()),
            comparisons: ruleset(&serde_json::Value::from(alone).to_string()),
        }
    }

    /// The rules that match by a naive walk, given the comparisons that hold.
    fn walked(&self, holding: &BTreeSet<usize>) -> BTreeSet<usize> {
        let matching = self.trees.iter().enumerate();
        matching
            .filter(|(_, tree)| tree.holds(&self.macros, holding))
            .map(|(number, _)| number)
            .collect()
    }
}

fn rule(number: usize, condition: &str) -> serde_json::Value {
    serde_json::json!({
        "rule": number.to_string(), "desc": "d", "priority": "INFO", "condition": condition,
        "output": "o"
    })
}

/// The numbers of the rules that match, which must come in order.
fn numbers(changes: &Changes<'_>) -> BTreeSet<usize> {
    let numbers = changes
        .detections
        .iter()
        .map(|d| d.rule.name().parse().unwrap());
    let numbers: Vec<usize> = numbers.collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    numbers.into_iter().collect()
}

#[test]
fn the_index_a_full_scan_and_a_naive_walk_agree() {
    let wanted = std::env::var_os("NIGHTLATCH_PAIRS").map_or(PAIRS, |pairs| {
        let pairs = pairs.to_str().and_then(|pairs| pairs.parse().ok());
        pairs.expect("NIGHTLATCH_PAIRS is a number")
    });
    let mut dice = Dice::seed_from_u64(4);
    let (mut pairs, mut matches) = (0, 0);
    while pairs < wanted {
        let case = Case::new(&mut dice);
        let mut states = std::array::from_fn::<_, 3, _>(|_| State::default());
        for number in 0..EVENTS {
            let raw = event::draw(&mut dice);
            let event = Event::parse(&raw).unwrap_or_else(|error| panic!("{error}: {raw}"));
            let uuid = (number % 90).to_string();
            let context = context(&uuid, NOON_MS + 1000 * i64::try_from(number).unwrap());
            let [fast, slow, single] = &mut states;
            let indexed = numbers(&case.rules.evaluate(&event, &context, fast));
            let scanned = numbers(&case.rules.evaluate_all(&event, &context, slow));
            let holding = numbers(&case.comparisons.evaluate_all(&event, &context, single));
            let walked = case.walked(&holding);
            let differ = |others: &BTreeSet<usize>| -> Vec<String> {
                let differing = indexed.symmetric_difference(others);
                let conditions = case.rules.policies()[0].rules();
                differing
                    .map(|number| conditions[*number].condition_text().to_owned())
                    .collect()
            };
            assert_eq!(indexed, scanned, "{:#?} of {raw}", differ(&scanned));
            assert_eq!(indexed, walked, "{:#?} of {raw}", differ(&walked));
            pairs += RULES;
            matches += indexed.len();
        }
        let [fast, slow, single] = &states;
        assert!(fast == slow && slow == single, "the counters differ");
    }
    println!("{pairs} pairs compared, {matches} of them matches");
    assert!(
        matches > pairs / 50 && matches < pairs / 2,
        "{matches} tell nothing"
    );
}
