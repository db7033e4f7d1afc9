use std::sync::Arc;

use super::commit::{Foreseen, Request, Settlement};
use super::keys::check_name;
use super::material::Material;
use super::mounts::Mount;
use super::state::{belonging, key_and_state, open_state, seal_state};
use super::{Engine, Gate};
use crate::attempt::{Circumstances, State, Verdict, decide, malformed, screen};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::otp::{Calculator, CodeText, Parameters, Step, Window, code_of, parse_code};
use crate::seal::{Keyring, term_of};
use crate::store::{Family, KeyRow, StateRow};

/// How often a code is compared anew with a key that is rewritten meanwhile.
const ROUNDS: usize = 8;

/// A code and how long it holds.
pub struct Code {
    value: CodeText,
    /// When it was read.
    pub generated_at: UnixTime,
    /// The first second at which the next code holds.
    pub expires_at: UnixTime,
    /// Seconds that each code holds.
    pub period: u32,
}

impl Code {
    /// The code itself, six or eight ASCII digits.
    pub fn value(&self) -> &str {
        self.value.expose()
    }

    /// Seconds from reading it until it expires.
    pub fn remaining(&self) -> u64 {
        self.expires_at.seconds().saturating_sub(self.generated_at.seconds())
    }
}

/// The failed attempts of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Wrong codes since the last accepted one.
    pub failures: u32,
    /// The time until which the key is locked; `None` when it is not.
    pub locked_until: Option<UnixTime>,
    /// Whether the key is disabled until its attempts are reset.
    pub disabled: bool,
    /// Wrong codes that remain before the key is disabled; `None` when throttling is off.
    pub attempts_left: Option<u32>,
}

/// What looking at an attempt gave.
enum Examination {
    Answer(Verdict),
    /// The verdict changes the state, so it must be decided and stored by a commit.
    Commit(Request),
}

impl Engine {
    /// The code of a key at a time, in the shortest way; `None` when that does not do: the audit log is kept, or
    /// something is not as it was last seen.
    pub(crate) fn read_code_unlogged(&self, mount: &str, name: &str, at: UnixTime) -> Result<Option<Code>> {
        let (Ok(()), Ok(mount)) = (check_name(name), self.known_mount(mount)) else { return Ok(None) };
        let Some(row) = self.store.read_key(mount.id, name, Family::Audit)? else { return Ok(None) };
        let keyring = self.keyring();
        if !term_of(&row.sealed).is_ok_and(|term| keyring.holds(term)) {
            return Ok(None);
        }
        code_at(&Material::open(&keyring, mount.id, name, &row)?, at).map(Some)
    }

    /// The code of a key at a time.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`.
    pub(crate) fn read_code(&self, mount: &str, name: &str, at: UnixTime) -> Result<Code> {
        check_name(name)?;
        let (mount_id, row, keyring) = self.store.read_with(|view| {
            let mount_id = self.mount_at(view, mount)?.id;
            let row = view.key(mount_id, name)?.ok_or_else(super::key_not_found)?;
            let keyring = self.keyring_for(view, [row.sealed.as_slice()])?;
            Ok((mount_id, row, keyring))
        })?;
        code_at(&Material::open(&keyring, mount_id, name, &row)?, at)
    }

