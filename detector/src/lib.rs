//! Judges Okta's events and emits runtime events.
