use std::ffi::c_char;

use engine::{Error, MountSpec, OpenOptions, PassphraseCost, Result, Secret, limits};

use crate::guard::{guard, setter};
use crate::mount::otpkeep_mount_spec;
use crate::pointer::{array, borrow, borrow_mut, into_raw, release, text};
use crate::status::otpkeep_status;

/// How a keep is opened. Exactly one of passphrase, root key and key file is to be set.
///
/// The caller owns it and frees it with `otpkeep_options_free`. No call keeps or consumes it: the same options open as
/// many keeps as you like, and may be freed right after the call. What was given is copied, and the copies of secrets
/// are zeroed when the options are freed.
#[derive(Default)]
pub struct otpkeep_options {
    passphrase: Option<Secret>,
    root_key: Option<Secret>,
    key_file: Option<String>,
    create: bool,
    mount: Option<String>,
    bare: bool,
    first_mount: MountSpec,
    passphrase_cost: Option<PassphraseCost>,
    busy_timeout: Option<u32>,
    strict: bool,
    allow_network_file_system: bool,
    manual_clock: bool,
}

impl otpkeep_options {
    /// The core's options. What the setters could not say is said here, with the argument's name.
    pub(crate) fn to_core(&self) -> Result<OpenOptions> {
        let mut options = OpenOptions::new();
        if let Some(passphrase) = &self.passphrase {
            options.set_passphrase(passphrase.expose())?;
        }
        if let Some(root_key) = &self.root_key {
            options.set_root_key(root_key.expose())?;
        }
        if let Some(path) = &self.key_file {
            options.set_key_file(path)?;
        }
        if let Some(mount) = &self.mount {
            options.set_mount(mount)?;
        }
        if let Some(cost) = self.passphrase_cost {
            options.set_passphrase_cost(cost)?;
        }
        if let Some(milliseconds) = self.busy_timeout {
            options.set_busy_timeout(milliseconds)?;
        }
        options
            .set_create(self.create)
            .set_bare(self.bare)
            .set_first_mount(self.first_mount.clone())
            .set_strict(self.strict)
            .set_allow_network_file_system(self.allow_network_file_system)
            .set_manual_clock(self.manual_clock);
        Ok(options)
    }
}

/// New options, without a root key. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_options_new() -> *mut otpkeep_options {
    guard(std::ptr::null_mut(), || into_raw(otpkeep_options::default()))
}

/// Frees options and zeroes the secrets they hold. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_options_free(options: *mut otpkeep_options) {
    // SAFETY: NULL or options that were not freed before, as the header demands.
    guard((), || unsafe { release(options) });
}

/// Sets a passphrase of 1 to 1 024 bytes as the root key: any bytes, NUL among them.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_passphrase(
    options: *mut otpkeep_options,
    data: *const u8,
    length: usize,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        let options = unsafe { borrow_mut("options", options) }?;
        // SAFETY: NULL or `length` bytes, as the header demands.
        let passphrase = unsafe { array("data", data, length) }?;
        if !limits::PASSPHRASE_BYTES.contains(&passphrase.len()) {
            return Err(Error::argument("length", "must be 1 to 1024 bytes"));
        }
        options.passphrase = Some(Secret::copy_of(passphrase));
        Ok(())
    })
}

/// Sets the root key itself: exactly 32 bytes from a random source.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_root_key(
    options: *mut otpkeep_options,
    data: *const u8,
    length: usize,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        let options = unsafe { borrow_mut("options", options) }?;
        // SAFETY: NULL or `length` bytes, as the header demands.
        let root_key = unsafe { array("data", data, length) }?;
        if root_key.len() != limits::ROOT_KEY_BYTES {
            return Err(Error::argument("length", "must be exactly 32 bytes"));
        }
        options.root_key = Some(Secret::copy_of(root_key));
        Ok(())
    })
}

/// Sets the path of a key file as the root key: it holds 32 bytes or 64 hexadecimal digits, and is read when the keep
/// is opened. A file that others can write is refused.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_key_file(
    options: *mut otpkeep_options,
    path: *const c_char,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        let options = unsafe { borrow_mut("options", options) }?;
        // SAFETY: NULL or a text, as the header demands.
        let path = unsafe { text("path", path, limits::LOCATION_BYTES) }?;
        if path.is_empty() {
            return Err(Error::argument("path", "must not be empty"));
        }
        options.key_file = Some(path.into());
        Ok(())
    })
}

/// Non-zero: makes the keep when nothing is at the location. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_create(options: *mut otpkeep_options, create: i32) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.create = create != 0;
        Ok(())
    })
}

/// Sets the mount that the handle acts on, and that a new keep gets; `totp/` by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_mount(
    options: *mut otpkeep_options,
    mount: *const c_char,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        let options = unsafe { borrow_mut("options", options) }?;
        // SAFETY: NULL or a text, as the header demands.
        options.mount = Some(unsafe { text("mount", mount, limits::MOUNT_PATH_BYTES) }?.into());
        Ok(())
    })
}

/// Non-zero: a new keep gets no mount. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_bare(options: *mut otpkeep_options, bare: i32) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.bare = bare != 0;
        Ok(())
    })
}

/// Sets the options of the mount that a new keep gets. The spec is copied. They change nothing in a keep that is there:
/// see `otpkeep_tune_mount`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_first_mount(
    options: *mut otpkeep_options,
    spec: *const otpkeep_mount_spec,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        let options = unsafe { borrow_mut("options", options) }?;
        // SAFETY: NULL or a living spec, as the header demands.
        options.first_mount = unsafe { borrow("spec", spec) }?.core.clone();
        Ok(())
    })
}

/// Sets what a passphrase slot made with these options costs to try: Argon2id memory in KiB, 19 456 to 1 048 576
/// (65 536 by default), and passes, 1 to 10 (3 by default).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_passphrase_cost(
    options: *mut otpkeep_options,
    memory_kib: u32,
    passes: u32,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.passphrase_cost = Some(PassphraseCost { memory_kib, passes });
        Ok(())
    })
}

/// Sets how long a write waits for other writers, in milliseconds, 0 to 600 000; 5 000 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_busy_timeout(
    options: *mut otpkeep_options,
    milliseconds: u32,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.busy_timeout = Some(milliseconds);
        Ok(())
    })
}

/// Non-zero: refuses a key file that others can read, which is otherwise a warning of the report. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_strict(options: *mut otpkeep_options, strict: i32) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.strict = strict != 0;
        Ok(())
    })
}

/// Non-zero: opens the keep even on a network file system, whose locks cannot be relied on. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_allow_network_file_system(
    options: *mut otpkeep_options,
    allow: i32,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.allow_network_file_system = allow != 0;
        Ok(())
    })
}

/// Non-zero: `at` may lie ahead of the clock when a code is validated. For tests only; 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_options_set_manual_clock(
    options: *mut otpkeep_options,
    manual: i32,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL, or options that this thread may change, as the header demands.
        unsafe { borrow_mut("options", options) }?.manual_clock = manual != 0;
        Ok(())
    })
}
