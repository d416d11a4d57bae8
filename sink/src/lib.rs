//! Keeps runtime events and serves the feed.
