use otpkeep::access::{TokenRef, TokenSpec};
use otpkeep::paths::{Data, Operation};
use otpkeep::{Error, Keep, KeySpec, Kind, MountSpec, OpenOptions, restore};

use crate::scratch::{Scratch, key, options};

/// What a keep may answer when a content is not what its kind says: the file is to blame, or the log.
const FILE_IS_TO_BLAME: &[Kind] = &[Kind::Corrupt, Kind::UnknownTerm, Kind::AuditFailed];
/// What else the holder of a token may be told.
const HOLDER_IS_REFUSED: &[Kind] = &[Kind::BadToken, Kind::PermissionDenied, Kind::MountNotFound, Kind::KeyNotFound];

/// Asks a keep everything, in such a way that the caller is never at fault.
#[derive(Default)]
pub(super) struct Questions {
    /// Errors that blame the file.
    pub(super) faults: Vec<String>,
    /// What the holder of a token was refused.
    pub(super) refusals: Vec<String>,
}

impl Questions {
    /// The answer, or an error that blames the file.
    pub(super) fn answer<T>(&mut self, answer: otpkeep::Result<T>) -> Option<T> {
        self.answer_or(answer, |_| false)
    }

    /// The answer to someone with a token, which may be none any more, or not allow it.
    pub(super) fn permitted<T>(&mut self, answer: otpkeep::Result<T>) -> Option<T> {
        let refused = answer.as_ref().err().filter(|error| HOLDER_IS_REFUSED.contains(&error.kind()));
        self.refusals.extend(refused.map(ToString::to_string));
        self.answer_or(answer, |error| HOLDER_IS_REFUSED.contains(&error.kind()))
    }

    fn answer_or<T>(&mut self, answer: otpkeep::Result<T>, fair: impl FnOnce(&Error) -> bool) -> Option<T> {
        match answer {
            Ok(answer) => return Some(answer),
            Err(error) if FILE_IS_TO_BLAME.contains(&error.kind()) => self.faults.push(error.to_string()),
            Err(error) => assert!(fair(&error), "{error}"),
        }
        None
    }

    /// Asks by path, where answers are JSON.
    fn by_path(&mut self, keep: &Keep, operation: Operation, path: &str) {
        match keep.request(operation, path, &Data::new()) {
            Ok(answer) => {
                let json = answer.into_json().map(|json| json.to_string()).unwrap_or_default();
                assert!(!json.contains("\\u0000"), "a text that C would see a part of: {path}: {json}");
            }
            Err(refusal) => {
                let refused = Err::<(), _>(Error::new(refusal.kind, format!("{path}: {}", refusal.sentence)));
                if keep.has_root_key() {
                    self.answer(refused)
                } else {
                    self.permitted(refused)
                };
            }
        }
    }

    /// Asks with the root key.
    pub(super) fn ask(&mut self, keep: &Keep, scratch: &Scratch) {
        self.answer(keep.status());
        self.answer(keep.audit_hash("value"));
        let mounts = self.answer(keep.list_mounts()).unwrap_or_default();
        for pair in mounts.windows(2) {
            assert!(!pair[1].path.starts_with(&pair[0].path), "one mount within another");
        }
        for mount in mounts {
            mount.throttle.check().expect("options that a mount can have");
            let keep = keep.with_mount(&mount.path).expect("a path that a mount can have");
            for name in self.answer(keep.list_keys("")).unwrap_or_default() {
                self.by_path(&keep, Operation::Read, &format!("{}keys/{name}", mount.path));
                self.by_path(&keep, Operation::Read, &format!("{}attempts/{name}", mount.path));
                self.ask_key(&keep, &name);
            }
            self.by_path(&keep, Operation::Read, &format!("sys/mounts/{}tune", mount.path));
            let spec = MountSpec { description: Some("tuned".into()), ..MountSpec::default() };
            self.answer(keep.tune_mount(&mount.path, &spec));
        }
        for name in self.answer(keep.list_policies()).unwrap_or_default() {
            self.answer(keep.read_policy(&name));
        }
        for accessor in self.answer(keep.list_tokens()).unwrap_or_default() {
            self.answer(keep.lookup_token(TokenRef::Accessor(&accessor)));
            self.answer_or(keep.renew_token(TokenRef::Accessor(&accessor), Some(60)), is_not_renewable);
        }
        for file in self.answer(keep.list_audits()).unwrap_or_default() {
            assert!(file.path.starts_with('/'), "a log that depends on where the program stands");
        }
        for (operation, path) in [
            (Operation::Read, "sys/mounts"),
            (Operation::Read, "sys/audit"),
            (Operation::List, "sys/policies/acl"),
            (Operation::List, "auth/token/accessors"),
        ] {
            self.by_path(keep, operation, path);
        }
        self.answer(keep.backup(scratch.file("backup")));
    }

