mod admin;
mod audit;
mod codes;
mod keys;
mod mounts;
mod paths;
mod policies;
mod tokens;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use engine::{Error, Kind, Result};
use pyo3::prelude::*;

use crate::argument::text;
use crate::error::{not_copied, raised};
use crate::guard::detached;

/// An open keep, seen from one of its mounts, with the authority of its root key or of a token. `otpkeep.open` makes
/// it; as a context manager it closes itself.
///
/// Any number of threads may use one handle at once, and no call holds the GIL while it waits, derives or computes. In
/// an event loop, call through `asyncio.to_thread`. After `fork` every call of the child raises `Forked`: the child
/// opens the keep anew.
#[pyclass(frozen, module = "otpkeep")]
pub(crate) struct Keep {
    /// None once closed. Not behind a lock: a fork in the wrong moment would leave it locked in the child.
    core: ArcSwapOption<engine::Keep>,
}

#[pymethods]
impl Keep {
    /// Closes the handle; closing it again does nothing. Calls that are under way in other threads finish; the files
    /// close after the last of them, and after the last handle that `with_mount` or `with_token` made.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        release(py, self.core.swap(None))
    }

    /// Whether the handle is closed. Every other call then raises `Closed`.
    #[getter]
    fn closed(&self) -> bool {
        self.core.load().is_none()
    }

    /// Whether the keep was opened by a process of which this one is a fork. Every other call then raises `Forked`.
    #[getter]
    fn forked(&self) -> bool {
        self.core.load().as_ref().is_some_and(|core| core.is_forked())
    }

    /// A handle to the same open keep that acts on another mount. Either may be closed first.
    ///
    /// Raises `InvalidArgument` for a malformed path. Whether there is such a mount is seen by each operation.
    #[pyo3(signature = (path))]
    fn with_mount(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Keep> {
        let path = text("mount", path)?;
        self.run(py, |core| core.with_mount(path)).map(Keep::new)
    }

    /// A handle to the same open keep, on the same mount, that may do what the policies of a token allow at the moment
    /// of each call: a token that ends and a policy that is changed take effect at once and in every process. Either
    /// may be closed first.
    ///
    /// In one process this guards against one's own mistakes only: code that runs there can reach the other handle.
    ///
    /// Raises `BadToken` when the token is unknown, expired or revoked; `Corrupt`, `Io`.
    ///
    /// >>> keep.write_policy("verifier", 'path "totp/code/*" { capabilities = ["update"] }')
    /// >>> with keep.with_token(keep.create_token(policies=["verifier"]).secret) as verifier:
    /// ...     print(verifier.capabilities("totp/code/alice"), verifier.capabilities("totp/keys/alice"))
    /// ['update'] ['deny']
    #[pyo3(signature = (token))]
    fn with_token(&self, py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<Keep> {
        let token = text("token", token)?;
        self.run(py, |core| core.with_token(token)).map(Keep::new)
    }

    fn __enter__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let open = slf.get().core();
        open.map_err(|error| raised(slf.py(), &error))?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Keep", "open it in each process"))
    }

    fn __repr__(&self) -> &'static str {
        if self.closed() { "<otpkeep.Keep, closed>" } else { "<otpkeep.Keep>" }
    }
}

impl Keep {
    pub(crate) fn new(core: engine::Keep) -> Keep {
        Keep { core: ArcSwapOption::from_pointee(core) }
    }

    fn core(&self) -> Result<Arc<engine::Keep>> {
        self.core.load_full().ok_or_else(|| Error::new(Kind::Closed, "the keep is closed"))
    }

    /// Runs an operation of the core, which holds the core's handle as long as it runs.
    fn run<T: Send>(&self, py: Python<'_>, operation: impl FnOnce(&engine::Keep) -> Result<T> + Send) -> PyResult<T> {
        let core = self.core();
        detached(py, move || operation(&*core?))
    }
}

impl Drop for Keep {
    /// Closing files can wait for the disk, which must not stop other threads.
    fn drop(&mut self) {
        if let Some(core) = self.core.swap(None) {
            // When the interpreter is ending there is nothing left to release.
            let _ = Python::try_attach(move |py| release(py, Some(core)));
        }
    }
}

/// Drops what may be the last handle of an open keep.
fn release(py: Python<'_>, core: Option<Arc<engine::Keep>>) -> PyResult<()> {
    detached(py, move || {
        drop(core);
        Ok(())
    })
}
