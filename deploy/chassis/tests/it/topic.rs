//! What a topic promises. All but `local` and its parts holds for every kind of log: those tests
//! go through [`bench::Bench`] and assume neither dense offsets nor a single partition.

mod ahead;
mod append;
pub(crate) mod bench;
mod cursors;
mod local;
mod membership;
mod model;
mod reading;
mod step;
