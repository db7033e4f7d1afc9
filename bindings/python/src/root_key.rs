use engine::{OpenOptions, PassphraseCost};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::argument::{Whole, bytes, pair, path, text};
use crate::error::raised;

/// The keyword arguments that give a root key. The core demands exactly one of the first three.
pub(crate) struct RootKeyFields<'py> {
    pub(crate) passphrase: Option<Bound<'py, PyAny>>,
    pub(crate) root_key: Option<Bound<'py, PyAny>>,
    pub(crate) key_file: Option<Bound<'py, PyAny>>,
    pub(crate) strict: bool,
}

impl RootKeyFields<'_> {
    /// Options that give this root key and nothing else.
    pub(crate) fn options(self, py: Python<'_>) -> PyResult<OpenOptions> {
        let mut options = OpenOptions::new();
        let refused = |error| raised(py, &error);
        if let Some(passphrase) = self.passphrase {
            if passphrase.is_instance_of::<PyString>() {
                options.set_passphrase(text("passphrase", &passphrase)?.as_bytes())
            } else {
                options.set_passphrase(&bytes("passphrase", &passphrase)?)
            }
            .map_err(refused)?;
        }
        if let Some(root_key) = self.root_key {
            options.set_root_key(&bytes("root_key", &root_key)?).map_err(refused)?;
        }
        if let Some(key_file) = self.key_file {
            options.set_key_file(path("key_file", &key_file)?).map_err(refused)?;
        }
        options.set_strict(self.strict);
        Ok(options)
    }
}

/// The argument `passphrase_cost`.
#[derive(Clone, Copy)]
pub(crate) struct Cost(pub(crate) PassphraseCost);

impl FromPyObject<'_, '_> for Cost {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Cost> {
        let (memory_kib, passes) = pair("passphrase_cost", "a sequence of two ints", &value)?;
        let (Whole(memory_kib), Whole(passes)) = (memory_kib.extract()?, passes.extract()?);
        Ok(Cost(PassphraseCost { memory_kib, passes }))
    }
}