    /// Validates one code in the shortest way; `None`, and nothing was done, when that does not do: the audit log is
    /// kept, or something is not as it was last seen.
    pub(crate) fn validate_code_unlogged(
        &self,
        gate: &Arc<dyn Gate>,
        mount: &str,
        (name, code): (&str, &[u8]),
        now: UnixTime,
        latest: Option<UnixTime>,
    ) -> Result<Option<Verdict>> {
        let (Ok(()), Ok(mount)) = (check_name(name), self.known_mount(mount)) else { return Ok(None) };
        let Some((key, state)) = self.store.read_key_and_state((mount.id, mount.version), name, Family::Audit)? else {
            return Ok(None);
        };
        let keyring = self.keyring();
        if !term_of(&key.sealed).is_ok_and(|term| keyring.holds(term)) {
            return Ok(None);
        }
        let state = belonging(state, key.version)?;
        match examine(&keyring, &mount, 0, (name, code), &(key, state), now, latest)? {
            Examination::Answer(verdict) => Ok(Some(verdict)),
            Examination::Commit(request) => match self.commits.settle(self, gate, vec![request])?.pop() {
                Some(Settlement::Verdict(verdict)) => Ok(Some(verdict)),
                Some(Settlement::Failed(error)) => Err(error),
                Some(Settlement::Moved) => Ok(None),
                None => Err(unsettled()),
            },
        }
    }

    /// Validates codes, each exactly once, with one commit for all. The results are in the order of the items; the
    /// error of one item (such as `key-not-found`) does not touch the others. `now` may not lie after the window of
    /// `latest`.
    ///
    /// The error of a commit (`busy`, `disk-full`, `store-replaced`, `io`) is that of the items which waited for it.
    ///
    /// # Errors
    /// What comes before any of them is looked at: `mount-not-found`, `forked`, `io`.
    pub(crate) fn validate_codes(
        &self,
        gate: &Arc<dyn Gate>,
        mount: &str,
        items: &[(&str, &[u8])],
        now: UnixTime,
        latest: Option<UnixTime>,
    ) -> Result<Vec<Result<Verdict>>> {
        let mut results: Vec<Result<Verdict>> = items.iter().map(|_| Err(unsettled())).collect();
        let mut open: Vec<_> = results.iter_mut().enumerate().zip(items.iter().copied()).collect();
        for round in 0..ROUNDS {
            let read = self.store.read_with(|view| {
                let mount = self.mount_at(view, mount)?;
                let row = |name| check_name(name).and_then(|()| key_and_state(view, mount.id, name));
                let rows: Vec<_> = open.iter().map(|(_, (name, _))| row(name)).collect();
                let sealed = rows.iter().filter_map(|rows| rows.as_ref().ok()).map(|(key, _)| key.sealed.as_slice());
                let keyring = self.keyring_for(view, sealed)?;
                Ok((mount, rows, keyring))
            });
            let (mount, rows, keyring) = match read {
                Ok(read) => read,
                Err(error) if round == 0 => return Err(error),
                // What was stored before stays stored, and must be told.
                Err(error) => {
                    open.into_iter().for_each(|((_, result), _)| *result = Err(error.clone()));
                    return Ok(results);
                }
            };
            let mut waiting = Vec::new();
            let mut requests = Vec::new();
            for (((number, result), item), rows) in open.drain(..).zip(rows) {
                match rows.and_then(|rows| examine(&keyring, &mount, number, item, &rows, now, latest)) {
                    Ok(Examination::Answer(verdict)) => *result = Ok(verdict),
                    Ok(Examination::Commit(request)) => {
                        waiting.push(((number, result), item));
                        requests.push(request);
                    }
                    Err(error) => *result = Err(error),
                }
            }
            if requests.is_empty() {
                break;
            }
            // Those that were answered before, or need no commit, keep their answers.
            let settlements = match self.commits.settle(self, gate, requests) {
                Ok(settlements) => settlements,
                Err(error) => {
                    waiting.into_iter().for_each(|((_, result), _)| *result = Err(error.clone()));
                    break;
                }
            };
            for (((number, result), item), settlement) in waiting.into_iter().zip(settlements) {
                match settlement {
                    Settlement::Verdict(verdict) => *result = Ok(verdict),
                    Settlement::Failed(error) => *result = Err(error),
                    Settlement::Moved => open.push(((number, result), item)),
                }
            }
            if open.is_empty() {
                break;
            }
        }
        drop(open);
        Ok(results)
    }

