use std::fmt;
use std::sync::OnceLock;

use super::key_spec::{Draft, KeySpec};
use super::material::{Material, key_columns, key_place};
use super::state::{key_and_state, open_state, seal_state};
use super::{Engine, Gate, key_not_found};
use crate::attempt::State;
use crate::clock::UnixTime;
use crate::enroll::{Barcode, Warning, format_url};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::otp::{Parameters, same_codes};
use crate::seal::{Keyring, random_id};
use crate::secret::{Secret, SecretText};
use crate::store::{Edit, KeyName, KeyRow};

/// The description of a key: all but its secret. Its `Debug` output leaves out whose key it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// The name within its mount.
    pub name: String,
    /// Who runs the service; may be empty.
    pub issuer: String,
    /// Whose key it is; may be empty.
    pub account_name: String,
    /// Everything that determines its codes but the secret.
    pub parameters: Parameters,
    /// When the name was first written.
    pub created: UnixTime,
    /// When the last accepted code began to hold; `None` when none was accepted.
    pub last_used: Option<UnixTime>,
    /// What was odd about the URL or secret it was written from; empty when it was read.
    pub warnings: Vec<Warning>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .field("created", &self.created)
            .field("last_used", &self.last_used)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// What generating a key returns, for an authenticator app to read. It holds the secret: show it once, keep it nowhere.
pub struct Enrollment {
    url: SecretText,
    barcode: Option<Secret>,
    symbol: Barcode,
    svg: OnceLock<SecretText>,
    terminal: OnceLock<SecretText>,
}

impl Enrollment {
    fn new(draft: &Draft, barcode_size: u32) -> Result<Enrollment> {
        let url = format_url(&draft.secret, &draft.issuer, &draft.account_name, &draft.parameters);
        let symbol = Barcode::of(&url)?;
        let barcode = if barcode_size == 0 { None } else { Some(symbol.png(barcode_size)?) };
        Ok(Enrollment { url, barcode, symbol, svg: OnceLock::new(), terminal: OnceLock::new() })
    }

    /// The otpauth URL.
    pub fn url(&self) -> &str {
        self.url.expose()
    }

    /// The barcode as a PNG image of the size asked; `None` when the size was 0.
    pub fn barcode(&self) -> Option<&[u8]> {
        self.barcode.as_ref().map(Secret::expose)
    }

    /// The barcode as an SVG image.
    pub fn svg(&self) -> &str {
        self.svg.get_or_init(|| self.symbol.svg()).expose()
    }

    /// The barcode in Unicode half blocks, for a terminal.
    pub fn terminal(&self) -> &str {
        self.terminal.get_or_init(|| self.symbol.terminal()).expose()
    }
}

/// Checks a key's name: 1 to 512 bytes; first and last an ASCII letter, digit or `_`; between them also `-`, `.`, `@`
/// and `+`.
pub(super) fn check_name(name: &str) -> Result<()> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = name.as_bytes();
    let well_formed = bytes.len() <= limits::NAME_BYTES
        && bytes.first().is_some_and(word)
        && bytes.last().is_some_and(word)
        && bytes.iter().all(|byte| word(byte) || b"-.@+".contains(byte));
    if well_formed {
        Ok(())
    } else {
        Err(Error::argument("name", "must be 1 to 512 letters, digits or _, with - . @ + allowed inside"))
    }
}

impl Engine {
    /// Imports a key.
    ///
    /// # Errors
    /// `key-exists` unless the spec says `overwrite`; `invalid-argument`, `mount-not-found`, `busy`, …
    pub(crate) fn write_key(
        &self,
        gate: &dyn Gate,
        mount: &str,
        name: &str,
        spec: &KeySpec,
        now: UnixTime,
    ) -> Result<Key> {
        check_name(name)?;
        let draft = spec.import()?;
        self.put_key(gate, mount, name, draft, spec.overwrite, now)
    }

    /// Generates a key. It is stored only if its barcode can be drawn.
    pub(crate) fn generate_key(
        &self,
        gate: &dyn Gate,
        mount: &str,
        name: &str,
        spec: &KeySpec,
        now: UnixTime,
    ) -> Result<Enrollment> {
        check_name(name)?;
        let (draft, barcode_size) = spec.generate()?;
        let enrollment = Enrollment::new(&draft, barcode_size)?;
        self.put_key(gate, mount, name, draft, spec.overwrite, now)?;
        Ok(enrollment)
    }

