use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Keep;
use crate::argument::{Whole, text};
use crate::mount::{MountFields, mount};

#[pymethods]
#[allow(clippy::too_many_arguments)]
impl Keep {
    /// Makes a mount: a place for keys of its own, and for how guesses at them are throttled. Returns it.
    ///
    /// `path`: 1 to 255 ASCII letters, digits and `/ _ - . @ +`; it may not overlap with another mount.
    /// `description`: at most 1024 bytes. `throttle`: False when wrong codes shall neither lock nor disable. The first
    /// `free_attempts` (0 to 1000, default 5) consecutive wrong codes cost nothing; the n-th after that locks the key
    /// for `lock_seconds * 2**(n - 1)` (1 to 86400, default 1), at most `max_lock_seconds` (default 300); at
    /// `max_failures` (1 to 1000000, default 100) the key is disabled until `reset_attempts`.
    ///
    /// Raises `InvalidArgument`, `MountInUse`, and what every write raises (see `write_key`).
    ///
    /// >>> keep.mount("staff", max_failures=10).path
    /// 'staff/'
    /// >>> with keep.with_mount("staff") as staff:
    /// ...     staff.list_keys()
    /// []
    #[pyo3(signature = (
        path, *, description=None, throttle=None, free_attempts=None, lock_seconds=None, max_lock_seconds=None,
        max_failures=None
    ))]
    fn mount<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        description: Option<Bound<'py, PyAny>>,
        throttle: Option<bool>,
        free_attempts: Option<Whole>,
        lock_seconds: Option<Whole>,
        max_lock_seconds: Option<Whole>,
        max_failures: Option<Whole>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let path = text("mount", path)?;
        let fields = MountFields { description, throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures };
        let spec = fields.spec()?;
        let made = self.run(py, |core| core.mount(path, &spec))?;
        mount(py, &made)
    }

    /// Changes the options of a mount that are given, and returns it. They are those of `mount`.
    ///
    /// Raises `MountNotFound`, `InvalidArgument`, and what every write raises (see `write_key`).
    #[pyo3(signature = (
        path, *, description=None, throttle=None, free_attempts=None, lock_seconds=None, max_lock_seconds=None,
        max_failures=None
    ))]
    fn tune_mount<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        description: Option<Bound<'py, PyAny>>,
        throttle: Option<bool>,
        free_attempts: Option<Whole>,
        lock_seconds: Option<Whole>,
        max_lock_seconds: Option<Whole>,
        max_failures: Option<Whole>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let path = text("mount", path)?;
        let fields = MountFields { description, throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures };
        let spec = fields.spec()?;
        let tuned = self.run(py, |core| core.tune_mount(path, &spec))?;
        mount(py, &tuned)
    }

    /// Removes a mount and deletes all its keys, as a whole.
    ///
    /// Raises `MountNotFound`, and what every write raises (see `write_key`).
    #[pyo3(signature = (path))]
    fn unmount(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let path = text("mount", path)?;
        self.run(py, |core| core.unmount(path))
    }

    /// All mounts in the order of their paths.
    ///
    /// Raises `Corrupt`, `Io`.
    fn list_mounts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mounts = self.run(py, |core| core.list_mounts())?;
        PyList::new(py, mounts.iter().map(|known| mount(py, known)).collect::<PyResult<Vec<_>>>()?)
    }
}
