use engine::paths::Operation;
use pyo3::prelude::*;
use serde_json::Value;

use super::Keep;
use crate::argument::text;
use crate::json::{Sent, answer};

#[pymethods]
impl Keep {
    /// Reads a path, such as `totp/code/alice`, in Vault's words. `help` says what there is.
    ///
    /// `data` holds JSON values by name: None, bool, int, float, str, lists, tuples and mappings. Fields may be typed
    /// weakly, as on a command line: `"8"` for 8, `"1m"` for 60 seconds.
    ///
    /// Returns None when there is nothing, else a dict: `data` and `auth` (a dict, or None), `warnings` (a list of
    /// texts) and `mount_type`. It is a plain dict and shows what it holds, codes, URLs and tokens too: do not log it.
    ///
    /// Raises the exception that the same operation raises elsewhere, with Vault's sentence; `UnsupportedPath`,
    /// `UnsupportedOperation`, and `InvalidArgument` for a field that is not of its type.
    ///
    /// >>> answer = keep.read("totp/keys/alice")
    /// >>> answer["data"]["digits"], answer["mount_type"]
    /// (6, 'totp')
    #[pyo3(signature = (path, data=None))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.request(py, Operation::Read, path, data)
    }

    /// Writes to a path; an existing key is replaced, as Vault does. Otherwise as `read`.
    ///
    /// A wrong code is `valid` False in `data`. What `validate_code` answers with another verdict is an exception here:
    /// `ReplayedCode`, `Throttled`, `KeyDisabled`, `ClockBehind`.
    ///
    /// >>> keep.write("totp/keys/bob", {"generate": True, "issuer": "Acme", "account_name": "bob"})["data"].keys()
    /// dict_keys(['barcode', 'url'])
    /// >>> keep.write("totp/code/alice", {"code": keep.read("totp/code/alice")["data"]["code"]})["data"]
    /// {'valid': True}
    #[pyo3(signature = (path, data=None))]
    fn write<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.request(py, Operation::Write, path, data)
    }

    /// Lists what is below a path. Otherwise as `read`.
    ///
    /// >>> keep.list("totp/keys")["data"]
    /// {'keys': ['alice']}
    #[pyo3(signature = (path, data=None))]
    fn list<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.request(py, Operation::List, path, data)
    }

    /// Deletes what is at a path; that nothing is there is no error, as in Vault. Otherwise as `read`.
    #[pyo3(signature = (path, data=None))]
    fn delete<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.request(py, Operation::Delete, path, data)
    }

    /// What a path is for: its parameters, operations and examples. Of a mount, which paths there are.
    ///
    /// Raises `UnsupportedPath`, `BadToken`, `InvalidArgument`, `Corrupt`, `Io`.
    ///
    /// >>> print(keep.help("totp/code/alice").splitlines()[0])
    /// Request:        code/alice
    #[pyo3(signature = (path))]
    fn help(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<String> {
        let told = self.ask(py, Operation::Help, path, None)?;
        let text = told.as_ref().and_then(|answer| answer.pointer("/data/help")).and_then(Value::as_str);
        Ok(text.unwrap_or_default().into())
    }
}

impl Keep {
    fn request<'py>(
        &self,
        py: Python<'py>,
        operation: Operation,
        path: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.ask(py, operation, path, data)?.map(|told| answer(py, told)).transpose()
    }

    fn ask(
        &self,
        py: Python<'_>,
        operation: Operation,
        path: &Bound<'_, PyAny>,
        data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Value>> {
        let (path, sent) = (text("path", path)?, Sent::new(data)?);
        self.run(py, |core| Ok(core.request(operation, path, &sent.0)?.into_json()))
    }
}
