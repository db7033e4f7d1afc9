//! What operations by path take and give: dicts, lists, texts and numbers of Python, as JSON has them.

use engine::Error;
use engine::paths::Data;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Number, Value};
use zeroize::Zeroize;

use crate::argument::{text, wrong_type};
use crate::error::raised;

/// Levels of lists and mappings inside each other, `data` among them. A list may hold itself.
const NESTING: usize = 128;

/// What is sent to a path. It may hold secrets, so its texts are cleared when it is dropped.
pub(crate) struct Sent(pub(crate) Data);

impl Sent {
    /// Copies the argument `data`; nothing when it is left out.
    ///
    /// # Errors
    /// `TypeError` for what is not JSON; `InvalidArgument` for numbers and texts that JSON cannot express, and for too
    /// many levels.
    pub(crate) fn new(data: Option<&Bound<'_, PyAny>>) -> PyResult<Sent> {
        let mut sent = Sent(Data::new());
        if let Some(data) = data {
            let data =
                data.cast::<PyMapping>().map_err(|_| wrong_type("data", "a mapping of str to JSON values", data))?;
            fill(&mut sent.0, data, 1)?;
        }
        Ok(sent)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.0.values_mut().for_each(clear);
    }
}

fn fill(object: &mut Data, given: &Bound<'_, PyMapping>, level: usize) -> PyResult<()> {
    for item in given.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        if !name.is_instance_of::<PyString>() {
            return Err(wrong_type("data", "a mapping whose names are str", &name));
        }
        object.insert(text("data", &name)?.into(), json(&value, level + 1)?);
    }
    Ok(())
}

/// `level` is that of the value if it is a list or a mapping.
fn json(given: &Bound<'_, PyAny>, level: usize) -> PyResult<Value> {
    let refuse = |reason: &'static str| Err(raised(given.py(), &Error::argument("data", reason)));
    if given.is_none() {
        return Ok(Value::Null);
    }
    if given.is_instance_of::<PyString>() {
        return Ok(text("data", given)?.into());
    }
    // Before numbers, since `bool` is an `int` to Python.
    if let Ok(given) = given.cast::<PyBool>() {
        return Ok(given.is_true().into());
    }
    if let Ok(given) = given.cast::<PyInt>() {
        return match (given.extract::<i64>(), given.extract::<u64>()) {
            (Ok(number), _) => Ok(number.into()),
            (_, Ok(number)) => Ok(number.into()),
            _ => refuse("has a whole number of more than 64 bits"),
        };
    }
    if let Ok(given) = given.cast::<PyFloat>() {
        return match Number::from_f64(given.extract()?) {
            Some(number) => Ok(number.into()),
            None => refuse("has a number that is infinite, or none"),
        };
    }
    if level > NESTING {
        return refuse("has too many levels");
    }
    if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        return given.try_iter()?.map(|item| json(&item?, level + 1)).collect();
    }
    if let Ok(given) = given.cast::<PyMapping>() {
        let mut object = Data::new();
        fill(&mut object, given, level)?;
        return Ok(object.into());
    }
    Err(wrong_type("data", "of JSON values", given))
}

/// An answer as Python has it. What it was made from is cleared.
pub(crate) fn answer(py: Python<'_>, mut answer: Value) -> PyResult<Bound<'_, PyAny>> {
    let made = native(py, &answer);
    clear(&mut answer);
    made
}

fn native<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into_bound_py_any(py),
            (_, Some(whole)) => whole.into_bound_py_any(py),
            _ => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(items) => {
            let items = items.iter().map(|item| native(py, item)).collect::<PyResult<Vec<_>>>()?;
            items.into_bound_py_any(py)
        }
        Value::Object(fields) => {
            let object = PyDict::new(py);
            for (name, field) in fields {
                object.set_item(name, native(py, field)?)?;
            }
            Ok(object.into_any())
        }
    }
}

fn clear(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(clear),
        Value::Object(fields) => fields.values_mut().for_each(clear),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
