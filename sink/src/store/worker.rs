//! A thread of its own for what is written: jobs run one after the other on a state that no one
//! else has.

use std::fmt;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::StoreError;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A thread with a state, such as a connection. It ends, and drops the state, when the last clone
/// goes.
pub(crate) struct Worker<S> {
    jobs: mpsc::Sender<Job<S>>,
}

impl<S: Send + 'static> Worker<S> {
    /// Starts the thread.
    pub(crate) fn start(name: &str, mut state: S) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Job<S>>();
        let run = move || queue.into_iter().for_each(|job| job(&mut state));
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|error| StoreError::Thread(error.to_string()))?;
        Ok(Self { jobs })
    }

    /// Runs a job on the thread. A caller that goes away does not stop it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job<S> = Box::new(move |state| {
            // Nobody waits any more: fine.
            drop(reply.send(job(state)));
        });
        self.jobs.send(job).map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }
}

impl<S> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
        }
    }
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}
