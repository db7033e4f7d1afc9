use super::Keep;
use crate::attempt::Verdict;
use crate::clock::UnixTime;
use crate::engine::{Attempts, Code};
use crate::error::{Error, Kind, Result};
use crate::limits;

impl Keep {
    /// The code of a key now. Reading a code does not use it up.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `unknown-term`, `forked`, `io`.
    pub fn read_code(&self, name: &str) -> Result<Code> {
        self.read_code_at(name, self.now())
    }

    /// The code of a key at a time, past or future.
    pub fn read_code_at(&self, name: &str, at: UnixTime) -> Result<Code> {
        self.engine().read_code(&self.mount, name, at)
    }

    /// Validates a code, exactly once: [`Verdict::is_accepted`] is true for one caller only, across threads, processes,
    /// crashes and restarts, and only when that is stored durably.
    ///
    /// `code` is what a person typed: ASCII digits, with white space anywhere and dashes between digits. Any other text
    /// is malformed, which is a verdict and no error. Validate only after the first factor: whoever can validate can
    /// lock the key.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `busy`, `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`,
    /// `io`. After an error that says so the code may be spent; no error ever means that it is wrong, or right.
    pub fn validate_code(&self, name: &str, code: impl AsRef<[u8]>) -> Result<Verdict> {
        self.validate_code_at(name, code, self.now())
    }

    /// Validates a code as of a time, which drives the window and the throttle alike.
    ///
    /// # Errors
    /// `invalid-argument` for `at` when it lies after the window of the keep's clock, unless the keep was opened with a
    /// manual clock; otherwise as [`Keep::validate_code`].
    pub fn validate_code_at(&self, name: &str, code: impl AsRef<[u8]>, at: UnixTime) -> Result<Verdict> {
        let mut results = self.validate_codes_at(&[(name, code.as_ref())], at)?;
        results.pop().unwrap_or_else(|| Err(Error::new(Kind::Internal, "a validation gave no result")))
    }

    /// Validates many codes with one durable commit. The results come in the order of the items, and the error of one
    /// item (`key-not-found`, say) leaves the others alone.
    ///
    /// # Errors
    /// `invalid-argument` for more than 4 096 items; otherwise what no verdict could be stored under, as
    /// [`Keep::validate_code`].
    pub fn validate_codes(&self, items: &[(&str, &[u8])]) -> Result<Vec<Result<Verdict>>> {
        self.validate_codes_at(items, self.now())
    }

    /// [`Keep::validate_codes`] as of a time.
    pub fn validate_codes_at(&self, items: &[(&str, &[u8])], at: UnixTime) -> Result<Vec<Result<Verdict>>> {
        if items.len() > limits::BATCH_ITEMS {
            return Err(Error::argument("items", "at most 4096 codes at once"));
        }
        self.engine().validate_codes(&self.mount, items, at, self.latest())
    }

    /// The failed attempts of a key.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `forked`, `io`.
    pub fn read_attempts(&self, name: &str) -> Result<Attempts> {
        self.engine().read_attempts(&self.mount, name, self.now())
    }

    /// Clears a key's failures, lock and disabling. A last step that lies ahead of the clock's window is drawn into it,
    /// which ends `clock_behind`.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `busy`, `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`,
    /// `io`.
    pub fn reset_attempts(&self, name: &str) -> Result<()> {
        self.engine().reset_attempts(&self.mount, name, self.now())
    }
}
