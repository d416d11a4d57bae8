//! Whether two conditions say the same once the lists that the first one names are put in.

use std::collections::BTreeMap;

use crate::condition::ast::{Check, Expr, Node, Right, Word};
use crate::condition::operator::Form;

type Lists = BTreeMap<String, Vec<Word>>;

/// Tells whether a condition with the names of lists is the same as one with their values.
pub(super) fn are_alike(named: &Expr, put_in: &Expr, lists: &Lists) -> bool {
    match (&named.node, &put_in.node) {
        (Node::And(a), Node::And(b)) | (Node::Or(a), Node::Or(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| are_alike(a, b, lists))
        }
        (Node::Not(a), Node::Not(b)) => are_alike(a, b, lists),
        (Node::Macro(a), Node::Macro(b)) => a == b,
        (Node::Check(a), Node::Check(b)) => are_same_checks(a, b, lists),
        _ => false,
    }
}

fn are_same_checks(named: &Check, put_in: &Check, lists: &Lists) -> bool {
    let is_same_left = named.left.to_string() == put_in.left.to_string();
    let is_same_operator = (named.operator, named.modifier) == (put_in.operator, put_in.modifier);
    let wants_list = named.modifier.is_some() || named.operator.form() == Form::List;
    is_same_left
        && is_same_operator
        && match (&named.right, &put_in.right) {
            (Right::None, Right::None) => true,
            (Right::Operand(a), Right::Operand(b)) => a.to_string() == b.to_string(),
            (Right::Value(a), Right::Value(b)) if !wants_list => {
                values(std::slice::from_ref(a), lists).eq([b.bytes.as_slice()])
            }
            (a, b) => match (words(a), words(b)) {
                (Some(a), Some(b)) => {
                    values(a, lists).eq(b.iter().map(|word| word.bytes.as_slice()))
                }
                _ => false,
            },
        }
}

fn words(right: &Right) -> Option<&[Word]> {
    match right {
        Right::Value(word) => Some(std::slice::from_ref(word)),
        Right::List(words, _) => Some(words),
        Right::None | Right::Operand(_) => None,
    }
}

/// The values of words, those of the lists that they name in their place.
fn values<'w>(words: &'w [Word], lists: &'w Lists) -> impl Iterator<Item = &'w [u8]> {
    words.iter().flat_map(|word| {
        let list = lists.get(word.text().as_ref()).filter(|_| !word.quoted);
        let values = list.map_or(std::slice::from_ref(word), Vec::as_slice);
        values.iter().map(|word| word.bytes.as_slice())
    })
}
