//! The org as a server, from outside.

mod access;
mod api_services;
mod client;
mod delivery;
mod hooks;
mod receiver;
mod system_log;
mod tokens;
