//! Triage: what people do with runtime events. It is a settings log (`nightlatch.triage`), which each
//! sink folds into its own store; saved views stand in it, too.

mod action;
mod api;
mod log;
mod request;

pub(crate) use action::{Action, Deed, Disposition, State, Status};
pub(crate) use api::{StateDocument, action_json, router, unread, unwritten};
pub(crate) use log::TriageLog;
