//! Time as a value: whole seconds since 1970-01-01T00:00:00Z.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// A time in whole seconds since 1970-01-01T00:00:00Z, from 0 to `i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: UnixTime = UnixTime(0);

    /// The time at so many seconds.
    ///
    /// # Errors
    /// `invalid-argument` when `seconds` is negative.
    pub fn from_seconds(seconds: i64) -> Result<UnixTime> {
        u64::try_from(seconds).map(UnixTime).map_err(|_| Error::argument("at", "a time before 1970"))
    }

    /// Seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The time as RFC 3339 writes it, in UTC; `None` after the year 9999, which it cannot write.
    pub(crate) fn rfc3339(self) -> Option<String> {
        const LAST: u64 = 253_402_300_799;
        let since = (self.0 <= LAST).then(|| Duration::from_secs(self.0))?;
        Some(humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string())
    }

    /// The time so many seconds later, at most the last one there is.
    pub fn saturating_add(self, seconds: u64) -> UnixTime {
        UnixTime(self.0.saturating_add(seconds).min(i64::MAX as u64))
    }
}

/// Where a keep takes the time from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> UnixTime;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        // A clock set before 1970 reads as 1970: the earliest time refuses the most.
        UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs()))
    }
}

/// A clock that stands where it is set; for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at this time.
    pub fn new(at: UnixTime) -> ManualClock {
        ManualClock(AtomicU64::new(at.seconds()))
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, at: UnixTime) {
        self.0.store(at.seconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::SeqCst))
    }
}
