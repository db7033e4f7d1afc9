//! Tokens in the rows of a keep. A token lives while it has not expired and its whole line of parents lives, so that
//! revoking one takes its children with it, at once and in every process, by deleting a single row.

use super::accessor::{Accessor, bad_token};
use super::token::{IssuedToken, Token, TokenSpec};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::records::{open_record, seal_record};
use crate::seal::{Keyring, random_id};
use crate::store::{Edit, Family, RecordRow, View};

/// A token with the id and the version of its row.
pub(super) struct StoredToken {
    pub(super) id: u64,
    pub(super) version: u64,
    pub(super) token: Token,
}

/// The living token of an accessor.
///
/// # Errors
/// `bad-token` when it, or one of its line, is unknown, expired or revoked; `corrupt`.
pub(crate) fn live(view: &dyn View, keyring: &Keyring, accessor: Accessor, now: UnixTime) -> Result<Token> {
    first(line(view, keyring, accessor, now)?)
}

/// The token of a line, without its parents.
pub(super) fn first(line: Vec<StoredToken>) -> Result<Token> {
    line.into_iter().next().map(|stored| stored.token).ok_or_else(bad_token)
}

/// A living token and its parents, from itself up.
pub(super) fn line(view: &dyn View, keyring: &Keyring, accessor: Accessor, now: UnixTime) -> Result<Vec<StoredToken>> {
    let mut line = Vec::new();
    let mut next = Some(accessor);
    while let Some(accessor) = next {
        let stored = stored(view, keyring, accessor)?;
        let stored = stored.filter(|stored| stored.token.is_current(now)).ok_or_else(bad_token)?;
        next = stored.token.parent.as_deref().map(Accessor::of_text).transpose()?;
        line.push(stored);
        if line.len() > limits::TOKEN_GENERATIONS {
            return Err(Error::corrupt("a token has more parents than any was made with"));
        }
    }
    Ok(line)
}

fn stored(view: &dyn View, keyring: &Keyring, accessor: Accessor) -> Result<Option<StoredToken>> {
    let Some(row) = view.record(Family::Token, accessor.row_id(keyring)?)? else { return Ok(None) };
    let (found, token) = open(keyring, &row)?;
    // An accessor is no secret; the row's id has 63 bits of it.
    Ok((found == accessor).then_some(StoredToken { id: row.id, version: row.version, token }))
}

/// The token in a row, and its accessor, from which the row has its id.
fn open(keyring: &Keyring, row: &RecordRow) -> Result<(Accessor, Token)> {
    let token = Token::decode(open_record(keyring, Family::Token, row)?.expose())?;
    let accessor = Accessor::of_text(&token.accessor)?;
    if accessor.row_id(keyring)? != row.id {
        return Err(Error::corrupt("a sealed token belongs into another row"));
    }
    Ok((accessor, token))
}

fn put(edit: &dyn Edit, keyring: &Keyring, accessor: Accessor, token: &Token) -> Result<()> {
    let row = seal_record(keyring, Family::Token, accessor.row_id(keyring)?, random_id()?, &token.encode())?;
    edit.put_record(Family::Token, &row)
}

/// Makes a token as a child of `parent` (`None`: with the root key).
///
/// # Errors
/// `invalid-argument`; `permission-denied` for a policy that the parent does not have; `bad-token` for the parent.
pub(crate) fn create(
    edit: &dyn Edit,
    keyring: &Keyring,
    parent: Option<Accessor>,
    spec: &TokenSpec,
    now: UnixTime,
) -> Result<IssuedToken> {
    let parents = parent.map_or_else(|| Ok(Vec::new()), |parent| line(edit, keyring, parent, now))?;
    if parents.len() >= limits::TOKEN_GENERATIONS {
        return Err(Error::new(Kind::InvalidArgument, "a token has at most 15 generations of parents"));
    }
    let (secret, accessor) = Accessor::issue(keyring)?;
    let token = Token::draft(spec, parents.first().map(|stored| &stored.token), accessor, now)?;
    sweep(edit, keyring, accessor, now)?;
    put(edit, keyring, accessor, &token)?;
    Ok(IssuedToken { secret, token })
}

/// Deletes dead tokens among those that follow a random place, so that they do not gather.
fn sweep(edit: &dyn Edit, keyring: &Keyring, accessor: Accessor, now: UnixTime) -> Result<()> {
    for row in edit.records(Family::Token, accessor.row_id(keyring)?, limits::TOKENS_SWEPT)? {
        // A damaged one is nobody's to delete in passing, and no reason not to make another.
        let Ok((accessor, _)) = open(keyring, &row) else { continue };
        if live(edit, keyring, accessor, now).is_err_and(|error| error.kind() == Kind::BadToken) {
            edit.delete_record(Family::Token, row.id)?;
        }
    }
    Ok(())
}

/// Renews a living token.
///
/// # Errors
/// `bad-token`; `invalid-argument` when it is not renewable.
pub(crate) fn renew(
    edit: &dyn Edit,
    keyring: &Keyring,
    accessor: Accessor,
    increment: Option<u64>,
    now: UnixTime,
) -> Result<Token> {
    let token = live(edit, keyring, accessor, now)?.renewed(increment, now)?;
    put(edit, keyring, accessor, &token)?;
    Ok(token)
}

/// Ends a token, and with it its children. One that does not live is no error, nor is one that is damaged.
pub(crate) fn revoke(edit: &dyn Edit, keyring: &Keyring, accessor: Accessor) -> Result<()> {
    edit.delete_record(Family::Token, accessor.row_id(keyring)?)
}

/// The accessors of all living tokens, in their order.
pub(crate) fn list(view: &dyn View, keyring: &Keyring, now: UnixTime) -> Result<Vec<String>> {
    let (mut accessors, mut after) = (Vec::new(), 0);
    loop {
        let rows = view.records(Family::Token, after, limits::LIST_LIMIT)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            match live(view, keyring, open(keyring, row)?.0, now) {
                Ok(token) => accessors.push(token.accessor),
                Err(error) if error.kind() == Kind::BadToken => {}
                Err(error) => return Err(error),
            }
        }
    }
    accessors.sort_unstable();
    Ok(accessors)
}
