//! The sink from outside: records on a topic go in, answers over HTTP come out.

mod client;
mod documents;
mod filters;
mod fixtures;
mod letters;
mod paging;
mod problems;
mod registry;
mod restart;
mod retention;
mod search;
mod stream;
mod world;
