use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use engine::{Error, Result};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::argument::path;
use crate::error::not_copied;
use crate::guard::{attached, detached};

const OWNER_ONLY: u32 = 0o600;

/// What an authenticator app reads of a generated key. It holds the secret: show it once, keep it nowhere.
///
/// `repr` leaves the secret out, and it cannot be pickled or copied. Notebooks show the barcode.
#[pyclass(frozen, module = "otpkeep")]
pub(crate) struct Enrollment(pub(crate) engine::Enrollment);

#[pymethods]
impl Enrollment {
    /// The otpauth URL.
    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    /// The barcode as a PNG image, as many pixels wide and high as `barcode_size` asked; None when it was 0.
    #[getter]
    fn barcode(&self) -> Option<&[u8]> {
        self.0.barcode()
    }

    /// The barcode as an SVG image.
    fn svg(&self, py: Python<'_>) -> PyResult<&str> {
        attached(py, || Ok(self.0.svg()))
    }

    /// The barcode in Unicode half blocks, for a terminal.
    fn terminal(&self, py: Python<'_>) -> PyResult<&str> {
        attached(py, || Ok(self.0.terminal()))
    }

    /// Writes the barcode to a file that only its owner can read (mode 0600): SVG when the name ends with `.svg`, else
    /// PNG. A file of this name is replaced. Delete it once it was shown.
    ///
    /// Raises `InvalidArgument` for a PNG image when `barcode_size` was 0; when the file cannot be written, the
    /// `OSError` that `builtins.open` raises, with its `errno`.
    #[pyo3(signature = (path))]
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let path = self::path("path", path)?;
        let image = attached(py, || self.image(&path))?;
        detached(py, || Ok(write_private(&path, image)))?.map_err(|error| of_system(py, error, &path))
    }

    fn _repr_png_(&self) -> Option<&[u8]> {
        self.0.barcode()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Enrollment", "pass its url on"))
    }

    fn __repr__(&self) -> &'static str {
        "<otpkeep.Enrollment>"
    }
}

impl Enrollment {
    /// To be called with the GIL held, as all that makes an image: the core makes each once, while others wait, and a
    /// child that was forked amid that would wait forever. Python forks with the GIL held.
    fn image(&self, path: &Path) -> Result<&[u8]> {
        if path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("svg")) {
            return Ok(self.0.svg().as_bytes());
        }
        self.0.barcode().ok_or_else(|| Error::argument("path", "there is no PNG image: the barcode size was 0"))
    }
}

/// The mode is set before anything is written, since the file may have been there with another.
fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    file.write_all(content)
}

/// With the number, which PyO3 would leave out; Python finds the class by it.
fn of_system(py: Python<'_>, error: std::io::Error, path: &Path) -> PyErr {
    let Some(number) = error.raw_os_error() else { return error.into() };
    let text = py.import("os").and_then(|os| os.call_method1("strerror", (number,)));
    match text {
        Ok(text) => PyOSError::new_err((number, text.unbind(), path.to_path_buf())),
        Err(failure) => failure,
    }
}
