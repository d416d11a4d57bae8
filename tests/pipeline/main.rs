//! The product from outside: the binary as people run it, a module a scenario.
//!
//! Whatever a test starts is ended with it, by its id. Ports are the system's choice and found in
//! the data folder; nothing waits for luck, everything has a deadline.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it set it up"
)]
#![expect(clippy::print_stdout, reason = "seeds and figures of a run are shown")]

mod cluster;
mod commands;
mod deadline;
mod event_types;
mod faults;
mod fleet;
mod hook;
mod hostile;
mod import;
mod installation;
mod integrations;
mod kafka;
mod kill;
mod layers;
mod ledger;
mod lifecycle;
mod load;
mod metrics;
mod policies;
mod process;
mod records;
mod reload;
mod rules;
#[cfg(feature = "samples")]
mod samples;
#[cfg(feature = "seeded-bugs")]
mod seeded;
mod send_test;
mod services;
mod simulated_org;
mod verdict;
mod wire;
mod writers;
