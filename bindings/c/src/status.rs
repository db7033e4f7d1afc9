use std::ffi::{CStr, c_char};

use engine::Kind;

use crate::guard::guard;

/// What a call came to: `OTPKEEP_OK`, or the number of an error. The numbers never change their meaning.
pub type otpkeep_status = i32;

/// Success; for a validation: the code is accepted, and it is spent.
pub const OTPKEEP_OK: otpkeep_status = 0;

/// An argument is NULL, malformed or out of its range; the error names it.
pub const OTPKEEP_INVALID_ARGUMENT: otpkeep_status = 1;
/// The handle was opened by the parent of this forked process: close it and open the keep anew.
pub const OTPKEEP_FORKED: otpkeep_status = 2;
/// The handle has been closed.
pub const OTPKEEP_CLOSED: otpkeep_status = 3;

/// Nothing is at the location, and it was not asked to be created.
pub const OTPKEEP_KEEP_NOT_FOUND: otpkeep_status = 20;
/// Something is already at the location.
pub const OTPKEEP_KEEP_EXISTS: otpkeep_status = 21;
/// The file is not a keep.
pub const OTPKEEP_NOT_A_KEEP: otpkeep_status = 22;
/// The keep was written by a newer version of the library.
pub const OTPKEEP_NEWER_FORMAT: otpkeep_status = 23;
/// Another process held the write lock until the deadline; nothing was changed.
pub const OTPKEEP_BUSY: otpkeep_status = 24;
/// The disk is full.
pub const OTPKEEP_DISK_FULL: otpkeep_status = 25;
/// The keep or its folder cannot be written.
pub const OTPKEEP_READ_ONLY: otpkeep_status = 26;
/// The operating system reported an input or output error.
pub const OTPKEEP_IO: otpkeep_status = 27;
/// A key file or keep is open to users who must not have it.
pub const OTPKEEP_PERMISSIONS_TOO_OPEN: otpkeep_status = 28;
/// The keep lies on a network file system, whose locks cannot be relied on.
pub const OTPKEEP_NETWORK_FILE_SYSTEM: otpkeep_status = 29;
/// The keep's files were replaced while it was open; the operation may not be stored.
pub const OTPKEEP_STORE_REPLACED: otpkeep_status = 30;

/// The root key does not open this keep.
pub const OTPKEEP_WRONG_ROOT_KEY: otpkeep_status = 40;
/// Stored data is damaged or was altered.
pub const OTPKEEP_CORRUPT: otpkeep_status = 41;
/// A record is sealed under a term that the keyring does not hold.
pub const OTPKEEP_UNKNOWN_TERM: otpkeep_status = 42;

/// There is no key of this name.
pub const OTPKEEP_KEY_NOT_FOUND: otpkeep_status = 60;
/// A key of this name exists, and overwriting was not asked for.
pub const OTPKEEP_KEY_EXISTS: otpkeep_status = 61;
/// There is no mount at this path.
pub const OTPKEEP_MOUNT_NOT_FOUND: otpkeep_status = 62;
/// The path overlaps with an existing mount.
pub const OTPKEEP_MOUNT_IN_USE: otpkeep_status = 63;

/// The code is not the key's code at this time.
pub const OTPKEEP_WRONG_CODE: otpkeep_status = 64;
/// The text is not a code of the key's length; nothing was counted.
pub const OTPKEEP_MALFORMED_CODE: otpkeep_status = 65;
/// The code is right but it, or a later one, was accepted before.
pub const OTPKEEP_REPLAYED_CODE: otpkeep_status = 66;
/// Too many wrong codes: the key is locked for some seconds, and the code was not looked at.
pub const OTPKEEP_THROTTLED: otpkeep_status = 67;
/// Too many wrong codes: the key is disabled until `otpkeep_reset_attempts`.
pub const OTPKEEP_KEY_DISABLED: otpkeep_status = 68;
/// A later code was accepted when the clock was ahead of what it says now; the code was not looked at.
pub const OTPKEEP_CLOCK_BEHIND: otpkeep_status = 69;

/// The authority of the handle does not allow the operation.
pub const OTPKEEP_PERMISSION_DENIED: otpkeep_status = 70;
/// The token is unknown, expired or revoked.
pub const OTPKEEP_BAD_TOKEN: otpkeep_status = 71;
/// The policy cannot be read.
pub const OTPKEEP_INVALID_POLICY: otpkeep_status = 72;
/// The audit record could not be written, so the operation did not happen.
pub const OTPKEEP_AUDIT_FAILED: otpkeep_status = 73;
/// No route answers at this path.
pub const OTPKEEP_UNSUPPORTED_PATH: otpkeep_status = 74;
/// The route does not answer this operation.
pub const OTPKEEP_UNSUPPORTED_OPERATION: otpkeep_status = 75;
/// There is no policy of this name.
pub const OTPKEEP_POLICY_NOT_FOUND: otpkeep_status = 76;

/// A defect in the library.
pub const OTPKEEP_INTERNAL: otpkeep_status = 90;
/// A panic in the library, stopped before it reached the caller. The handle stays usable.
pub const OTPKEEP_PANIC: otpkeep_status = 91;

