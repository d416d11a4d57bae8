//! Conditions as trees, for the naive walk.

use std::collections::BTreeSet;

use rand::RngExt;

use super::Dice;

/// A condition.
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    /// One of the comparisons, by number.
    Comparison(usize),
    /// One of the macros, by number.
    Macro(usize),
}

/// What a tree is written with.
pub(super) struct Written<'w> {
    pub(super) comparisons: &'w [String],
}

pub(super) fn macro_name(number: usize) -> String {
    format!("macro_{number}")
}

impl Tree {
    /// Draws a condition out of so many comparisons and macros.
    pub(super) fn draw(dice: &mut Dice, comparisons: usize, macros: usize) -> Self {
        // Like most rules: several things at once, the first of which many have in common.
        if dice.random_ratio(1, 2) {
            let first = dice.random_range(0..comparisons / 8);
            let mut parts = vec![Self::Comparison(first)];
            let more = dice.random_range(0..3);
            parts.extend((0..more).map(|_| Self::at_depth(dice, 2, comparisons, macros)));
            return Self::All(parts);
        }
        Self::at_depth(dice, 0, comparisons, macros)
    }

    fn at_depth(dice: &mut Dice, depth: usize, comparisons: usize, macros: usize) -> Self {
        let parts = |dice: &mut Dice| {
            let count = dice.random_range(1..4);
            (0..count)
                .map(|_| Self::at_depth(dice, depth + 1, comparisons, macros))
                .collect()
        };
        match dice.random_range(0..10) {
            0..=2 if depth < 4 => Self::All(parts(dice)),
            3 | 4 if depth < 4 => Self::Any(parts(dice)),
            5 if depth < 4 => Self::Not(Box::new(Self::at_depth(
                dice,
                depth + 1,
                comparisons,
                macros,
            ))),
            6 if macros > 0 => Self::Macro(dice.random_range(0..macros)),
            _ => Self::Comparison(dice.random_range(0..comparisons)),
        }
    }

    /// Writes it in Falco's language.
    pub(super) fn write(&self, written: &Written<'_>) -> String {
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<_> = parts.iter().map(|part| part.write(written)).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Self::All(parts) => joined(parts, " and "),
            Self::Any(parts) => joined(parts, " or "),
            Self::Not(inner) => format!("not ({})", inner.write(written)),
            Self::Comparison(number) => written.comparisons[*number].clone(),
            Self::Macro(number) => macro_name(*number),
        }
    }

    /// Judges it, given the comparisons that hold.
    pub(super) fn holds(&self, macros: &[Self], holding: &BTreeSet<usize>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(macros, holding)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(macros, holding)),
            Self::Not(inner) => !inner.holds(macros, holding),
            Self::Comparison(number) => holding.contains(number),
            Self::Macro(number) => macros[*number].holds(macros, holding),
        }
    }
}
