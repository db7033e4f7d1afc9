//! Times: from Python as seconds or as an aware `datetime`, to Python as an aware `datetime` in UTC.

use engine::{Error, Result, UnixTime};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyFloat, PyInt, PyTzInfo};

use crate::argument::refuse_bool;
use crate::error::raised;

/// 9999-12-31T23:59:59Z, the last second that a `datetime` can hold.
const LAST_DATETIME: u64 = 253_402_300_799;

/// The argument `at`.
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) UnixTime);

impl FromPyObject<'_, '_> for At {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<At> {
        let py = value.py();
        let refused = |error: Error| raised(py, &error);
        refuse_bool(&value, "seconds or a datetime")?;
        if let Ok(seconds) = value.cast::<PyInt>() {
            let seconds = seconds.extract().map_err(|_| refused(out_of_range()))?;
            return UnixTime::from_seconds(seconds).map(At).map_err(refused);
        }
        if let Ok(seconds) = value.cast::<PyFloat>() {
            return whole_seconds(seconds.extract()?).map(At).map_err(refused);
        }
        let Ok(moment) = value.cast::<PyDateTime>() else {
            return Err(PyTypeError::new_err("must be int, float or datetime"));
        };
        if moment.call_method0("utcoffset")?.is_none() {
            return Err(refused(Error::argument("at", "a datetime without a time zone")));
        }
        // By days and seconds, since a timestamp is a float that rounds up.
        let elapsed = moment.sub(datetime(py, 0)?)?;
        let (days, seconds): (i64, i64) = (elapsed.getattr("days")?.extract()?, elapsed.getattr("seconds")?.extract()?);
        UnixTime::from_seconds(days * 86_400 + seconds).map(At).map_err(refused)
    }
}

fn whole_seconds(seconds: f64) -> Result<UnixTime> {
    let floor = seconds.floor();
    // The comparison is false for NaN, too.
    if !(i64::MIN as f64..i64::MAX as f64).contains(&floor) {
        return Err(out_of_range());
    }
    UnixTime::from_seconds(floor as i64)
}

fn out_of_range() -> Error {
    Error::argument("at", "not a time in seconds since 1970")
}

/// The `datetime` at so many seconds since 1970; of all later ones, the last that there is.
pub(crate) fn datetime(py: Python<'_>, seconds: u64) -> PyResult<Bound<'_, PyDateTime>> {
    PyDateTime::from_timestamp(py, seconds.min(LAST_DATETIME) as f64, Some(&*PyTzInfo::utc(py)?))
}
