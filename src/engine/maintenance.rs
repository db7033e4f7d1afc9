use std::path::Path;

use super::keys::check_record;
use super::material::{Material, key_columns, key_place};
use super::state::{open_state, seal_state, state_of};
use super::{Engine, Gate, put_keyring, unlock_keyring};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::otp::Window;
use crate::records::{open_record, seal_record};
use crate::seal::{Keyring, RootKey, term_of};
use crate::store::{Edit, Family, KeyName, KeyRow, Readable, View};

/// How often `rewrap` starts over when others rotate meanwhile.
const ROUNDS: usize = 4;

/// Told how many of how many keys are done, between batches and outside of any transaction.
pub(crate) type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// What came of a batch of keys.
#[derive(Default)]
struct Batch {
    seen: u64,
    sealed: u64,
    /// `None` when there was none any more.
    last: Option<KeyName>,
}

impl Engine {
    /// Adds a term to the keyring; what is written from now on is sealed under it. Returns its number.
    pub(crate) fn rotate(&self, gate: &dyn Gate, now: UnixTime) -> Result<u32> {
        let rotated = self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let rotated = self.current_keyring(edit)?.with_new_term(now.seconds())?;
            put_keyring(edit, &rotated)?;
            Ok(rotated)
        })?;
        self.set_keyring(rotated).current_term()
    }

    /// Seals everything anew under the current term, in batches, and prunes the terms that nothing uses any more.
    /// Returns how many records it sealed. Work goes on meanwhile; stopping halfway loses nothing.
    pub(crate) fn rewrap(&self, gate: &dyn Gate, progress: &mut Progress<'_>) -> Result<u64> {
        let mut sealed = 0;
        for _ in 0..ROUNDS {
            let total = self.store.read_with(|view| view.key_count())?;
            let mut done = 0;
            let term = self.store.read_with(|view| self.current_keyring(view)?.current_term())?;
            for family in Family::ALL {
                let mut after = Some(0);
                while let Some(id) = after {
                    let (count, last) = self.step(gate, |edit| self.rewrap_records(edit, family, id))?;
                    sealed += count;
                    after = last;
                }
            }
            let mut after = None;
            loop {
                progress(done, total.max(done));
                let batch = self.step(gate, |edit| self.rewrap_keys(edit, after.as_ref()))?;
                sealed += batch.sealed;
                done += batch.seen;
                match batch.last {
                    Some(last) => after = Some(last),
                    None => break,
                }
            }
            // Whatever was written meanwhile is under this term too, unless someone rotated.
            let pruned = self.step(gate, |edit| self.prune(edit, term))?;
            if let Some(keyring) = pruned {
                self.set_keyring(keyring);
                return Ok(sealed);
            }
        }
        Err(Error::new(Kind::Busy, "others rotate while the keep is rewrapped"))
    }

    /// One step of many, which is stopped when it is no longer allowed.
    fn step<T>(&self, gate: &dyn Gate, work: impl FnOnce(&dyn Edit) -> Result<T>) -> Result<T> {
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            work(edit)
        })
    }

    /// Seals one batch of records; returns the last id, or `None` when there is none after `after`.
    fn rewrap_records(&self, edit: &dyn Edit, family: Family, after: u64) -> Result<(u64, Option<u64>)> {
        let keyring = self.current_keyring(edit)?;
        let term = keyring.current_term()?;
        let mut count = 0;
        let mut last = None;
        for row in edit.records(family, after, limits::REWRAP_BATCH)? {
            if term_of(&row.sealed)? != term {
                let plain = open_record(&keyring, family, &row)?;
                edit.put_record(family, &seal_record(&keyring, family, row.id, row.version, plain.expose())?)?;
                count += 1;
            }
            last = Some(row.id);
        }
        Ok((count, last))
    }

    /// Seals one batch of keys.
    fn rewrap_keys(&self, edit: &dyn Edit, after: Option<&KeyName>) -> Result<Batch> {
        let keyring = self.current_keyring(edit)?;
        let term = keyring.current_term()?;
        let mut batch = Batch::default();
        for (id, mut row) in edit.keys(after, limits::REWRAP_BATCH)? {
            if term_of(&row.sealed)? != term {
                let place = key_place(id.mount_id, &id.name);
                let plain = keyring.open_record(place, &key_columns(&row), &row.sealed)?;
                row.sealed = keyring.seal(place, &key_columns(&row), plain.expose())?;
                edit.put_key(id.mount_id, &id.name, &row)?;
                batch.sealed += 1;
            }
            batch.seen += 1;
            batch.last = Some(id);
        }
        Ok(batch)
    }

    /// Drops all terms but this one, if it is still the one that seals.
    fn prune(&self, edit: &dyn Edit, term: u32) -> Result<Option<Keyring>> {
        let keyring = self.current_keyring(edit)?;
        if keyring.current_term()? != term {
            return Ok(None);
        }
        let pruned = keyring.pruned()?;
        put_keyring(edit, &pruned)?;
        Ok(Some(pruned))
    }

    /// Copies the keep while work goes on. The copy is opened and every record of it checked before it gets its name.
    ///
    /// # Errors
    /// `keep-exists` when something is at the destination; `corrupt` when a record does not open; `disk-full`, `io`.
    pub(crate) fn back_up(&self, destination: &Path, progress: &mut Progress<'_>) -> Result<()> {
        progress(0, self.store.read_with(|view| view.key_count())?);
        let copy = self.store.copy_to(destination)?;
        let read: &dyn Readable = &*copy;
        let (row, total) = read.read_with(|view| Ok((view.keyring()?, view.key_count()?)))?;
        let keyring = self.keyring().reopen(row.epoch, &row.sealed)?;
        for family in Family::ALL {
            let mut after = 0;
            while let Some(last) = read.read_with(|view| check_records(view, &keyring, family, after))? {
                after = last;
            }
        }
        let (mut done, mut after) = (0, None);
        loop {
            let (count, last) = read.read_with(|view| check_keys(view, &keyring, after.as_ref()))?;
            if count == 0 {
                return copy.publish();
            }
            done += count;
            after = last;
            progress(done, total);
        }
    }
}