    fn put_key(
        &self,
        gate: &dyn Gate,
        mount: &str,
        name: &str,
        draft: Draft,
        overwrite: bool,
        now: UnixTime,
    ) -> Result<Key> {
        let Draft { secret, issuer, account_name, parameters, warnings } = draft;
        let mut material = Material { secret, issuer, account_name, parameters, created: now.seconds() };
        let state = self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mount_id = self.mount_at(edit, mount)?.id;
            let existing = edit.key(mount_id, name)?.map(|row| row.id);
            if existing.is_some() && !overwrite {
                return Err(Error::new(Kind::KeyExists, "a key of this name exists; overwrite replaces it"));
            }
            let mut state = State::fresh();
            if existing.is_some() {
                let (replaced, history) = self.key_to_replace(edit, mount_id, name)?;
                material.created = replaced.created;
                // With the same secret the same codes would be good again, so what was spent stays spent.
                if same_codes(&replaced.secret, &material.secret, parameters.algorithm)? {
                    state = history.with_period(replaced.parameters.period, parameters.period);
                }
            }
            let id = existing.map_or_else(|| edit.new_key_id(mount_id, name), Ok)?;
            self.put_rows(edit, mount_id, name, id, &material, state)?;
            Ok(state)
        })?;
        Ok(describe(name, material, state, warnings))
    }

    fn key_to_replace(&self, edit: &dyn Edit, mount_id: u64, name: &str) -> Result<(Material, State)> {
        let (row, state) = key_and_state(edit, mount_id, name)?;
        let keyring = self.current_keyring(edit)?;
        let material = Material::open(&keyring, mount_id, name, &row)?;
        Ok((material, open_state(&keyring, mount_id, name, &state)?))
    }

    /// Stores a key and its state under a new version, which ties the two together.
    fn put_rows(
        &self,
        edit: &dyn Edit,
        mount_id: u64,
        name: &str,
        id: u64,
        material: &Material,
        state: State,
    ) -> Result<()> {
        let keyring = self.current_keyring(edit)?;
        let version = random_id()?;
        edit.put_state(id, &seal_state(&keyring, mount_id, name, version, state)?)?;
        let mut row = KeyRow { id, version, sealed: Vec::new() };
        row.sealed = keyring.seal(key_place(mount_id, name), &key_columns(&row), &material.encode())?;
        edit.put_key(mount_id, name, &row)
    }

    /// Describes a key.
    pub(crate) fn read_key(&self, mount: &str, name: &str) -> Result<Key> {
        check_name(name)?;
        let (mount_id, (row, state), keyring) = self.store.read_with(|view| {
            let mount_id = self.mount_at(view, mount)?.id;
            let rows = key_and_state(view, mount_id, name)?;
            let keyring = self.keyring_for(view, [rows.0.sealed.as_slice()])?;
            Ok((mount_id, rows, keyring))
        })?;
        let material = Material::open(&keyring, mount_id, name, &row)?;
        let state = open_state(&keyring, mount_id, name, &state)?;
        Ok(describe(name, material, state, Vec::new()))
    }

    /// Names of keys in byte order, after `after`, which need not exist. Each record is opened, so that a name that was
    /// altered is an error and not a different name.
    pub(crate) fn list_keys(&self, mount: &str, after: &str, limit: usize) -> Result<Vec<String>> {
        if limit == 0 || limit > limits::LIST_LIMIT {
            return Err(Error::argument("limit", "must be 1 to 1000"));
        }
        check_length("after", after)?;
        let (keys, keyring) = self.store.read_with(|view| {
            let after = KeyName { mount_id: self.mount_at(view, mount)?.id, name: after.into() };
            let mut keys = view.keys(Some(&after), limit)?;
            keys.retain(|(key, _)| key.mount_id == after.mount_id);
            let keyring = self.keyring_for(view, keys.iter().map(|(_, row)| row.sealed.as_slice()))?;
            Ok((keys, keyring))
        })?;
        keys.into_iter().map(|(key, row)| check_record(&keyring, &key, &row).map(|()| key.name)).collect()
    }

    /// Deletes a key and its state. It does not open them, so a damaged key can be deleted too, whatever its name has
    /// become.
    pub(crate) fn delete_key(&self, gate: &dyn Gate, mount: &str, name: &str) -> Result<()> {
        check_length("name", name)?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mount_id = self.mount_at(edit, mount)?.id;
            let absent = || check_name(name).err().unwrap_or_else(key_not_found);
            let row = edit.key(mount_id, name)?.ok_or_else(absent)?;
            edit.delete_key(mount_id, name)?;
            // The state of a damaged row could be another key's.
            match edit.state(row.id)? {
                Some(state) if state.version == row.version => edit.delete_state(row.id),
                _ => Ok(()),
            }
        })
    }
}

/// Checks that a text could be a key's name, or what damage made of one.
fn check_length(argument: &'static str, text: &str) -> Result<()> {
    if text.len() > limits::NAME_BYTES || text.contains('\0') {
        return Err(Error::argument(argument, "longer than any name, or holds NUL"));
    }
    Ok(())
}

/// Opens a key's record to see that it belongs there, and names the key otherwise.
pub(super) fn check_record(keyring: &Keyring, key: &KeyName, row: &KeyRow) -> Result<()> {
    let opened = keyring.open_record(key_place(key.mount_id, &key.name), &key_columns(row), &row.sealed);
    opened.map(drop).map_err(|error| Error::new(error.kind(), format!("{}: key {:?}", error.reason(), key.name)))
}

fn describe(name: &str, material: Material, state: State, warnings: Vec<Warning>) -> Key {
    let Material { issuer, account_name, parameters, created, .. } = material;
    let last_used = state.last_step.map(|step| UnixTime::EPOCH.saturating_add(step.starts_at(parameters.period)));
    let created = UnixTime::EPOCH.saturating_add(created);
    Key { name: name.into(), issuer, account_name, parameters, created, last_used, warnings }
}
