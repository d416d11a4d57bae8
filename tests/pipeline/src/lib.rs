//! The product tested from outside.
