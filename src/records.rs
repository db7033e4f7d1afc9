//! The sealed records of the keep itself (mounts, policies, tokens, the audit settings) in the rows where they belong.

use crate::error::Result;
use crate::seal::{Keyring, Place, RecordKind};
use crate::secret::Secret;
use crate::store::{Family, RecordRow};

/// Opens a record.
///
/// # Errors
/// `corrupt` when it does not belong here as it is, `unknown-term`.
pub(crate) fn open_record(keyring: &Keyring, family: Family, row: &RecordRow) -> Result<Secret> {
    keyring.open_record(place(family, row.id), &[row.version], &row.sealed)
}

/// Seals a record under the current term.
pub(crate) fn seal_record(keyring: &Keyring, family: Family, id: u64, version: u64, plain: &[u8]) -> Result<RecordRow> {
    let sealed = keyring.seal(place(family, id), &[version], plain)?;
    Ok(RecordRow { id, version, sealed })
}

/// Where a record belongs: its own id stands where a key's mount does, and it has no name.
fn place(family: Family, id: u64) -> Place<'static> {
    let kind = match family {
        Family::Mount => RecordKind::Mount,
        Family::Policy => RecordKind::Policy,
        Family::Token => RecordKind::Token,
        Family::Audit => RecordKind::Audit,
    };
    Place { kind, mount_id: id, name: "" }
}
