use std::collections::BTreeMap;

use engine::access::{Token, TokenSpec};
use engine::{Error, UnixTime, limits};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyMapping, PyString, PyTuple};

use crate::argument::{Whole, refuse_bool, text, wrong_type};
use crate::at::datetime;
use crate::error::raised;
use crate::values::Class;

static TOKEN: Class = Class::new("Token");

/// The keyword arguments that say what a new token should be.
pub(crate) struct TokenFields<'py> {
    pub(crate) policies: Option<Bound<'py, PyAny>>,
    pub(crate) ttl: Option<Whole>,
    pub(crate) renewable: Option<bool>,
    pub(crate) display_name: Option<Bound<'py, PyAny>>,
    pub(crate) metadata: Option<Bound<'py, PyAny>>,
    pub(crate) no_default_policy: bool,
}

impl TokenFields<'_> {
    pub(crate) fn spec(self) -> PyResult<TokenSpec> {
        let display_name = self.display_name.map(|value| text("display_name", &value).map(String::from)).transpose()?;
        Ok(TokenSpec {
            policies: self.policies.map(|names| policies(&names)).transpose()?,
            no_default_policy: self.no_default_policy,
            ttl: self.ttl.map(|Whole(seconds)| seconds.into()),
            renewable: self.renewable,
            display_name,
            metadata: self.metadata.map(|notes| metadata(&notes)).transpose()?.unwrap_or_default(),
        })
    }
}

fn policies(given: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    const WANTED: &str = "an iterable of str";
    // One text would be taken for a policy per letter.
    if given.is_instance_of::<PyString>() {
        return Err(wrong_type("policies", WANTED, given));
    }
    // One more than the core takes is enough to know that there are too many.
    let names = given.try_iter()?.take(limits::TOKEN_POLICIES + 1).map(|name| own_text("policies", WANTED, &name?));
    let names = names.collect::<PyResult<Vec<_>>>()?;
    if names.len() > limits::TOKEN_POLICIES {
        let reason = format!("at most {} of them", limits::TOKEN_POLICIES);
        return Err(raised(given.py(), &Error::argument("policies", reason)));
    }
    Ok(names)
}

fn metadata(given: &Bound<'_, PyAny>) -> PyResult<BTreeMap<String, String>> {
    const WANTED: &str = "a mapping of str to str";
    let given = given.cast::<PyMapping>().map_err(|_| wrong_type("metadata", WANTED, given))?;
    let mut entries = BTreeMap::new();
    for item in given.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        entries.insert(own_text("metadata", WANTED, &name)?, own_text("metadata", WANTED, &value)?);
    }
    Ok(entries)
}

fn own_text(argument: &'static str, wanted: &str, given: &Bound<'_, PyAny>) -> PyResult<String> {
    if !given.is_instance_of::<PyString>() {
        return Err(wrong_type(argument, wanted, given));
    }
    text(argument, given).map(String::from)
}

/// The argument `increment`, in seconds. The core shortens what is too long.
#[derive(Clone, Copy)]
pub(crate) struct Increment(pub(crate) u64);

impl FromPyObject<'_, '_> for Increment {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Increment> {
        refuse_bool(&value, "seconds")?;
        let seconds = value.cast::<PyInt>()?;
        if seconds.lt(0)? {
            return Err(raised(value.py(), &Error::argument("increment", "must not be negative")));
        }
        Ok(Increment(seconds.extract().unwrap_or(u64::MAX)))
    }
}

/// The Python value.
pub(crate) fn token<'py>(py: Python<'py>, token: &Token) -> PyResult<Bound<'py, PyAny>> {
    let expires = token.expires.map(UnixTime::seconds).map(|seconds| datetime(py, seconds)).transpose()?;
    let fields = (
        token.accessor.as_str(),
        PyTuple::new(py, &token.policies)?,
        token.display_name.as_str(),
        token.metadata.clone(),
        datetime(py, token.created.seconds())?,
        expires,
        token.ttl,
        token.renewable,
        token.parent.as_deref(),
    );
    TOKEN.of(py, fields)
}
