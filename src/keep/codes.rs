use std::sync::Arc;

use super::Keep;
use super::authority::Permit;
use crate::access::{Capability, FieldType, Parameters, Reserved, Value, Wanted};
use crate::attempt::Verdict;
use crate::clock::UnixTime;
use crate::engine::{Attempts, Code, Gate};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::secret::SecretText;

impl Keep {
    /// The code of a key now. Reading a code does not use it up.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `unknown-term`, `forked`, `io`.
    pub fn read_code(&self, name: &str) -> Result<Code> {
        self.read_permitted_code(name, self.now(), Reserved::No)
    }

    /// The code of a key at a time, past or future. It needs the root key's authority.
    pub fn read_code_at(&self, name: &str, at: UnixTime) -> Result<Code> {
        self.read_permitted_code(name, at, Reserved::Root)
    }

    fn read_permitted_code(&self, name: &str, at: UnixTime, reserved: Reserved) -> Result<Code> {
        // Whoever has the root key needs no policy, so that one statement can do all, if it finds no audit log.
        if self.has_root_key()
            && self.shared.audit_sink.is_none()
            && let Some(code) = self.engine().read_code_unlogged(&self.mount, name, at)?
        {
            return Ok(code);
        }
        self.perform(
            || Wanted::path(Capability::Read, self.code_path(name)).reserved(reserved),
            |_| self.engine().read_code(&self.mount, name, at),
        )
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
        let item = (name, code.as_ref());
        // As in reading a code.
        if self.has_root_key()
            && self.shared.audit_sink.is_none()
            && let Some(verdict) =
                self.engine().validate_code_unlogged(&self.shared.open, &self.mount, item, self.now(), None)?
        {
            return Ok(verdict);
        }
        only(self.validate_codes(&[item])?)
    }

    /// Validates a code as of a time, which drives the window and the throttle alike.
    ///
    /// # Errors
    /// `permission-denied` without the root key's authority; `invalid-argument` for `at` when it lies after the window
    /// of the keep's clock, unless the keep was opened with a manual clock; otherwise as [`Keep::validate_code`].
    pub fn validate_code_at(&self, name: &str, code: impl AsRef<[u8]>, at: UnixTime) -> Result<Verdict> {
        only(self.validate_codes_at(&[(name, code.as_ref())], at)?)
    }

    /// Validates many codes with one durable commit. The results come in the order of the items, and the error of one
    /// item (`key-not-found`, say) leaves the others alone. The error of a commit, such as `busy`, is that of the items
    /// which waited for it.
    ///
    /// # Errors
    /// `invalid-argument` for more than 4 096 items; `mount-not-found`, `forked`, `io`, before any item is looked at.
    pub fn validate_codes(&self, items: &[(&str, &[u8])]) -> Result<Vec<Result<Verdict>>> {
        self.validate(items, None)
    }

    /// [`Keep::validate_codes`] as of a time. It needs the root key's authority.
    pub fn validate_codes_at(&self, items: &[(&str, &[u8])], at: UnixTime) -> Result<Vec<Result<Verdict>>> {
        self.validate(items, Some(at))
    }

    /// Validates with the audit log kept: a request and an answer for each item.
    fn validate(&self, items: &[(&str, &[u8])], at: Option<UnixTime>) -> Result<Vec<Result<Verdict>>> {
        let reserved = if at.is_some() { Reserved::Root } else { Reserved::No };
        if items.len() > limits::BATCH_ITEMS {
            let first = || items.first().map_or(Wanted::Login, |(name, code)| self.wanted(name, code));
            let refusal = Error::argument("items", "at most 4096 codes at once");
            return self.perform(|| first().reserved(reserved), |_| Err(refusal));
        }
        let wanted = || items.iter().map(|(name, code)| self.wanted(name, code).reserved(reserved)).collect();
        let at = at.unwrap_or_else(|| self.now());
        let Some(audit) = self.audit()? else {
            return self.validate_permitted(wanted, items, at);
        };
        let wanted: Vec<Wanted> = wanted();
        let entries = wanted.iter().map(|wanted| self.entry(wanted)).collect::<Result<Vec<_>>>()?;
        audit.requests(&entries)?;
        let results = self.validate_permitted(|| wanted, items, at);
        let told: Vec<_> = match &results {
            Ok(results) => results.iter().map(told).collect(),
            Err(error) => vec![error.kind().name(); items.len()],
        };
        let answered = self.answer(&audit, &entries, &told);
        // Where everything failed, that says more than the failure of the log.
        if results.as_ref().is_ok_and(|results| results.iter().any(Result::is_ok)) {
            answered?;
        }
        results
    }

