//! The rule engine: Falco's rule language over Okta events.
//!
//! Pure and synchronous: it reads no clock, no file and no network, and knows no topic. Text
//! becomes a [`Policy`] ([`compile`]), policies become a [`Ruleset`], and [`Ruleset::evaluate`]
//! judges one [`Event`] at a time against a [`State`] that is a function of the log.
//!
//! # Where it differs from Falco
//!
//! Falco's language is read whole. Where Falco's answer is an accident, this engine gives the sane
//! one:
//!
//! | what | Falco with its okta plugin | here |
//! |---|---|---|
//! | rules that match | the first one, unless configured | all of them |
//! | a rule without `source` | about system calls | about Okta |
//! | a key missing in an event | keeps the value of an earlier event | empty or absent |
//! | `okta.client.geo.lat`, `.lon` | `0` when absent; `.lon` always | the place, or absent |
//! | `okta.security.asnumber`, `okta.authentication.step` | end the process | the value, or absent |
//! | `okta.security.isproxy` that is a boolean | ends the process | `true` or `false` |
//! | `okta.mfa.failure.countlast` | also counts and marks denied pushes | only failures |
//! | `okta.mfa.deny.countlast` | also counts and marks failures | only denied pushes, in both of Okta's spellings |
//! | both counters | by order of arrival, lost at restart | by time of the event, kept, each uuid once |
//! | a JSON pointer into a string that holds JSON | nothing | goes on in there |
//! | `evt.time` and its like | local time | UTC |
//! | `evt.hostname`, `evt.asynctype`, `evt.reltime` | of the machine that reads | absent, with a warning |
//! | a list's name | put into the text, also within quotes | put in where a value without quotes stands |
//! | a list's item with a quote, a parenthesis or a comma | breaks the condition | is a value |
//! | a list's name with a blank | can be used | cannot be used |
//! | a list that names a list that names a list | one level is put in | all are |
//! | a bad escape in a list's first value | empties the list | is an error |
//! | a negative number | becomes a huge one | is less than every value, with a warning |
//! | `?` and `[…]` in shell patterns | match one byte | match one character |
//! | depth, size and number of things in a file | mostly unbounded | bounded, an error says so |

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
