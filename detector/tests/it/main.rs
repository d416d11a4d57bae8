//! detector from outside.
