//! State rows as the attempt rule's [`State`], and back.

use super::key_not_found;
use crate::attempt::State;
use crate::clock::UnixTime;
use crate::error::{Error, Result};
use crate::otp::Step;
use crate::seal::Keyring;
use crate::store::{KeyRow, StateRow, View};

/// Set when the key is disabled. Bit 1 is reserved for keys whose enrollment is pending.
const DISABLED: u32 = 1;

/// Makes the row of a state, with its tag.
pub(super) fn seal_state(keyring: &Keyring, mount_id: u64, name: &str, version: u64, state: State) -> Result<StateRow> {
    let mut row = StateRow {
        version,
        last_step: match state.last_step {
            None => -1,
            Some(step) => i64::try_from(step.number()).unwrap_or(i64::MAX),
        },
        failures: state.failures,
        locked_until: state.locked_until.seconds(),
        flags: if state.disabled { DISABLED } else { 0 },
        tag: [0; 16],
    };
    row.tag = keyring.state_tag(mount_id, name, &columns(&row))?;
    Ok(row)
}

/// Reads a row's state.
///
/// # Errors
/// `corrupt` when its tag does not fit or it holds what no state holds.
pub(super) fn open_state(keyring: &Keyring, mount_id: u64, name: &str, row: &StateRow) -> Result<State> {
    if !keyring.state_tag_fits(mount_id, name, &columns(row), &row.tag)? || row.flags & !DISABLED != 0 {
        return Err(damaged());
    }
    Ok(State {
        last_step: match row.last_step {
            -1 => None,
            step => Some(Step::from_number(u64::try_from(step).map_err(|_| damaged())?)),
        },
        failures: row.failures,
        locked_until: i64::try_from(row.locked_until)
            .ok()
            .and_then(|at| UnixTime::from_seconds(at).ok())
            .ok_or_else(damaged)?,
        disabled: row.flags & DISABLED != 0,
    })
}

/// The state row of a key that was read in the same view.
///
/// # Errors
/// `corrupt` when it is missing or belongs to another version of the key: never a fresh start.
pub(super) fn state_of(view: &dyn View, id: u64, version: u64) -> Result<StateRow> {
    belonging(view.state(id)?, version)
}

/// The key's row and its state's row, of one moment.
pub(super) fn key_and_state(view: &dyn View, mount_id: u64, name: &str) -> Result<(KeyRow, StateRow)> {
    let (key, state) = view.key_and_state(mount_id, name)?.ok_or_else(key_not_found)?;
    let state = belonging(state, key.version)?;
    Ok((key, state))
}

/// The state that was found for a key of this version.
pub(super) fn belonging(state: Option<StateRow>, version: u64) -> Result<StateRow> {
    let row = state.ok_or_else(|| Error::corrupt("a key's state is missing"))?;
    if row.version == version { Ok(row) } else { Err(Error::corrupt("a key and its state do not belong together")) }
}

fn columns(row: &StateRow) -> [u64; 5] {
    // The two's complement of -1 stands for "none".
    [row.version, row.last_step as u64, u64::from(row.failures), row.locked_until, u64::from(row.flags)]
}

fn damaged() -> Error {
    Error::corrupt("a key's state is damaged or was altered")
}
