//! Policies in the rows of a keep, found by a keyed hash of their names.

use super::DEFAULT_POLICY;
use super::policy::Policy;
use super::token::{DEFAULT, ROOT};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::records::{open_record, seal_record};
use crate::seal::{Decoder, Encoder, HashPurpose, Keyring, random_id};
use crate::store::{Edit, Family, RecordRow, View};

/// A policy as it is stored.
pub(crate) struct StoredPolicy {
    name: String,
    pub(crate) text: String,
}

impl StoredPolicy {
    fn open(keyring: &Keyring, row: &RecordRow) -> Result<StoredPolicy> {
        let plain = open_record(keyring, Family::Policy, row)?;
        let mut decoder = Decoder::new(plain.expose());
        let (name, text) = (decoder.text()?, decoder.text()?);
        decoder.finish()?;
        if !is_normal(name) || name == ROOT || row_id(keyring, name)? != row.id {
            return Err(Error::corrupt("a sealed policy has a name that does not belong there"));
        }
        Ok(StoredPolicy { name: name.into(), text: text.into() })
    }

    /// What it says.
    ///
    /// # Errors
    /// `corrupt`: whoever wrote it was told whether it can be read.
    pub(super) fn parsed(&self) -> Result<Policy> {
        let unread = |error: Error| Error::corrupt(format!("the policy {:?} as stored: {}", self.name, error.reason()));
        Policy::parse(&self.text).map_err(unread)
    }
}

/// The name as it is stored: in lower case, as in Vault.
///
/// # Errors
/// `invalid-argument`.
pub(crate) fn normal_name(name: &str) -> Result<String> {
    let name = name.to_lowercase();
    check_name("name", &name)?;
    Ok(name)
}

/// Whether a name is as it is stored.
pub(super) fn is_normal(name: &str) -> bool {
    normal_name(name).is_ok_and(|normal| normal == name)
}

/// Checks a policy's name: 1 to 128 bytes without white space, control characters or commas.
pub(super) fn check_name(argument: &'static str, name: &str) -> Result<()> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == ',';
    if !limits::POLICY_NAME_BYTES.contains(&name.len()) || name.contains(odd) {
        return Err(Error::argument(argument, "a policy name has 1 to 128 bytes, without white space or commas"));
    }
    Ok(())
}

/// A policy by its name; `None` when there is none. `default` is there unless one was written over it; `root` has no
/// text, since it is no list of rules.
pub(crate) fn read(view: &dyn View, keyring: &Keyring, name: &str) -> Result<Option<StoredPolicy>> {
    match view.record(Family::Policy, row_id(keyring, name)?)? {
        Some(row) => StoredPolicy::open(keyring, &row).map(|policy| Some(policy).filter(|policy| policy.name == name)),
        None if name == DEFAULT => Ok(Some(StoredPolicy { name: name.into(), text: DEFAULT_POLICY.into() })),
        None => Ok(None),
    }
}

/// The text of a policy, empty for `root`.
///
/// # Errors
/// `policy-not-found`.
pub(crate) fn read_text(view: &dyn View, keyring: &Keyring, name: &str) -> Result<String> {
    if name == ROOT {
        return Ok(String::new());
    }
    let policy = read(view, keyring, name)?;
    policy.map(|policy| policy.text).ok_or_else(|| Error::new(Kind::PolicyNotFound, "there is no policy of this name"))
}

/// Writes a policy in place of the one of its name.
///
/// # Errors
/// `invalid-policy` when it cannot be read, and then nothing is stored; `invalid-argument` for `root`, and when the keep
/// is full.
pub(crate) fn write(edit: &dyn Edit, keyring: &Keyring, name: &str, text: &str) -> Result<()> {
    if name == ROOT {
        return Err(Error::argument("name", "cannot update \"root\" policy"));
    }
    Policy::parse(text)?;
    let id = row_id(keyring, name)?;
    if edit.record(Family::Policy, id)?.is_none() && all(edit, keyring)?.len() >= limits::POLICIES {
        return Err(Error::argument("name", "a keep holds at most 1024 policies"));
    }
    let plain = Encoder::plain().bytes(name.as_bytes()).bytes(text.as_bytes()).finish();
    edit.put_record(Family::Policy, &seal_record(keyring, Family::Policy, id, random_id()?, &plain)?)
}

/// Deletes a policy; one that does not exist is no error.
///
/// # Errors
/// `invalid-argument` for `root` and `default`.
pub(crate) fn delete(edit: &dyn Edit, keyring: &Keyring, name: &str) -> Result<()> {
    match name {
        ROOT => Err(Error::argument("name", "cannot delete \"root\" policy")),
        DEFAULT => Err(Error::argument("name", "cannot delete default policy")),
        _ => edit.delete_record(Family::Policy, row_id(keyring, name)?),
    }
}

/// The names of all policies in their order, with those that are built in.
pub(crate) fn list(view: &dyn View, keyring: &Keyring) -> Result<Vec<String>> {
    let mut names: Vec<String> = all(view, keyring)?.into_iter().map(|policy| policy.name).collect();
    names.extend([DEFAULT.into(), ROOT.into()]);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn all(view: &dyn View, keyring: &Keyring) -> Result<Vec<StoredPolicy>> {
    let rows = view.records(Family::Policy, 0, limits::POLICIES)?;
    rows.iter().map(|row| StoredPolicy::open(keyring, row)).collect()
}

/// Where a policy of this name is stored, if there is one.
pub(super) fn row_id(keyring: &Keyring, name: &str) -> Result<u64> {
    keyring.row_id(HashPurpose::PolicyRow, name.as_bytes())
}
