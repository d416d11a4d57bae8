//! The condition of a rule: lexed and parsed to a tree that prints back to itself, checked against
//! the fields, run, explained.

pub(crate) mod ast;
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod event_types;
pub(crate) mod explain;
mod getopt;
pub(crate) mod glob;
pub(crate) mod lex;
pub(crate) mod operand;
pub(crate) mod operator;
pub(crate) mod outline;
pub(crate) mod parse;
mod pattern;
mod print;
pub(crate) mod word;
