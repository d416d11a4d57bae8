//! The activity from outside: Okta's events on their topic go in, answers over HTTP come out.

mod days;
mod entities;
mod events;
mod filters;
mod list;
mod stream;