    /// The failed attempts of a key.
    pub(crate) fn read_attempts(&self, mount: &str, name: &str, now: UnixTime) -> Result<Attempts> {
        check_name(name)?;
        let (mount, (_, row)) = self.store.read_with(|view| {
            let mount = self.mount_at(view, mount)?;
            let rows = key_and_state(view, mount.id, name)?;
            Ok((mount, rows))
        })?;
        let state = open_state(&self.keyring(), mount.id, name, &row)?;
        let State { failures, disabled, .. } = state;
        let locked_until = mount.throttle.locked_until(&state, now);
        Ok(Attempts { failures, locked_until, disabled, attempts_left: mount.throttle.attempts_left(failures) })
    }

    /// Clears the failures, lock and disabling of a key, and draws a last step that lies in the future into the window.
    pub(crate) fn reset_attempts(&self, gate: &dyn Gate, mount: &str, name: &str, now: UnixTime) -> Result<()> {
        check_name(name)?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mount = self.mount_at(edit, mount)?;
            let (key, row) = key_and_state(edit, mount.id, name)?;
            let keyring = self.current_keyring(edit)?;
            let Parameters { period, skew, .. } = Material::open(&keyring, mount.id, name, &key)?.parameters;
            let state = open_state(&keyring, mount.id, name, &row)?.reset(Window::at(now, period, skew));
            edit.put_state(key.id, &seal_state(&keyring, mount.id, name, key.version, state)?)
        })
    }
}

fn code_at(material: &Material, at: UnixTime) -> Result<Code> {
    let Parameters { period, .. } = material.parameters;
    let step = Step::at(at, period);
    let expires_at = at.saturating_add(step.next().starts_at(period).saturating_sub(at.seconds()));
    let value = code_of(&material.secret, &material.parameters, step)?;
    Ok(Code { value, generated_at: at, expires_at, period: period.seconds() })
}

/// Looks at an attempt outside any transaction. A key that answers without looking at the code does so before its
/// record is used for any HMAC.
fn examine(
    keyring: &Keyring,
    mount: &Arc<Mount>,
    number: usize,
    (name, code): (&str, &[u8]),
    (key, row): &(KeyRow, StateRow),
    now: UnixTime,
    latest: Option<UnixTime>,
) -> Result<Examination> {
    let material = Material::open(keyring, mount.id, name, key)?;
    let parameters = material.parameters;
    let Parameters { digits, period, skew, .. } = parameters;
    if latest.is_some_and(|latest| Step::at(now, period) > Window::at(latest, period, skew).last) {
        return Err(Error::argument("at", "later than the window of the clock"));
    }
    let state = open_state(keyring, mount.id, name, row)?;
    let circumstances = Circumstances { now, period, skew, throttle: mount.throttle };
    let commit = |matching, next, verdict| {
        let new = seal_state(keyring, mount.id, name, key.version, next)?;
        Ok(Examination::Commit(Request {
            item: number,
            mount: Arc::clone(mount),
            name: name.into(),
            key_id: key.id,
            version: key.version,
            matching,
            parameters,
            now,
            foreseen: Foreseen { old: *row, new, verdict },
        }))
    };
    match screen(state, &circumstances) {
        Some((None, verdict)) => return Ok(Examination::Answer(verdict)),
        Some((Some(next), verdict)) => return commit(None, next, verdict),
        None => {}
    }
    let Some(code) = parse_code(code, digits) else {
        return Ok(Examination::Answer(malformed(state, &circumstances)));
    };
    let matching = Calculator::new(&material.secret, &parameters)?.matching_step(circumstances.window(), code);
    match decide(state, matching, &circumstances) {
        (None, verdict) => Ok(Examination::Answer(verdict)),
        (Some(next), verdict) => commit(matching, next, verdict),
    }
}

fn unsettled() -> Error {
    Error::new(Kind::Busy, "the key was rewritten again and again while the code was compared")
}
