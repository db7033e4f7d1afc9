use engine::{Error, OpenOptions, Result};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};

use crate::argument::{Whole, path, refuse_bool, text};
use crate::guard::detached;
use crate::keep::Keep;
use crate::mount::MountFields;
use crate::root_key::{Cost, RootKeyFields};

/// Opens the keep at `location`, the path of its file. With `create` it is made first when nothing is there.
///
/// Exactly one root key is given: `passphrase` (1 to 1024 bytes; text counts as UTF-8), `root_key` (32 random bytes) or
/// `key_file` (a file with 32 bytes or 64 hexadecimal digits). `strict` refuses a key file that others can read.
///
/// `mount` is the mount that the handle acts on. A keep that is made gets it, unless `bare`, with the options of
/// `Keep.mount`; and its passphrase costs `passphrase_cost` to try: (KiB of memory, passes), 19456 to 1048576 and 1 to
/// 10, default (65536, 3). A keep that is there keeps its own: change its mounts with `Keep.tune_mount`.
///
/// `busy_timeout`: seconds that a write waits for other writers, 0 to 600, default 5.
/// `allow_network_file_system` opens the keep even where locks cannot be relied on. `manual_clock` lets `at` lie ahead
/// of the clock when validating; for tests.
///
/// Raises `InvalidArgument`, `KeepNotFound`, `NotAKeep`, `NewerFormat`, `WrongRootKey`, `Corrupt`,
/// `PermissionsTooOpen`, `NetworkFileSystem`, `Busy`, `ReadOnly`, `DiskFull`, `Io`.
///
/// >>> with otpkeep.open(folder / "auth.keep", passphrase="correct horse battery staple", create=True) as keep:
/// ...     keep.list_mounts()[0].path
/// 'totp/'
#[pyfunction]
#[pyo3(signature = (
    location, *, passphrase=None, root_key=None, key_file=None, strict=false, create=false, passphrase_cost=None,
    mount=None, bare=false, description=None, throttle=None, free_attempts=None, lock_seconds=None,
    max_lock_seconds=None, max_failures=None, busy_timeout=None, allow_network_file_system=false, manual_clock=false
))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn open<'py>(
    py: Python<'py>,
    location: &Bound<'py, PyAny>,
    passphrase: Option<Bound<'py, PyAny>>,
    root_key: Option<Bound<'py, PyAny>>,
    key_file: Option<Bound<'py, PyAny>>,
    strict: bool,
    create: bool,
    passphrase_cost: Option<Cost>,
    mount: Option<Bound<'py, PyAny>>,
    bare: bool,
    description: Option<Bound<'py, PyAny>>,
    throttle: Option<bool>,
    free_attempts: Option<Whole>,
    lock_seconds: Option<Whole>,
    max_lock_seconds: Option<Whole>,
    max_failures: Option<Whole>,
    busy_timeout: Option<Seconds>,
    allow_network_file_system: bool,
    manual_clock: bool,
) -> PyResult<Keep> {
    let location = path("location", location)?;
    let mut options = RootKeyFields { passphrase, root_key, key_file, strict }.options(py)?;
    let first_mount =
        MountFields { description, throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures };
    options.set_first_mount(first_mount.spec()?).set_create(create).set_bare(bare);
    options.set_allow_network_file_system(allow_network_file_system).set_manual_clock(manual_clock);
    let mount = mount.as_ref().map(|mount| text("mount", mount)).transpose()?;
    detached(py, || {
        if let Some(Cost(cost)) = passphrase_cost {
            options.set_passphrase_cost(cost)?;
        }
        if let Some(path) = mount {
            options.set_mount(path)?;
        }
        set_busy_timeout(&mut options, busy_timeout)?;
        engine::Keep::open(&location, &options)
    })
    .map(Keep::new)
}

/// Copies a backup, or a keep that nobody has open, to a new location and makes every code that may have been accepted
/// since the backup unusable, which costs up to two periods of refusals.
///
/// The root key and the other arguments are those of `open`.
///
/// Raises `KeepExists` when something is at the location; otherwise what `open` of the backup raises.
///
/// >>> keep.backup(folder / "monday.keep")
/// >>> otpkeep.restore(folder / "monday.keep", folder / "restored.keep", root_key=root_key)
#[pyfunction]
#[pyo3(signature = (
    backup, location, *, passphrase=None, root_key=None, key_file=None, strict=false, busy_timeout=None,
    allow_network_file_system=false
))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn restore(
    py: Python<'_>,
    backup: &Bound<'_, PyAny>,
    location: &Bound<'_, PyAny>,
    passphrase: Option<Bound<'_, PyAny>>,
    root_key: Option<Bound<'_, PyAny>>,
    key_file: Option<Bound<'_, PyAny>>,
    strict: bool,
    busy_timeout: Option<Seconds>,
    allow_network_file_system: bool,
) -> PyResult<()> {
    let (backup, location) = (path("backup", backup)?, path("location", location)?);
    let mut options = RootKeyFields { passphrase, root_key, key_file, strict }.options(py)?;
    options.set_allow_network_file_system(allow_network_file_system);
    detached(py, || {
        set_busy_timeout(&mut options, busy_timeout)?;
        engine::restore(&backup, &location, &options)
    })
}

/// Seconds, whole or not.
pub(crate) struct Seconds(f64);

impl FromPyObject<'_, '_> for Seconds {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Seconds> {
        refuse_bool(&value, "seconds")?;
        if !value.is_instance_of::<PyInt>() {
            value.cast::<PyFloat>()?;
        }
        match value.extract() {
            Err(error) if PyErr::is_instance_of::<PyOverflowError>(&error, value.py()) => Ok(Seconds(f64::INFINITY)),
            seconds => seconds.map(Seconds),
        }
    }
}

/// The core counts milliseconds.
fn set_busy_timeout(options: &mut OpenOptions, timeout: Option<Seconds>) -> Result<()> {
    let Some(Seconds(seconds)) = timeout else { return Ok(()) };
    // Neither a negative number nor NaN may become 0; what is too large becomes the largest.
    let milliseconds = if seconds >= 0.0 { (seconds * 1000.0).round() as u32 } else { u32::MAX };
    match options.set_busy_timeout(milliseconds) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::argument("busy_timeout", "must be 0 to 600 seconds")),
    }
}
