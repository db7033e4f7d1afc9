use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::policies;
use super::policy::Policy;
use super::token::{ROOT, Token};
use super::{Acl, Capability, Parameters};
use crate::error::{Error, Kind, Result};
use crate::seal::Keyring;
use crate::store::View;

/// Sets of policies that are kept ready.
const READY: usize = 64;

/// What a call wants to do.
pub(crate) enum Wanted {
    /// Something that has no path, by its name: root's alone.
    Root(&'static str),
    /// Using a token.
    Login,
    /// The help of a path, which every living token may have.
    Help(String),
    /// An operation on a path, with its parameters after coercion.
    Path { capability: Capability, path: String, parameters: Parameters, reserved: Reserved },
}

/// For whom an operation on a path is reserved, beyond its capability.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// For nobody in particular.
    No,
    /// For those with the capability `sudo` on the path.
    Sudo,
    /// For root.
    Root,
}

impl Wanted {
    /// An operation without parameters that matter.
    pub(crate) fn path(capability: Capability, path: impl Into<String>) -> Wanted {
        Wanted::with(capability, path, Parameters::new())
    }

    /// An operation with parameters.
    pub(crate) fn with(capability: Capability, path: impl Into<String>, parameters: Parameters) -> Wanted {
        Wanted::Path { capability, path: path.into(), parameters, reserved: Reserved::No }
    }

    /// The same, reserved for some.
    pub(crate) fn reserved(self, reserved: Reserved) -> Wanted {
        match self {
            Wanted::Path { capability, path, parameters, .. } => {
                Wanted::Path { capability, path, parameters, reserved }
            }
            other => other,
        }
    }
}

/// Whether a token with these rules may do what it wants.
///
/// # Errors
/// `permission-denied`.
pub(crate) fn decide(token: &Token, acl: &Acl, wanted: &Wanted) -> Result<()> {
    let allowed = token.is_root()
        || match wanted {
            Wanted::Root(_) => false,
            Wanted::Login | Wanted::Help(_) => true,
            Wanted::Path { reserved: Reserved::Root, .. } => false,
            Wanted::Path { capability, path, parameters, reserved } => {
                acl.allows(*capability, path, parameters)
                    && (*reserved == Reserved::No || has_sudo(acl, *capability, path))
            }
        };
    if allowed { Ok(()) } else { Err(Error::new(Kind::PermissionDenied, "permission denied")) }
}

/// Whether the rule that decides the operation gives `sudo` too. A rule may name a folder with its last `/` or without.
fn has_sudo(acl: &Acl, capability: Capability, path: &str) -> bool {
    match capability {
        Capability::List => acl.capabilities(&format!("{}/", path.trim_end_matches('/'))).contains(&"sudo"),
        _ => acl.has_sudo(path),
    }
}

/// Which policies, and which versions of them.
type Versions = Vec<(String, u64)>;

/// The rules of sets of policies, as last read. Each use compares the versions of the policies that are stored now.
#[derive(Default)]
pub(crate) struct Rules {
    ready: Mutex<HashMap<Versions, Arc<Acl>>>,
}

impl Rules {
    /// The rules of these policies as they are stored in this moment. One that does not exist allows nothing.
    pub(crate) fn of(&self, view: &dyn View, keyring: &Keyring, names: &[String]) -> Result<Arc<Acl>> {
        let mut versions = Versions::new();
        for name in names.iter().filter(|name| *name != ROOT) {
            if let Some(version) = policies::version(view, keyring, name)? {
                versions.push((name.clone(), version));
            }
        }
        if let Some(acl) = self.lock().get(&versions) {
            return Ok(Arc::clone(acl));
        }
        // Read without the lock: others go on with rules that are ready.
        let mut parsed = Vec::new();
        for (name, _) in &versions {
            if let Some(policy) = policies::read(view, keyring, name)? {
                parsed.push(Policy::parse(&policy.text)?);
            }
        }
        let acl = Arc::new(Acl::of(&parsed));
        let mut ready = self.lock();
        if ready.len() >= READY
            && let Some(one) = ready.keys().next().cloned()
        {
            ready.remove(&one);
        }
        ready.insert(versions, Arc::clone(&acl));
        Ok(acl)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Versions, Arc<Acl>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
