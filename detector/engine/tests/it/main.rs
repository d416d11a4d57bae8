//! The engine from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod absent;
mod allocation;
mod counters;
mod defects;
mod diagnostics;
mod differential;
mod documents;
mod events;
mod exceptions;
mod explain;
mod fields;
mod fixture;
mod hostile;
mod index;
mod language;
mod layout;
mod limits;
mod lints;
mod merging;
mod messages;
mod operators;
mod output;
mod pages;
mod policies;
mod reading;
mod risk;
mod strict;
mod target;
mod tests_beside;
