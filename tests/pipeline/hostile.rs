//! Strangers, broken senders and attackers: each gets a clear answer, memory stays within bounds,
//! and the org that delivers meanwhile notices nothing.

mod answers;
mod floods;
mod guard;
mod siege;