    /// Validates those that are permitted; the others get the refusal.
    fn validate_permitted(
        &self,
        wanted: impl FnOnce() -> Vec<Wanted>,
        items: &[(&str, &[u8])],
        at: UnixTime,
    ) -> Result<Vec<Result<Verdict>>> {
        let (answers, gate) = self.permit_each(wanted)?;
        if answers.iter().all(Result::is_ok) {
            return self.judge(&gate, items, at);
        }
        let allowed = items.iter().zip(&answers).filter(|(_, answer)| answer.is_ok());
        let allowed: Vec<_> = allowed.map(|(item, _)| *item).collect();
        let judged = if allowed.is_empty() { Vec::new() } else { self.judge(&gate, &allowed, at)? };
        let mut judged = judged.into_iter();
        let mut next = || judged.next().unwrap_or_else(no_result);
        Ok(answers.into_iter().map(|answer| answer.and_then(|()| next())).collect())
    }

    fn judge(&self, gate: &Arc<dyn Gate>, items: &[(&str, &[u8])], at: UnixTime) -> Result<Vec<Result<Verdict>>> {
        self.engine().validate_codes(gate, &self.mount, items, at, self.latest())
    }

    /// Tells the watcher how many attempts each commit of this open keep settles; the first one stays. For metrics.
    #[doc(hidden)]
    pub fn watch_commits(&self, watcher: impl Fn(usize) + Send + Sync + 'static) {
        self.engine().watch_commits(Box::new(watcher));
    }

    /// The failed attempts of a key.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `forked`, `io`.
    pub fn read_attempts(&self, name: &str) -> Result<Attempts> {
        self.perform(
            || Wanted::path(Capability::Read, self.attempts_path(name)),
            |permit| self.read_attempts_with(permit, name),
        )
    }

    /// Clears a key's failures, lock and disabling. A last step that lies ahead of the clock's window is drawn into it,
    /// which ends `clock_behind`.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `busy`, `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`,
    /// `io`.
    pub fn reset_attempts(&self, name: &str) -> Result<()> {
        self.perform(
            || Wanted::path(Capability::Delete, self.attempts_path(name)),
            |permit| self.reset_attempts_with(permit, name),
        )
    }

    pub(crate) fn read_code_with(&self, _: &Permit, name: &str) -> Result<Code> {
        self.engine().read_code(&self.mount, name, self.now())
    }

    pub(crate) fn validate_code_with(&self, permit: &Permit, name: &str, code: &[u8]) -> Result<Verdict> {
        only(self.judge(&permit.0, &[(name, code)], self.now())?)
    }

    pub(crate) fn read_attempts_with(&self, _: &Permit, name: &str) -> Result<Attempts> {
        self.engine().read_attempts(&self.mount, name, self.now())
    }

    pub(crate) fn reset_attempts_with(&self, permit: &Permit, name: &str) -> Result<()> {
        self.engine().reset_attempts(&*permit.0, &self.mount, name, self.now())
    }

    fn code_path(&self, name: &str) -> String {
        format!("{}code/{name}", self.mount)
    }

    fn attempts_path(&self, name: &str) -> String {
        format!("{}attempts/{name}", self.mount)
    }

    /// What validating a code is by path. Bytes that are no text are no value that a policy could list.
    fn wanted(&self, name: &str, code: &[u8]) -> Wanted {
        let mut parameters = Parameters::new();
        let code = SecretText::from(String::from_utf8_lossy(code).into_owned());
        parameters.insert("code", FieldType::Text, Value::Text(code));
        Wanted::with(Capability::Update, self.code_path(name), parameters)
    }
}

/// What the audit log says of a validation.
fn told(result: &Result<Verdict>) -> &'static str {
    match result {
        Ok(verdict) => verdict.outcome.name(),
        Err(error) => error.kind().name(),
    }
}

/// The one result of one item.
fn only(mut results: Vec<Result<Verdict>>) -> Result<Verdict> {
    results.pop().unwrap_or_else(no_result)
}

fn no_result() -> Result<Verdict> {
    Err(Error::new(Kind::Internal, "a validation gave no result"))
}
