//! Faults that tests inject: each way a step or an append can end, on demand.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

/// What happens to the next step or append instead of what would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The next step is aborted: nothing of it happens.
    AbortStep,
    /// The next step is told that another has taken over: nothing of it happens.
    FenceStep,
    /// The next step happens, but its caller is told that nobody knows.
    UnknownStepDone,
    /// The next step does not happen, but its caller is told that nobody knows.
    UnknownStepLost,
    /// The next step breaks the log.
    FatalStep,
    /// The next append is refused: nothing of it happens.
    FailAppend,
    /// The next append never answers and nothing of it happens.
    HangAppend,
    /// The disk is full while the next append is written.
    FullDisk,
}

impl Fault {
    const fn concerns_step(self) -> bool {
        !matches!(self, Self::FailAppend | Self::HangAppend | Self::FullDisk)
    }
}

/// The faults that are still to come, in order. Clones share them; empty in production.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    queue: Arc<Mutex<VecDeque<Fault>>>,
}

impl Faults {
    /// Adds a fault for the step or append after those that are already queued.
    pub fn inject(&self, fault: Fault) {
        self.queue.lock().push_back(fault);
    }

    /// Whether all of them have come.
    pub fn is_empty(&self) -> bool {
        self.queue.lock().is_empty()
    }

    pub(crate) fn next_for_step(&self) -> Option<Fault> {
        self.take(true)
    }

    pub(crate) fn next_for_append(&self) -> Option<Fault> {
        self.take(false)
    }

    fn take(&self, step: bool) -> Option<Fault> {
        let mut queue = self.queue.lock();
        let at = queue
            .iter()
            .position(|fault| fault.concerns_step() == step)?;
        queue.remove(at)
    }
}
