use engine::{Key, KeySpec, SecretText, UnixTime};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::argument::{Whole, text};
use crate::at::datetime;
use crate::values::Class;

static KEY: Class = Class::new("Key");
static KEY_WARNING: Class = Class::new("KeyWarning");

/// The keyword arguments that say what to write or generate.
pub(crate) struct KeyFields<'py> {
    pub(crate) url: Option<Bound<'py, PyAny>>,
    pub(crate) secret: Option<Bound<'py, PyAny>>,
    pub(crate) issuer: Option<Bound<'py, PyAny>>,
    pub(crate) account_name: Option<Bound<'py, PyAny>>,
    pub(crate) algorithm: Option<Bound<'py, PyAny>>,
    pub(crate) digits: Option<Whole>,
    pub(crate) period: Option<Whole>,
    pub(crate) skew: Option<Whole>,
    pub(crate) key_size: Option<Whole>,
    pub(crate) barcode_size: Option<Whole>,
    pub(crate) overwrite: bool,
}

impl KeyFields<'_> {
    pub(crate) fn spec(self) -> PyResult<KeySpec> {
        let secret = |argument, value: Option<Bound<'_, PyAny>>| -> PyResult<_> {
            value.map(|value| text(argument, &value).map(SecretText::copy_of)).transpose()
        };
        let plain = |argument, value: Option<Bound<'_, PyAny>>| -> PyResult<_> {
            value.map(|value| text(argument, &value).map(String::from)).transpose()
        };
        let number = |value: Option<Whole>| value.map(|Whole(number)| number);
        Ok(KeySpec {
            url: secret("url", self.url)?,
            secret: secret("secret", self.secret)?,
            issuer: plain("issuer", self.issuer)?,
            account_name: plain("account_name", self.account_name)?,
            algorithm: plain("algorithm", self.algorithm)?,
            digits: number(self.digits),
            period: number(self.period),
            skew: number(self.skew),
            key_size: number(self.key_size),
            barcode_size: number(self.barcode_size),
            overwrite: self.overwrite,
        })
    }
}

/// The Python value.
pub(crate) fn key<'py>(py: Python<'py>, key: &Key) -> PyResult<Bound<'py, PyAny>> {
    let warning = |warning: &engine::enroll::Warning| KEY_WARNING.of(py, (warning.name(), warning.to_string()));
    let warnings = key.warnings.iter().map(warning).collect::<PyResult<Vec<_>>>()?;
    let last_used = key.last_used.map(UnixTime::seconds).map(|seconds| datetime(py, seconds)).transpose()?;
    let fields = (
        key.name.as_str(),
        key.issuer.as_str(),
        key.account_name.as_str(),
        key.parameters.algorithm.name(),
        key.parameters.digits.count(),
        key.parameters.period.seconds(),
        key.parameters.skew.steps(),
        datetime(py, key.created.seconds())?,
        last_used,
        PyTuple::new(py, warnings)?,
    );
    KEY.of(py, fields)
}
