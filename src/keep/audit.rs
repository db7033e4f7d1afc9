use super::Keep;
use super::authority::Permit;
use super::moment::Moment;
use crate::access::audit::{self, Audit, AuditFile, Entry};
use crate::access::{Capability, FieldType, Parameters, Reserved, Value, Wanted};
use crate::error::{Error, Result};
use crate::secret::SecretText;
use crate::store::{Family, View};

impl Keep {
    /// Writes the audit log to one more file, from now on and in every process: each request before anything is done,
    /// and what became of it, one JSON line each; an operation that has begun before ends without. Sensitive values appear
    /// as their hashes; see [`Keep::audit_hash`]. An operation whose line cannot be written fails and does not happen.
    ///
    /// # Errors
    /// `invalid-argument` for a name in use and a path that is not absolute; `audit-failed` when the file cannot be
    /// written; `permission-denied` without `sudo`, and those of every change.
    pub fn enable_audit(&self, name: &str, path: &str) -> Result<()> {
        let parameters = || {
            let mut parameters = Parameters::new();
            parameters.insert_plain("type", FieldType::Text, Value::Text(SecretText::copy_of("file")));
            parameters.insert_plain("file_path", FieldType::Text, Value::Text(SecretText::copy_of(path)));
            parameters
        };
        self.perform(
            || Wanted::with(Capability::Update, format!("sys/audit/{name}"), parameters()).reserved(Reserved::Sudo),
            |permit| self.enable_audit_with(permit, name, path),
        )
    }

    /// Ends writing to an audit file; one that is not enabled is no error. The file stays.
    ///
    /// # Errors
    /// `permission-denied` without `sudo`, and those of every change.
    pub fn disable_audit(&self, name: &str) -> Result<()> {
        self.perform(
            || Wanted::path(Capability::Delete, format!("sys/audit/{name}")).reserved(Reserved::Sudo),
            |permit| self.disable_audit_with(permit, name),
        )
    }

    /// The audit files, in the order of their names.
    ///
    /// # Errors
    /// `permission-denied` without `sudo`; `corrupt`, `forked`, `io`.
    pub fn list_audits(&self) -> Result<Vec<AuditFile>> {
        self.perform(
            || Wanted::path(Capability::Read, "sys/audit").reserved(Reserved::Sudo),
            |permit| self.list_audits_with(permit),
        )
    }

    /// What stands in the audit log for a sensitive value, so that a known one can be looked for.
    ///
    /// # Errors
    /// `permission-denied`; `forked`, `io`.
    pub fn audit_hash(&self, value: &str) -> Result<String> {
        let parameters = || {
            let mut parameters = Parameters::new();
            parameters.insert("input", FieldType::Text, Value::Text(SecretText::copy_of(value)));
            parameters
        };
        self.perform(
            || Wanted::with(Capability::Update, "sys/audit-hash", parameters()),
            |permit| self.audit_hash_with(permit, value),
        )
    }

    pub(crate) fn enable_audit_with(&self, permit: &Permit, name: &str, path: &str) -> Result<()> {
        let now = self.now();
        self.engine().write(&*permit.0, |edit, keyring| audit::enable(edit, keyring, name, path, now))
    }

    pub(crate) fn disable_audit_with(&self, permit: &Permit, name: &str) -> Result<()> {
        self.engine().write(&*permit.0, |edit, keyring| audit::disable(edit, keyring, name))
    }

    pub(crate) fn list_audits_with(&self, _: &Permit) -> Result<Vec<AuditFile>> {
        self.engine().read(audit::list)
    }

    pub(crate) fn audit_hash_with(&self, _: &Permit, value: &str) -> Result<String> {
        self.engine().read(|_, keyring| audit::hash(keyring, value.as_bytes()))
    }

    /// Does something if it is allowed, with the audit log kept.
    pub(super) fn perform<T>(
        &self,
        wanted: impl FnOnce() -> Wanted,
        work: impl FnOnce(&Permit) -> Result<T>,
    ) -> Result<T> {
        self.perform_found(|_| Ok(()), |()| wanted(), |_| "done", |(), permit| work(permit))
    }

    /// The same for what has to be found before it is known what is wanted, at the same moment; where the log says more
    /// of the result, and the work fails in its own way.
    pub(crate) fn perform_found<S, T, E: From<Error> + Refused>(
        &self,
        find: impl FnOnce(&Moment<'_>) -> Result<S>,
        wanted: impl FnOnce(&S) -> Wanted,
        outcome: impl FnOnce(&T) -> &'static str,
        work: impl FnOnce(&S, &Permit) -> Result<T, E>,
    ) -> Result<T, E> {
        let (subject, admission) = self.engine().look(|view| {
            let subject = find(&self.moment(view))?;
            let admission = match self.audit_at(view)? {
                None => Admission::Decided(self.permit(view, || wanted(&subject))),
                Some(audit) => Admission::Logged(audit, wanted(&subject)),
            };
            Ok((subject, admission))
        })?;
        let (audit, wanted) = match admission {
            Admission::Decided(permit) => return work(&subject, &permit?),
            Admission::Logged(audit, wanted) => (audit, wanted),
        };
        let entries = [self.entry(&wanted)?];
        audit.requests(&entries)?;
        let permit = self.engine().look(|view| self.permit(view, || wanted));
        let result = permit.map_err(E::from).and_then(|permit| work(&subject, &permit));
        let told = match &result {
            Ok(value) => outcome(value),
            Err(error) => error.word(),
        };
        let answered = self.answer(&audit, &entries, &[told]);
        // The failure of the work says more than that of the log.
        let value = result?;
        answered?;
        Ok(value)
    }

    /// Tells the log what came of requests. A forked child that came back from a function of its host, such as a backup's
    /// progress, leaves that to its parent, whose requests they are.
    pub(super) fn answer(&self, audit: &Audit<'_>, entries: &[Entry], told: &[&str]) -> Result<()> {
        if self.is_forked() { Ok(()) } else { audit.answers(entries, told) }
    }

    /// Where the audit log goes now; `None` when nowhere.
    pub(super) fn audit(&self) -> Result<Option<Audit<'_>>> {
        self.engine().look(|view| self.audit_at(view))
    }

    fn audit_at(&self, view: &dyn View) -> Result<Option<Audit<'_>>> {
        let files = match view.has_records(Family::Audit)? {
            true => audit::list(view, &*self.engine().current_keyring(view)?)?,
            false => Vec::new(),
        };
        let sink = self.shared.audit_sink.as_deref();
        Ok((!files.is_empty() || sink.is_some()).then_some(Audit { files, sink }))
    }

    pub(super) fn entry(&self, wanted: &Wanted) -> Result<Entry> {
        let accessor = self.own_accessor().map(|accessor| accessor.text());
        self.engine().read(|_, keyring| Entry::new(keyring, accessor, wanted, self.now()))
    }
}

/// What a call meets before it is worked on.
enum Admission<'a> {
    /// No log is kept: whether it is allowed.
    Decided(Result<Permit>),
    /// The log has to tell first what is wanted.
    Logged(Audit<'a>, Wanted),
}

/// How the log names a failure.
pub(crate) trait Refused {
    /// The name of its kind.
    fn word(&self) -> &'static str;
}

impl Refused for Error {
    fn word(&self) -> &'static str {
        self.kind().name()
    }
}