    fn ask_key(&mut self, keep: &Keep, name: &str) {
        self.answer(keep.read_key(name));
        self.answer(keep.read_attempts(name));
        let Some(code) = self.answer(keep.read_code(name)) else { return };
        assert!([6, 8].contains(&code.value().len()) && (1..=u64::from(code.period)).contains(&code.remaining()));
        let accepted = |verdict: Option<otpkeep::Verdict>| verdict.is_some_and(|verdict| verdict.is_accepted());
        let wrong = if code.value().starts_with('0') { "1" } else { "0" }.repeat(code.value().len());
        self.answer(keep.validate_code(name, wrong));
        self.answer(keep.validate_code(name, code.value()));
        let again = self.answer(keep.validate_code(name, code.value()));
        assert!(!accepted(again), "accepted twice");
        if self.answer(keep.reset_attempts(name)).is_some() {
            let attempts = self.answer(keep.read_attempts(name));
            assert!(attempts.is_none_or(|attempts| attempts.failures == 0 && !attempts.disabled));
        }
        let other = KeySpec { period: Some(86_400), ..key("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") };
        self.answer(keep.write_key(name, &other));
    }

    /// Asks with a token.
    pub(super) fn ask_as_holder(&mut self, keep: &Keep) {
        let spec = TokenSpec { ttl: Some(60), ..TokenSpec::default() };
        self.permitted(keep.lookup_token(TokenRef::Own));
        self.permitted(keep.capabilities("totp/code/alice"));
        self.permitted(keep.read_code("alice"));
        self.permitted(keep.validate_code("alice", "000000"));
        self.permitted(keep.create_token(&spec));
        let renewed = keep.renew_token(TokenRef::Own, None);
        if !renewed.as_ref().is_err_and(is_not_renewable) {
            self.permitted(renewed);
        }
        self.by_path(keep, Operation::Read, "auth/token/lookup-self");
        self.by_path(keep, Operation::Read, "sys/mounts");
    }

    /// Does what changes the whole keep, and takes it apart.
    pub(super) fn ask_last(&mut self, keep: &Keep, scratch: &Scratch) {
        self.answer_or(keep.rotate(), |error| error.reason().contains("64 terms"));
        self.answer(keep.rewrap());
        let mut root_key = OpenOptions::new();
        root_key.set_root_key(&[8; 32]).expect("32 bytes");
        if let Some(slot) = self.answer(keep.add_slot(&root_key)) {
            self.answer(keep.remove_slot(slot));
        }
        let (backup, restored) = (scratch.file("backup"), scratch.file("restored"));
        if backup.exists() && self.answer(restore(backup, &restored, &options())).is_some() {
            self.answer(Keep::open(restored, &options()));
        }
        for accessor in self.answer(keep.list_tokens()).unwrap_or_default() {
            self.answer(keep.revoke_token(TokenRef::Accessor(&accessor)));
        }
        for file in self.answer(keep.list_audits()).unwrap_or_default() {
            self.answer(keep.disable_audit(&file.name));
        }
        for mount in self.answer(keep.list_mounts()).unwrap_or_default() {
            self.answer(keep.unmount(&mount.path));
        }
    }
}

/// Whether the token is at fault, which someone may have made so.
fn is_not_renewable(error: &Error) -> bool {
    error.argument_name() == Some("token")
}
