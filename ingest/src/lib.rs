//! Takes Okta's events and puts them on okta.events.
