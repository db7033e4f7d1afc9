use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::failure::Failure;

/// Threads for what may wait for the disk, so that those which talk to clients never do.
pub(crate) struct Workers {
    free: Arc<Semaphore>,
    wait_time: Duration,
}

impl Workers {
    /// At most so many at once; who waits for longer than this gives up before anything was done.
    pub(crate) fn new(count: usize, wait_time: Duration) -> Workers {
        Workers { free: Arc::new(Semaphore::new(count)), wait_time }
    }

    /// Does the work on one of the threads. Once begun it comes to its end, even if its client is gone.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        let free = Arc::clone(&self.free);
        let Ok(Ok(permit)) = tokio::time::timeout(self.wait_time, free.acquire_owned()).await else {
            return Err(Failure::overloaded());
        };
        let worked = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        worked.await.map_err(|_| Failure::internal())
    }
}
