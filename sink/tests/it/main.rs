//! The sink from outside: records on a topic go in, answers over HTTP come out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod activity;
mod client;
mod dead_letters;
mod documents;
mod export;
mod filters;
mod fixtures;
mod groups;
mod letters;
mod paging;
mod problems;
mod registry;
mod restart;
mod retention;
mod search;
mod search_box;
mod stream;
mod triage;
mod ui;
mod views;
mod world;
