//! A keep and its oracle, to which the same is done.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use otpkeep::{Keep, KeySpec, Kind, ManualClock, MountSpec, OpenOptions, SecretText, Verdict};

use crate::operation::Operation;
use crate::oracle::{END, Key, Rules};
use crate::support::{Folder, OTHER_SECRET, SECRET, START, clocked_options, key, time};

const NAMES: [&str; 3] = ["alice", "bob", "carol"];
const SECRETS: [&str; 2] = [SECRET, OTHER_SECRET];

pub(crate) struct Pair {
    folder: Folder,
    clock: Arc<ManualClock>,
    options: OpenOptions,
    keep: Option<Keep>,
    /// A keep of its own that says which code a secret has at a time.
    book: Keep,
    files: u32,
    now: i128,
    rules: Rules,
    keys: BTreeMap<usize, Key>,
    /// The file of the last backup, and what the oracle knew then.
    backup: Option<(String, Rules, BTreeMap<usize, Key>)>,
}

impl Pair {
    pub(crate) fn new() -> Pair {
        let folder = Folder::in_memory();
        let (clock, mut options) = clocked_options();
        // Few failures disable a key, so that it happens.
        options.set_first_mount(MountSpec {
            free_attempts: Some(2),
            max_lock_seconds: Some(8),
            max_failures: Some(6),
            ..MountSpec::default()
        });
        let keep = Keep::open(folder.file("keep-0"), &options).unwrap();
        let book = Keep::open(folder.file("book"), &options).unwrap();
        let rules = Rules { throttle: true, free: 2, lock: 1, longest: 8, failures: 6 };
        let (now, keys) = (i128::from(START), BTreeMap::new());
        let mut pair =
            Pair { folder, clock, options, keep: Some(keep), book, files: 0, now, rules, keys, backup: None };
        // Two keys at first: of a key that is absent there is little to ask.
        for (number, secret) in SECRETS.iter().enumerate() {
            pair.keep().write_key(NAMES[number], &key(secret)).unwrap();
            pair.keys.insert(number, Key::new(secret, 30, 1));
        }
        pair
    }

    /// Does the same to both and returns what each answers.
    pub(crate) fn perform(&mut self, operation: &Operation) -> (String, String) {
        use Operation::*;
        let now = self.now;
        match *operation {
            Write { key: number, secret, period, skew, overwrite } => {
                let spec = KeySpec { overwrite, period: Some(period), skew: Some(skew), ..key(SECRETS[secret]) };
                let found = self.keep().write_key(NAMES[number], &spec).map(|_| ());
                let expected = self.write(number, SECRETS[secret], period.into(), skew.into(), overwrite);
                (tell(found), expected)
            }
            Generate { key, overwrite } => {
                let account_name = Some(NAMES[key].to_owned());
                let issuer = Some("Model".to_owned());
                let spec = KeySpec { overwrite, issuer, account_name, barcode_size: Some(0), ..KeySpec::default() };
                let found = self.keep().generate_key(NAMES[key], &spec);
                let secret = found.as_ref().map_or(String::new(), |made| secret_of(made.url()).to_owned());
                let expected = self.write(key, &secret, 30, 1, overwrite);
                (tell(found.map(|_| ())), expected)
            }
            Delete { key } => {
                let found = self.keep().delete_key(NAMES[key]);
                (tell(found), told(self.keys.remove(&key).map(|_| ())))
            }
            Validate { key, steps } => self.validate(key, now, |pair, key| {
                pair.code(&key.secret, key.period, now / key.period + i128::from(steps))
            }),
            ValidateAt { key, seconds } => {
                let at = (now + i128::from(seconds)).clamp(0, END);
                self.validate(key, at, |pair, key| pair.code(&key.secret, key.period, at / key.period))
            }
            Wrong { key } => self.validate(key, now, |pair, key| {
                let codes: Vec<_> = key.window(now).map(|step| pair.code(&key.secret, key.period, step)).collect();
                (0..9).map(|number| format!("{number:06}")).find(|code| !codes.contains(code)).unwrap()
            }),
            Malformed { key } => self.validate(key, now, |_, _| "12345".to_owned()),
            ReadCode { key } => {
                let found = self.keep().read_code(NAMES[key]).map(|code| code.value().to_owned());
                let known = self.keys.get(&key);
                (tell(found), told(known.map(|key| self.code(&key.secret, key.period, now / key.period))))
            }
            ReadAttempts { key } => {
                let found = self.keep().read_attempts(NAMES[key]).map(|attempts| {
                    let until = attempts.locked_until.map(|until| i128::from(until.seconds()));
                    (i128::from(attempts.failures), until, attempts.disabled, attempts.attempts_left.map(i128::from))
                });
                (tell(found), told(self.keys.get(&key).map(|key| key.attempts(&self.rules, now))))
            }
            Reset { key } => {
                let found = self.keep().reset_attempts(NAMES[key]);
                (tell(found), told(self.keys.get_mut(&key).map(|key| key.reset(now))))
            }
            Tune { throttle, free, lock, longest, failures } => {
                let spec = MountSpec {
                    throttle: Some(throttle),
                    free_attempts: Some(free),
                    lock_seconds: Some(lock),
                    max_lock_seconds: Some(longest),
                    max_failures: Some(failures),
                    ..MountSpec::default()
                };
                let (free, lock, longest) = (free.into(), lock.into(), longest.into());
                self.rules = Rules { throttle, free, lock, longest, failures: failures.into() };
                (tell(self.keep().tune_mount("totp/", &spec).map(|_| ())), told(Some(())))
            }
            Jump { seconds } => self.set_clock(now + i128::from(seconds)),
            Set { seconds } => self.set_clock(seconds.into()),
            Rotate => {
                // A full keyring is pruned by rewrapping.
                let found = self.keep().rotate();
                (tell(found.map(|_| ())), told(Some(())))
            }
            Rewrap => (tell(self.keep().rewrap().map(|_| ())), told(Some(()))),
            Reopen => {
                self.open();
                (String::new(), String::new())
            }
            BackUp => {
                self.files += 1;
                let file = format!("backup-{}", self.files);
                let found = self.keep().backup(self.folder.file(&file));
                self.backup = Some((file, self.rules, self.keys.clone()));
                (tell(found), told(Some(())))
            }
            Restore => {
                let Some((file, rules, keys)) = self.backup.clone() else { return Default::default() };
                self.files += 1;
                let location = self.folder.file(&format!("keep-{}", self.files));
                let found = otpkeep::restore(self.folder.file(&file), &location, &self.options);
                self.keep = Some(Keep::open(location, &self.options).unwrap());
                self.rules = rules;
                self.keys = keys.into_iter().map(|(number, key)| (number, key.restored(now))).collect();
                (tell(found), told(Some(())))
            }
        }
    }

