//! The org as a server, from outside.

mod client;
mod tokens;
