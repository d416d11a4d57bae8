//! The search of one box: what people type, what it means, and the index of words that answers it.
//! Each store of the sink has a table of the fields it knows ([`Field`]) and says how a comparison
//! with one is looked up ([`Leaf`]); all else is here, so that every box speaks one language.
//!
//! ```text
//! query      = all *( "OR" all )                 either
//! all        = term *( [ "AND" ] term )          all of them, in any order
//! term       = [ "-" / "NOT" ] ( words / comparison / "(" query ")" )
//! words      = word [ "*" ] / phrase             "*" stands for any ending
//! phrase     = '"' text '"'                      the words in this order, within one value
//! comparison = field ":" ( value / "(" value *( [ "OR" ] value ) ")" )
//!            / field ( ">=" / ">" / "<=" / "<" / "=" ) value
//! value      = word [ "*" ] / phrase
//! ```

mod expression;
mod field;
mod index;
mod key;
mod lower;
mod network;
mod parser;
mod scanner;
#[cfg(test)]
mod tests;
mod word;

pub(crate) use expression::{Comparison, Expression, Meaning};
pub(crate) use field::{Field, Kind};
pub(crate) use index::SearchText;
pub(crate) use key::{KeyKind, MARK, any_beginning_with, any_of};
pub(crate) use lower::{Leaf, Lowered, Tables, lower};
pub(crate) use network::{Network, ip_bytes, ip_digits};
pub(crate) use parser::parse;
pub(crate) use scanner::SyntaxError;
pub(crate) use word::folded;