    fn keep(&self) -> &Keep {
        self.keep.as_ref().unwrap()
    }

    /// Closes the keep and opens it again. A keep that was restored is found by its location.
    fn open(&mut self) {
        self.keep = None;
        let number = (0..=self.files).rev().find(|number| self.folder.file(&format!("keep-{number}")).exists());
        let location = self.folder.file(&format!("keep-{}", number.unwrap()));
        self.keep = Some(Keep::open(location, &self.options).unwrap());
    }

    fn set_clock(&mut self, seconds: i128) -> (String, String) {
        self.now = seconds.clamp(0, END);
        self.clock.set(time(self.now as i64));
        Default::default()
    }

    fn write(&mut self, number: usize, secret: &str, period: i128, skew: i128, overwrite: bool) -> String {
        let key = match self.keys.get(&number) {
            Some(_) if !overwrite => return format!("{:?}", Kind::KeyExists),
            Some(old) => old.overwritten(secret, period, skew),
            None => Key::new(secret, period, skew),
        };
        self.keys.insert(number, key);
        told(Some(()))
    }

    /// The code of a secret at a step. Before the first step and after the last there is none; any will do.
    fn code(&self, secret: &str, period: i128, step: i128) -> String {
        let name = format!("{secret}-{period}");
        if self.book.read_key(&name).is_err() {
            let secret = Some(SecretText::copy_of(secret));
            let spec = KeySpec { secret, period: Some(period as u32), ..KeySpec::default() };
            self.book.write_key(&name, &spec).unwrap();
        }
        let at = (step * period).clamp(0, END) as i64;
        self.book.read_code_at(&name, time(at)).unwrap().value().to_owned()
    }

    /// Validates the code that `choose` makes for the key, as of a time.
    fn validate(&mut self, number: usize, at: i128, choose: impl Fn(&Pair, &Key) -> String) -> (String, String) {
        let Some(mut known) = self.keys.get(&number).cloned() else {
            return (tell(self.keep().validate_code(NAMES[number], "123456")), told::<()>(None));
        };
        let code = choose(self, &known);
        let found = if at == self.now {
            self.keep().validate_code(NAMES[number], &code)
        } else {
            self.keep().validate_code_at(NAMES[number], &code, time(at as i64))
        };
        let found = tell(found.map(|Verdict { outcome, offset, retry_after, attempts_left }| {
            (outcome, i128::from(offset), i128::from(retry_after), attempts_left.map(i128::from))
        }));
        // No window is later than that of the clock.
        if at / known.period > *known.window(self.now).end() {
            return (found, format!("{:?}", Kind::InvalidArgument));
        }
        let window = known.window(at);
        // The keep knows one step more than can be asked for at the end of time.
        let matching: Vec<_> = window
            .filter(|step| step * known.period <= END && self.code(&known.secret, known.period, *step) == code)
            .collect();
        let answer = known.validate(&self.rules, at, (code.len() == 6).then_some(&matching));
        self.keys.insert(number, known);
        (found, format!("{:?}", answer).trim_start_matches('(').to_owned())
    }
}

/// The secret in an otpauth URL.
fn secret_of(url: &str) -> &str {
    url.split(['?', '&']).find_map(|part| part.strip_prefix("secret=")).unwrap()
}

/// What a keep answered.
fn tell<T: Debug>(result: otpkeep::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}").trim_start_matches('(').to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// What the oracle answers of a key that there may be.
fn told<T: Debug>(value: Option<T>) -> String {
    value.map_or(format!("{:?}", Kind::KeyNotFound), |value| format!("{value:?}").trim_start_matches('(').to_owned())
}
