//! What Python passes, as the core takes it. Only types are checked here; the core refuses values.

use std::path::PathBuf;

use engine::Error;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyInt, PyMemoryView, PySequence, PyString};
use zeroize::Zeroizing;

use crate::error::raised;

/// A text.
///
/// # Errors
/// `TypeError` for what is no `str`; `InvalidArgument` for a text that UTF-8 cannot express. Python's own error would
/// carry the whole text, which may be a secret.
pub(crate) fn text<'a>(argument: &'static str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    string(argument, value)?.to_str().map_err(|_| lone_surrogate(value.py(), argument))
}

/// What a person typed as a code: any `str`. What UTF-8 cannot express is no code, and neither is what stands for it.
pub(crate) fn typed<'a>(argument: &'static str, code: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    Ok(string(argument, code)?.to_str().unwrap_or("\u{fffd}"))
}

fn string<'a, 'py>(argument: &str, value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyString>> {
    value.cast().map_err(|_| wrong_type(argument, "str", value))
}

/// PyO3's own error says what cannot be cast, and not where; its note is not part of the text.
pub(crate) fn wrong_type(argument: &str, wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    match given.get_type().name() {
        Ok(class) => PyTypeError::new_err(format!("argument '{argument}': must be {wanted}, not {class}")),
        Err(error) => error,
    }
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
        return Err(wrong_type(argument, "bytes-like", value));
    };
    let bytes = view.call_method0("tobytes")?;
    Ok(Zeroizing::new(bytes.cast::<PyBytes>()?.as_bytes().to_vec()))
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

/// A tuple, a list or another sequence of two. A text of two letters would be one, too, and is a mistake.
pub(crate) fn pair<'py>(
    argument: &'static str,
    wanted: &'static str,
    value: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let refuse = || PyTypeError::new_err(format!("argument '{argument}': must be {wanted}"));
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(refuse());
    }
    let pair = value.cast::<PySequence>().map_err(|_| refuse())?;
    if pair.len()? != 2 {
        return Err(refuse());
    }
    Ok((pair.get_item(0)?, pair.get_item(1)?))
}