/// The status of a kind of error, with its name.
const fn describe(kind: Kind) -> (otpkeep_status, &'static CStr) {
    match kind {
        Kind::InvalidArgument => (OTPKEEP_INVALID_ARGUMENT, c"invalid-argument"),
        Kind::Forked => (OTPKEEP_FORKED, c"forked"),
        Kind::Closed => (OTPKEEP_CLOSED, c"closed"),
        Kind::KeepNotFound => (OTPKEEP_KEEP_NOT_FOUND, c"keep-not-found"),
        Kind::KeepExists => (OTPKEEP_KEEP_EXISTS, c"keep-exists"),
        Kind::NotAKeep => (OTPKEEP_NOT_A_KEEP, c"not-a-keep"),
        Kind::NewerFormat => (OTPKEEP_NEWER_FORMAT, c"newer-format"),
        Kind::Busy => (OTPKEEP_BUSY, c"busy"),
        Kind::DiskFull => (OTPKEEP_DISK_FULL, c"disk-full"),
        Kind::ReadOnly => (OTPKEEP_READ_ONLY, c"read-only"),
        Kind::Io => (OTPKEEP_IO, c"io"),
        Kind::PermissionsTooOpen => (OTPKEEP_PERMISSIONS_TOO_OPEN, c"permissions-too-open"),
        Kind::NetworkFileSystem => (OTPKEEP_NETWORK_FILE_SYSTEM, c"network-file-system"),
        Kind::StoreReplaced => (OTPKEEP_STORE_REPLACED, c"store-replaced"),
        Kind::WrongRootKey => (OTPKEEP_WRONG_ROOT_KEY, c"wrong-root-key"),
        Kind::Corrupt => (OTPKEEP_CORRUPT, c"corrupt"),
        Kind::UnknownTerm => (OTPKEEP_UNKNOWN_TERM, c"unknown-term"),
        Kind::KeyNotFound => (OTPKEEP_KEY_NOT_FOUND, c"key-not-found"),
        Kind::KeyExists => (OTPKEEP_KEY_EXISTS, c"key-exists"),
        Kind::MountNotFound => (OTPKEEP_MOUNT_NOT_FOUND, c"mount-not-found"),
        Kind::MountInUse => (OTPKEEP_MOUNT_IN_USE, c"mount-in-use"),
        Kind::WrongCode => (OTPKEEP_WRONG_CODE, c"wrong-code"),
        Kind::MalformedCode => (OTPKEEP_MALFORMED_CODE, c"malformed-code"),
        Kind::ReplayedCode => (OTPKEEP_REPLAYED_CODE, c"replayed-code"),
        Kind::Throttled => (OTPKEEP_THROTTLED, c"throttled"),
        Kind::KeyDisabled => (OTPKEEP_KEY_DISABLED, c"key-disabled"),
        Kind::ClockBehind => (OTPKEEP_CLOCK_BEHIND, c"clock-behind"),
        Kind::PermissionDenied => (OTPKEEP_PERMISSION_DENIED, c"permission-denied"),
        Kind::BadToken => (OTPKEEP_BAD_TOKEN, c"bad-token"),
        Kind::InvalidPolicy => (OTPKEEP_INVALID_POLICY, c"invalid-policy"),
        Kind::AuditFailed => (OTPKEEP_AUDIT_FAILED, c"audit-failed"),
        Kind::UnsupportedPath => (OTPKEEP_UNSUPPORTED_PATH, c"unsupported-path"),
        Kind::UnsupportedOperation => (OTPKEEP_UNSUPPORTED_OPERATION, c"unsupported-operation"),
        Kind::PolicyNotFound => (OTPKEEP_POLICY_NOT_FOUND, c"policy-not-found"),
        Kind::Internal => (OTPKEEP_INTERNAL, c"internal"),
        Kind::Panic => (OTPKEEP_PANIC, c"panic"),
    }
}

pub(crate) const fn status_of(kind: Kind) -> otpkeep_status {
    describe(kind).0
}

/// The table above and the core's say the same, or the library does not compile.
const _: () = {
    let mut kinds = Kind::ALL;
    while let [kind, rest @ ..] = kinds {
        let (status, name) = describe(*kind);
        assert!(status == kind.code());
        let (mut here, mut there) = (name.to_bytes(), kind.name().as_bytes());
        while let ([a, after_a @ ..], [b, after_b @ ..]) = (here, there) {
            assert!(*a == *b);
            (here, there) = (after_a, after_b);
        }
        assert!(here.is_empty() && there.is_empty());
        kinds = rest;
    }
};

/// The name of a status, such as `key-not-found`: `ok` for `OTPKEEP_OK`, `unknown` for a number that is none. Never
/// NULL; the text is constant.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_status_name(status: i32) -> *const c_char {
    let name = guard(c"unknown", || match Kind::ALL.iter().find(|kind| kind.code() == status) {
        Some(kind) => describe(*kind).1,
        None if status == OTPKEEP_OK => c"ok",
        None => c"unknown",
    });
    name.as_ptr()
}
