//! A simulated Okta org: realistic traffic with attacks among it.
//!
//! [`Org`] is who and what there is; [`Traffic`] is what they do, event by event, with
//! [`Scenario`]s mixed in; [`hook_body`] wraps events the way Okta delivers them. [`odd_events`]
//! are the ones that no well-behaved org sends. All of it is pure and follows from a seed: no
//! clock, no files, no sockets; the caller says what time it is.

mod acts;
mod attack;
mod dice;
mod draft;
mod event_kind;
mod hook;
mod life;
mod log_event;
mod novelty;
mod odd;
mod org;
mod session;
mod traffic;

pub use attack::Scenario;
pub use hook::hook_body;
pub use odd::{odd_events, odd_events_on_many_lines};
pub use org::Org;
pub use traffic::{SimEvent, Traffic};
