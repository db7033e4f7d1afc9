//! The capabilities a policy can give on a path.

/// What a policy gives on a path, and what an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Capability {
    /// Writing what does not exist, where the path tells the two apart; the TOTP engine's paths do not.
    Create,
    /// Taking away.
    Delete,
    /// Nothing at all, whatever else is given.
    Deny,
    /// Naming what is below the path.
    List,
    /// Changing some fields of what exists.
    Patch,
    /// Reading.
    Read,
    /// What is reserved to administrators.
    Sudo,
    /// Writing.
    Update,
}

impl Capability {
    /// Every capability, in the order of their names.
    pub const ALL: &'static [Capability] = &[
        Capability::Create,
        Capability::Delete,
        Capability::Deny,
        Capability::List,
        Capability::Patch,
        Capability::Read,
        Capability::Sudo,
        Capability::Update,
    ];

    /// The word for it in a policy.
    pub const fn name(self) -> &'static str {
        match self {
            Capability::Create => "create",
            Capability::Delete => "delete",
            Capability::Deny => "deny",
            Capability::List => "list",
            Capability::Patch => "patch",
            Capability::Read => "read",
            Capability::Sudo => "sudo",
            Capability::Update => "update",
        }
    }

    /// The capability of this name, when there is one.
    pub(super) fn from_name(name: &str) -> Option<Capability> {
        Capability::ALL.iter().copied().find(|capability| capability.name() == name)
    }
}

/// A set of capabilities. `deny` stands alone: whatever is added before or after it is gone.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Capabilities(u8);

impl Capabilities {
    /// Adds what the other set has; a `deny` on either side erases the rest.
    pub(super) fn merge(&mut self, other: Capabilities) {
        self.0 |= other.0;
        if self.has(Capability::Deny) {
            self.0 = 1 << Capability::Deny as u8;
        }
    }

    /// Whether the capability is in the set.
    pub(super) fn has(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u8 != 0
    }

    /// The names in the set, sorted.
    pub(super) fn names(self) -> Vec<&'static str> {
        Capability::ALL.iter().filter(|capability| self.has(**capability)).map(|capability| capability.name()).collect()
    }
}

impl From<&[Capability]> for Capabilities {
    fn from(capabilities: &[Capability]) -> Capabilities {
        let mut set = Capabilities::default();
        for capability in capabilities {
            set.merge(Capabilities(1 << *capability as u8));
        }
        set
    }
}
