//! The nightlatch binary.

fn main() {}
