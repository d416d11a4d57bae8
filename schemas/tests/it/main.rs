//! The contract, from outside.

mod evolution;
mod identity;
mod wire;