/// Makes every code that may have been accepted since the backup unusable: up to two periods of refusals. Tokens end: one
/// that was revoked since would live again.
pub(crate) fn restore(copy: &dyn Edit, root_key: &RootKey, now: UnixTime) -> Result<()> {
    let keyring = unlock_keyring(copy, root_key)?;
    loop {
        let tokens = copy.records(Family::Token, 0, limits::LIST_LIMIT)?;
        if tokens.is_empty() {
            break;
        }
        tokens.iter().try_for_each(|token| copy.delete_record(Family::Token, token.id))?;
    }
    for_each_key(copy, |id, row| {
        let parameters = Material::open(&keyring, id.mount_id, &id.name, row)?.parameters;
        let state = state_of(copy, row.id, row.version)?;
        let state = open_state(&keyring, id.mount_id, &id.name, &state)?;
        let restored = state.restored(Window::at(now, parameters.period, parameters.skew));
        copy.put_state(row.id, &seal_state(&keyring, id.mount_id, &id.name, row.version, restored)?)
    })
}

/// Opens one batch of keys and their states; returns how many there were after `after`, and the last.
fn check_keys(view: &dyn View, keyring: &Keyring, after: Option<&KeyName>) -> Result<(u64, Option<KeyName>)> {
    let keys = view.keys(after, limits::REWRAP_BATCH)?;
    for (key, row) in &keys {
        check_record(keyring, key, row)?;
        open_state(keyring, key.mount_id, &key.name, &state_of(view, row.id, row.version)?)?;
    }
    Ok((keys.len() as u64, keys.into_iter().next_back().map(|(key, _)| key)))
}

/// Opens one batch of records; returns the last id, or `None` when there is none after `after`.
fn check_records(view: &dyn View, keyring: &Keyring, family: Family, after: u64) -> Result<Option<u64>> {
    let rows = view.records(family, after, limits::LIST_LIMIT)?;
    for row in &rows {
        open_record(keyring, family, row)?;
    }
    Ok(rows.last().map(|row| row.id))
}

fn for_each_key(view: &(impl View + ?Sized), mut visit: impl FnMut(&KeyName, &KeyRow) -> Result<()>) -> Result<()> {
    let mut after: Option<KeyName> = None;
    loop {
        let page = view.keys(after.as_ref(), limits::LIST_LIMIT)?;
        for (id, row) in &page {
            visit(id, row)?;
        }
        match page.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}
