//! What Python passes, as the core takes it. Only types are checked here; the core refuses values.

use std::path::PathBuf;

use engine::Error;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyInt, PyMemoryView, PyString, PyTuple};
use zeroize::Zeroizing;

use crate::error::raised;

/// A text.
///
/// # Errors
/// `InvalidArgument` for a text that UTF-8 cannot express. Python's own error would carry the whole text, which may be
/// a secret.
pub(crate) fn text<'a>(argument: &'static str, value: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    value.to_str().map_err(|_| lone_surrogate(value.py(), argument))
}

fn lone_surrogate(py: Python<'_>, argument: &'static str) -> PyErr {
    raised(py, &Error::argument(argument, "must be Unicode text, without lone surrogates"))
}

/// The path of a file, given as `str` or as `os.PathLike[str]`.
pub(crate) fn path(argument: &'static str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract().map_err(|error: PyErr| {
        let py = value.py();
        if error.is_instance_of::<PyUnicodeEncodeError>(py) { lone_surrogate(py, argument) } else { error }
    })
}

/// Bytes from any object that has them: `bytes`, `bytearray`, `memoryview` and their like.
pub(crate) fn bytes(argument: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Zeroizing<Vec<u8>>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Zeroizing::new(bytes.as_bytes().to_vec()));
    }
    // What a caller can clear, no other copy of it should outlive.
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Zeroizing::new(bytes.to_vec()));
    }
    let Ok(view) = PyMemoryView::from(value) else {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("argument '{argument}': must be bytes-like, not {given}")));
    };
    let bytes = view.call_method0("tobytes")?;
    Ok(Zeroizing::new(bytes.cast::<PyBytes>()?.as_bytes().to_vec()))
}

/// What a person typed as a code: any `str`. What is not UTF-8 is encoded as if surrogates were characters, which no
/// code has.
pub(crate) enum Typed<'a, 'py> {
    Utf8(&'a str),
    Other(Bound<'py, PyBytes>),
}

impl<'a, 'py> Typed<'a, 'py> {
    pub(crate) fn new(code: &'a Bound<'py, PyString>) -> PyResult<Typed<'a, 'py>> {
        match code.to_str() {
            Ok(text) => Ok(Typed::Utf8(text)),
            Err(_) => Ok(Typed::Other(code.call_method1("encode", ("utf-8", "surrogatepass"))?.cast_into()?)),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Typed::Utf8(text) => text.as_bytes(),
            Typed::Other(bytes) => bytes.as_bytes(),
        }
    }
}

/// A whole number. One that does not fit, such as a negative one, becomes the largest, which is outside every range of
/// the core.
#[derive(Clone, Copy)]
pub(crate) struct Whole(pub(crate) u32);

impl FromPyObject<'_, '_> for Whole {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Whole> {
        refuse_bool(&value, "an int")?;
        Ok(Whole(value.cast::<PyInt>()?.extract().unwrap_or(u32::MAX)))
    }
}

/// `bool` is an `int` to Python, and a mistake here.
pub(crate) fn refuse_bool(value: &Bound<'_, PyAny>, wanted: &str) -> PyResult<()> {
    if value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err(format!("must be {wanted}, not bool")));
    }
    Ok(())
}

/// A tuple of two.
pub(crate) fn pair<'py>(
    value: &Bound<'py, PyAny>,
    what: &'static str,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let refuse = || PyTypeError::new_err(format!("must be {what}"));
    let pair = value.cast::<PyTuple>().map_err(|_| refuse())?;
    if pair.len() != 2 {
        return Err(refuse());
    }
    Ok((pair.get_item(0)?, pair.get_item(1)?))
}
