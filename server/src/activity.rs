use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Stands for a connection whose request is being worked on.
const WORKING: u64 = u64::MAX;

/// What a connection is doing, so that one that does nothing can make room for another.
pub(crate) struct Activity {
    /// When the connection began.
    began: Instant,
    /// Milliseconds from then to the end of its latest request, or [`WORKING`].
    idle_since: AtomicU64,
    requests: AtomicU64,
    closing: AtomicBool,
    closed: Notify,
}

impl Activity {
    pub(crate) fn new() -> Arc<Activity> {
        Arc::new(Activity {
            began: Instant::now(),
            idle_since: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            closed: Notify::new(),
        })
    }

    /// Notes that a request's line and headers have come.
    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether any request has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// Protects the connection for as long as its request is worked on.
    pub(crate) fn work(self: &Arc<Activity>) -> Working {
        self.idle_since.store(WORKING, Ordering::Release);
        Working(Arc::clone(self))
    }

    /// Whether its request is being worked on.
    pub(crate) fn is_working(&self) -> bool {
        self.idle_since.load(Ordering::Acquire) == WORKING
    }

    /// Since when it has been waiting for its client; `None` while its request is worked on, and when it is to end.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        match self.idle_since.load(Ordering::Acquire) {
            WORKING => None,
            _ if self.closing.load(Ordering::Relaxed) => None,
            milliseconds => Some(self.began + Duration::from_millis(milliseconds)),
        }
    }

    /// Asks the connection to end, when nothing is worked on.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.closed.notify_one();
    }

    /// Waits for [`Activity::close`].
    pub(crate) async fn closed(&self) {
        self.closed.notified().await;
    }
}

/// That a request is being worked on.
pub(crate) struct Working(Arc<Activity>);

impl Drop for Working {
    fn drop(&mut self) {
        let milliseconds = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(WORKING - 1);
        self.0.idle_since.store(milliseconds, Ordering::Release);
    }
}
