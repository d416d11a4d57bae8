//! The rule engine: Falco's rule language over Okta events.
//!
//! Pure and synchronous: it reads no clock, no file and no network, and knows no topic. Text becomes a [`Policy`]
//! ([`compile`]), policies become a [`Ruleset`], and [`Ruleset::evaluate`] judges one [`Event`] at a time against a
//! [`State`] that is a function of the log.

mod condition;
mod diagnostic;
mod event;
mod field;
mod output;
mod policy;
mod rules;
mod ruleset;
mod state;

pub use condition::ast::Expr;
pub use condition::parse::{SyntaxError, parse as parse_condition};
pub use diagnostic::{Diagnostic, Severity};
pub use event::{Client, Entity, Event, EventError, Outcome};
pub use field::{Argument, Field, Kind, fields};
pub use policy::{Policy, PolicyKind, Priority, Rule};
pub use rules::testing::{TestCase, TestReport, run_tests};
pub use rules::{Compiled, SourceFile, compile};
pub use ruleset::{Changes, Context, Detection, Ruleset, RulesetError};
pub use state::{Observation, State};
