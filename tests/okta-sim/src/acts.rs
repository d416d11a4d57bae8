//! What people and programs can do, as drafts of events: the vocabulary of daily life and of
//! attacks alike.

pub(crate) mod administer;
pub(crate) mod sign_in;
