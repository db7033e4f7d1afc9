//! The one table of errors, and the error every fallible operation returns.
//!
//! The numbers and names are the same in every language and are never reused: C receives the number as its status,
//! Python and Node carry number and name.

use std::borrow::Cow;
use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// What went wrong, as a stable number and name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Kind { $($(#[$doc])* $variant = $code,)* }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// The stable number: the C status.
            pub const fn code(self) -> i32 {
                self as i32
            }

            /// The stable name, such as `key-not-found`.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// An argument is out of its range or malformed; the error names it.
    InvalidArgument = 1, "invalid-argument";
    /// The handle was opened by the parent of this forked process: open the keep anew.
    Forked = 2, "forked";
    /// The handle has been closed.
    Closed = 3, "closed";
    /// Nothing is at the location and `create` was not asked for.
    KeepNotFound = 20, "keep-not-found";
    /// Something is already at the location.
    KeepExists = 21, "keep-exists";
    /// The file is not a keep.
    NotAKeep = 22, "not-a-keep";
    /// The keep was written by a newer version of the library.
    NewerFormat = 23, "newer-format";
    /// Another process held the keep's write lock until the deadline; nothing was changed.
    Busy = 24, "busy";
    /// The disk is full.
    DiskFull = 25, "disk-full";
    /// The keep or its folder cannot be written.
    ReadOnly = 26, "read-only";
    /// The operating system reported an input or output error.
    Io = 27, "io";
    /// A key file or keep is open to users who must not have it.
    PermissionsTooOpen = 28, "permissions-too-open";
    /// The keep lies on a network file system, whose locks cannot be relied on.
    NetworkFileSystem = 29, "network-file-system";
    /// The keep's files were replaced while it was open; the operation may not be stored.
    StoreReplaced = 30, "store-replaced";
    /// The root key does not open this keep.
    WrongRootKey = 40, "wrong-root-key";
    /// Stored data is damaged or was altered.
    Corrupt = 41, "corrupt";
    /// A record is sealed under a term that the keyring does not hold.
    UnknownTerm = 42, "unknown-term";
    /// There is no key of this name.
    KeyNotFound = 60, "key-not-found";
    /// A key of this name exists and `overwrite` was not asked for.
    KeyExists = 61, "key-exists";
    /// There is no mount at this path.
    MountNotFound = 62, "mount-not-found";
    /// The path overlaps with an existing mount.
    MountInUse = 63, "mount-in-use";
    /// The code is not the key's code at this time.
    WrongCode = 64, "wrong-code";
    /// The text is not a code of this key's length.
    MalformedCode = 65, "malformed-code";
    /// The code, or a later one, was accepted before.
    ReplayedCode = 66, "replayed-code";
    /// Too many wrong codes: the key is locked for some seconds.
    Throttled = 67, "throttled";
    /// Too many wrong codes: the key is disabled until its attempts are reset.
    KeyDisabled = 68, "key-disabled";
    /// A later code was accepted when the clock was ahead of what it says now.
    ClockBehind = 69, "clock-behind";
    /// The authority of the handle does not allow the operation.
    PermissionDenied = 70, "permission-denied";
    /// The token is unknown, expired or revoked.
    BadToken = 71, "bad-token";
    /// The policy cannot be read.
    InvalidPolicy = 72, "invalid-policy";
    /// The audit record could not be written, so the operation did not happen.
    AuditFailed = 73, "audit-failed";
    /// No route answers at this path.
    UnsupportedPath = 74, "unsupported-path";
    /// The route does not answer this operation.
    UnsupportedOperation = 75, "unsupported-operation";
    /// There is no policy of this name.
    PolicyNotFound = 76, "policy-not-found";
    /// A defect in the library.
    Internal = 90, "internal";
    /// A panic in the library, stopped at the language boundary.
    Panic = 91, "panic";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The result of every fallible operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: its kind, the argument at fault when there is one, and the reason.
///
/// No error holds or shows a secret, a code, an otpauth URL or a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    argument: Option<&'static str>,
    reason: Cow<'static, str>,
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: Kind, reason: impl Into<Cow<'static, str>>) -> Error {
        Error { kind, argument: None, reason: reason.into() }
    }

    /// An [`Kind::InvalidArgument`] error that names the argument.
    pub fn argument(argument: &'static str, reason: impl Into<Cow<'static, str>>) -> Error {
        Error { kind: Kind::InvalidArgument, argument: Some(argument), reason: reason.into() }
    }

    /// A [`Kind::Corrupt`] error that says what is damaged.
    pub fn corrupt(what: impl Into<Cow<'static, str>>) -> Error {
        Error::new(Kind::Corrupt, what)
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name of the argument at fault, when there is one.
    pub fn argument_name(&self) -> Option<&'static str> {
        self.argument
    }

    /// The reason, in words.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.argument {
            Some(argument) => write!(f, "{}: {}: {}", self.kind, argument, self.reason),
            None => write!(f, "{}: {}", self.kind, self.reason),
        }
    }
}

impl std::error::Error for Error {}
