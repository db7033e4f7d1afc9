use engine::Error;
use engine::access::AuditFile;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Keep;
use crate::argument::{path, text};
use crate::at::datetime;
use crate::error::raised;
use crate::values::Class;

static AUDIT_FILE: Class = Class::new("AuditFile");

#[pymethods]
impl Keep {
    /// Writes the audit log to one more file, from now on and in every process: each request before anything is done,
    /// and what became of it, one JSON line each. Secrets, codes and tokens appear as their `audit_hash`. An operation
    /// whose line cannot be written raises `AuditFailed` and does not happen.
    ///
    /// `name`: at most 128 bytes. `path`: absolute; the file is made with mode 0600 when there is none. At most 16
    /// files.
    ///
    /// Raises `AuditFailed` when the file cannot be written, `InvalidArgument`; `PermissionDenied` without `sudo`, and
    /// what every write raises (see `write_key`).
    ///
    /// >>> keep.enable_audit("file", folder / "audit.log")
    /// >>> code = keep.read_code("alice")
    /// >>> len((folder / "audit.log").read_text().splitlines())
    /// 3
    #[pyo3(signature = (name, path))]
    fn enable_audit(&self, py: Python<'_>, name: &Bound<'_, PyAny>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let (name, path) = (text("name", name)?, self::path("path", path)?);
        let path = path.to_str().ok_or_else(|| raised(py, &Error::argument("path", "must be Unicode text")))?;
        self.run(py, |core| core.enable_audit(name, path))
    }

    /// Ends writing to an audit file, which stays. One that is not enabled is no error.
    ///
    /// Raises `PermissionDenied` without `sudo`, and what every write raises (see `write_key`).
    #[pyo3(signature = (name))]
    fn disable_audit(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = text("name", name)?;
        self.run(py, |core| core.disable_audit(name))
    }

    /// The audit files in the order of their names.
    ///
    /// Raises `PermissionDenied` without `sudo`; `Corrupt`, `Io`.
    fn list_audits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let files = self.run(py, |core| core.list_audits())?;
        PyList::new(py, files.iter().map(|file| audit_file(py, file)).collect::<PyResult<Vec<_>>>()?)
    }

    /// What stands in the audit log for a sensitive value, so that a known one can be looked for.
    ///
    /// Raises `PermissionDenied`, `Io`.
    #[pyo3(signature = (value))]
    fn audit_hash(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<String> {
        let value = text("value", value)?;
        self.run(py, |core| core.audit_hash(value))
    }
}

fn audit_file<'py>(py: Python<'py>, file: &AuditFile) -> PyResult<Bound<'py, PyAny>> {
    AUDIT_FILE.of(py, (file.name.as_str(), file.path.as_str(), datetime(py, file.created.seconds())?))
}
