use std::sync::Arc;

use super::{Keep, Shared};
use crate::access::{Accessor, Capability, FieldType, Parameters, Standing, TokenRef, Value, Wanted, decide};
use crate::clock::UnixTime;
use crate::engine::{Gate, Passage};
use crate::error::{Error, Kind, Result};
use crate::secret::SecretText;
use crate::store::View;

/// What a handle may do.
#[derive(Clone, Copy)]
pub(super) enum Authority {
    /// Everything: the keep was opened with a root key.
    Root,
    /// What the policies of this token allow at the moment of each call.
    Token(Accessor),
}

/// That a call was found to be allowed. A change asks once more in its own transaction.
pub(crate) struct Permit(pub(super) Arc<dyn Gate>);

/// The answer for each of many items, none when all are allowed, and what lets those pass that are.
pub(super) type Permits = (Vec<Result<()>>, Arc<dyn Gate>);

/// Lets everything pass.
struct Open;

impl Gate for Open {
    fn open(&self, _: &dyn View) -> Result<Passage<'_>> {
        Ok(Box::new(|_| Ok(())))
    }
}

/// Lets pass what the token's policies allow now.
struct TokenGate {
    shared: Arc<Shared>,
    accessor: Accessor,
    /// As it was when the call was let in: while it holds, nothing is read anew in the change's own transaction.
    standing: Arc<Standing>,
    wanted: Vec<Wanted>,
}

impl Gate for TokenGate {
    fn open(&self, view: &dyn View) -> Result<Passage<'_>> {
        let now = self.shared.clock.now();
        let standing = match self.standing.holds(view, now)? {
            true => Arc::clone(&self.standing),
            false => self.shared.standing_at(view, self.accessor, now)?,
        };
        Ok(Box::new(move |item| {
            let unsaid = || Error::new(Kind::Internal, "nobody said what is wanted");
            decide(&standing, self.wanted.get(item).ok_or_else(unsaid)?)
        }))
    }
}

impl Shared {
    /// A living token, and what its policies allow.
    fn standing(&self, view: &dyn View, accessor: Accessor) -> Result<Arc<Standing>> {
        self.standing_at(view, accessor, self.clock.now())
    }

    fn standing_at(&self, view: &dyn View, accessor: Accessor, now: UnixTime) -> Result<Arc<Standing>> {
        self.standings.of(view, || self.engine.current_keyring(view), accessor, now)
    }
}

impl Keep {
    /// A handle to the same keep that may do what the policies of a token allow, from now on and at the moment of each
    /// call: a token that expires or is revoked, and a policy that is changed, take effect at once and in every process.
    ///
    /// In one process this guards against one's own mistakes only: whoever can run code in the process can read the
    /// memory of the handle it came from.
    ///
    /// # Errors
    /// `bad-token` when the token is unknown, expired or revoked; `corrupt`, `forked`, `io`.
    pub fn with_token(&self, token: &str) -> Result<Keep> {
        let found = self.engine().look(|view| {
            let accessor = Accessor::of_token(&self.engine().keyring(), token)?;
            self.shared.standing(view, accessor).map(|_| accessor)
        });
        // What a token is used for is in the log anyway; that one was refused would not be.
        let accessor = match found {
            Ok(accessor) => accessor,
            Err(error) => return self.perform(|| Wanted::Login, |_| Err(error)),
        };
        Ok(Keep { shared: self.shared.clone(), mount: self.mount.clone(), authority: Authority::Token(accessor) })
    }

    /// Whether the handle has the root key's authority. A token's handle does not, whatever its policies.
    pub fn has_root_key(&self) -> bool {
        matches!(self.authority, Authority::Root)
    }

    /// Finds out whether the call is allowed; what is wanted is put together only where that matters.
    ///
    /// # Errors
    /// `permission-denied`, `bad-token`, before anything that tells what exists.
    pub(super) fn permit(&self, view: &dyn View, wanted: impl FnOnce() -> Wanted) -> Result<Permit> {
        match self.authority {
            Authority::Root => Ok(Permit(Arc::clone(&self.shared.open))),
            Authority::Token(accessor) => {
                let standing = self.shared.standing(view, accessor)?;
                let wanted = wanted();
                decide(&standing, &wanted)?;
                let shared = self.shared.clone();
                Ok(Permit(Arc::new(TokenGate { shared, accessor, standing, wanted: vec![wanted] })))
            }
        }
    }

    /// Permission for each of many items, and for the changes of those that have it.
    pub(super) fn permit_each(&self, wanted: impl FnOnce() -> Vec<Wanted>) -> Result<Permits> {
        match self.authority {
            Authority::Root => Ok((Vec::new(), Arc::clone(&self.shared.open))),
            Authority::Token(accessor) => {
                let standing = self.engine().look(|view| self.shared.standing(view, accessor))?;
                let (mut answers, mut allowed) = (Vec::new(), Vec::new());
                for wanted in wanted() {
                    let answer = decide(&standing, &wanted);
                    if answer.is_ok() {
                        allowed.push(wanted);
                    }
                    answers.push(answer);
                }
                let gate = TokenGate { shared: self.shared.clone(), accessor, standing, wanted: allowed };
                Ok((answers, Arc::new(gate)))
            }
        }
    }

    /// Does what has no path: root's.
    pub(super) fn as_root<T>(&self, operation: &'static str, work: impl FnOnce(&Permit) -> Result<T>) -> Result<T> {
        self.perform(|| Wanted::Root(operation), work)
    }

    /// The accessor of the token whose authority the handle has.
    pub(super) fn own_accessor(&self) -> Option<Accessor> {
        match self.authority {
            Authority::Root => None,
            Authority::Token(accessor) => Some(accessor),
        }
    }

    /// What the policies of the handle allow at a path, sorted: `["root"]`, `["deny"]`, or names of capabilities.
    ///
    /// # Errors
    /// `bad-token`, `permission-denied` on `sys/capabilities-self`.
    pub fn capabilities(&self, path: &str) -> Result<Vec<&'static str>> {
        let wanted = || {
            let mut parameters = Parameters::new();
            let paths = vec![SecretText::copy_of(path)];
            parameters.insert_plain("paths", FieldType::TextList, Value::TextList(paths));
            Wanted::with(Capability::Update, "sys/capabilities-self", parameters)
        };
        let found = self.perform(wanted, |permit| self.capabilities_with(permit, TokenRef::Own, &[path]))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What the policies of a token allow at each of the paths.
    pub(crate) fn capabilities_with(
        &self,
        _: &Permit,
        token: TokenRef<'_>,
        paths: &[&str],
    ) -> Result<Vec<Vec<&'static str>>> {
        let everything = || paths.iter().map(|_| vec!["root"]).collect();
        if matches!((token, self.authority), (TokenRef::Own, Authority::Root)) {
            return Ok(everything());
        }
        let standing = self.engine().read(|view, keyring| {
            let accessor = self.accessor_of(keyring, token)?;
            self.shared.standing(view, accessor)
        })?;
        let allowed = || paths.iter().map(|path| standing.acl().capabilities(path)).collect();
        Ok(if standing.is_root { everything() } else { allowed() })
    }
}

pub(super) fn open_gate() -> Arc<dyn Gate> {
    Arc::new(Open)
}
