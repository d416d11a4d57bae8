//! ingest from outside.
