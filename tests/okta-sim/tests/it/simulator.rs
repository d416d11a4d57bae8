//! The org as a server, from outside.

mod access;
mod api_services;
mod client;
mod control;
mod delivery;
mod evidence;
mod faults;
mod forgetting;
mod hooks;
mod receiver;
mod recordings;
mod system_log;
mod tokens;
