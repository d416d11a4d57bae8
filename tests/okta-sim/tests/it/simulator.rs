//! The org as a server, from outside.

mod access;
mod client;
mod hooks;
mod receiver;
mod system_log;
mod tokens;
