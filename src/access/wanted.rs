use super::{Acl, Capability, Parameters, Standing};
use crate::error::{Error, Kind, Result};

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

/// Whether a token may do what it wants.
///
/// # Errors
/// `permission-denied`.
pub(crate) fn decide(standing: &Standing, wanted: &Wanted) -> Result<()> {
    let acl = standing.acl();
    let allowed = standing.is_root
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
