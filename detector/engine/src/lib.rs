//! The rule engine: Falco's rule language over Okta events.
//!
//! Pure and synchronous: it reads no clock, no file and no network, and knows no topic. Text
//! becomes a [`Policy`] ([`compile`]), policies become a [`Ruleset`], and [`Ruleset::evaluate`]
//! judges one [`Event`] at a time against a [`State`] that is a function of the log.
//!
//! # Falco
//!
//! Falco's language is read whole. A policy that says `strict: true` is read and judged exactly as
//! Falco with its okta plugin does it; else, where Falco's answer is an accident, this engine gives
//! the sane one. [`differences`] lists them all, with rules and events that show each.
//!
//! Neither mode has what is a defect beyond doubt:
//!
//! | what | Falco with its okta plugin | here |
//! |---|---|---|
//! | rules that match | the first one, unless configured | all of them |
//! | a key missing in an event | keeps the value of an earlier event | empty or absent |
//! | `okta.security.asnumber`, `okta.authentication.step` | end the process | the value, or absent |
//! | `okta.security.isproxy` that is a boolean | ends the process | `true` or `false` |
//! | both counters | lost at restart | kept, each uuid once |
//! | `evt.time` and its like | local time | UTC |
//! | `evt.hostname`, `evt.asynctype`, `evt.reltime` | of the machine that reads | absent, with a warning |
//! | depth, size and number of things in a file | mostly unbounded | bounded, an error says so |

mod condition;
mod diagnostic;
mod dialect;
mod difference;
mod event;
mod field;
mod output;
mod policy;
mod rules;
mod ruleset;
mod state;

pub use condition::ast::Expr;
pub use condition::explain::{Explanation, Reason, ReasonKind, Seen, explain};
pub use condition::parse::{SyntaxError, parse as parse_condition};
pub use condition::word::{Word, WordKind, words};
pub use diagnostic::code::{code_page, codes};
pub use diagnostic::{Diagnostic, Place, Severity};
pub use dialect::Dialect;
pub use difference::{Difference, Outcome as DifferenceOutcome, differences};
pub use event::types::{EventType, debug_data_names, event_type, event_types};
pub use event::{Client, Entity, Event, EventError, Outcome};
pub use field::{Argument, Field, Kind, Origin, fields};
pub use policy::{List, Policy, PolicyKind, Priority, Rule, Scope};
pub use rules::document::read_documents;
pub use rules::layout::{FormatError, format};
pub use rules::lint::{Untested, untested};
pub use rules::testing::{Failure, Test, TestCase, TestReport, Tests, read_tests, run_tests};
pub use rules::{Compiled, SourceFile, compile, compile_files};
pub use ruleset::{Changes, Context, Detection, Ruleset, RulesetError};
pub use state::{Observation, State};
