//! The values of lists, with those of the lists that they name.

use std::collections::BTreeMap;

use super::super::merge::List;
use super::super::report::Report;
use super::super::text::Scalar;
use crate::condition::ast::{Span, Word};
use crate::condition::lex::is_bare;
use crate::diagnostic::Code;

/// How many values a list may have.
const MAX_VALUES: usize = 200_000;

/// How many times the lists are gone through for those that name later ones.
const MAX_ROUNDS: usize = 32;

/// The values of all lists, those of lists that they name put in.
pub(super) fn resolve(
    definitions: &[List],
    report: &mut Report<'_>,
) -> BTreeMap<String, Vec<Word>> {
    let places: BTreeMap<&str, usize> = definitions
        .iter()
        .enumerate()
        .map(|(at, list)| (list.name.value.as_str(), at))
        .collect();
    let mut lists: BTreeMap<String, Vec<Word>> = BTreeMap::new();
    // A list mostly names earlier ones, so that one round does; one that was appended to may name
    // later ones.
    let mut rest: Vec<&List> = definitions.iter().collect();
    for _ in 0..MAX_ROUNDS {
        rest.retain(|list| {
            let named = |item: &&Scalar| {
                places
                    .get(item.value.as_str())
                    .is_some_and(|place| *place < list.sees)
            };
            if list
                .items
                .iter()
                .filter(named)
                .any(|item| !lists.contains_key(&item.value))
            {
                return true;
            }
            let values = list
                .items
                .iter()
                .flat_map(|item| match lists.get(&item.value) {
                    Some(inner) if named(&item) => inner.clone(),
                    _ => vec![value_of(item)],
                });
            let mut values: Vec<Word> = values.take(MAX_VALUES + 1).collect();
            if values.len() > MAX_VALUES {
                let message = format!(
                    "the list has more than {MAX_VALUES} values with those of the lists it names"
                );
                report.scalar(Code::TooLarge, &list.name, message);
                values.clear();
            }
            lists.insert(list.name.value.clone(), values);
            false
        });
    }
    for list in rest {
        let message = format!(
            "the list `{}` names itself, if only by way of others",
            list.name.value
        );
        report.scalar(Code::MacroLoop, &list.name, message);
    }
    lists
}

/// An item of a list as a value. One that brings quotes of its own is the text within them.
fn value_of(item: &Scalar) -> Word {
    let text = item.value.as_str();
    let inside = |quote: char| {
        let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains([quote, '\\'])).then_some(inside)
    };
    let unquoted = inside('"').or_else(|| inside('\''));
    Word {
        bytes: unquoted.unwrap_or(text).as_bytes().to_vec(),
        quoted: unquoted.is_some() || !is_bare(text),
        span: Span::default(),
    }
}
