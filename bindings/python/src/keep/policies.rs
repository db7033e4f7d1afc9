use pyo3::prelude::*;

use super::Keep;
use crate::argument::text;

#[pymethods]
impl Keep {
    /// Writes a policy in place of the one of its name: rules in HCL or JSON, in Vault's language. They hold at once
    /// for every token that has the policy.
    ///
    /// `name`: at most 128 bytes; it becomes lower case. `text`: at most 64 KiB.
    ///
    /// Raises `InvalidPolicy` with line and reason, and then nothing is stored; `InvalidArgument` for a malformed name
    /// and for `root`; `PermissionDenied`, and what every write raises (see `write_key`).
    ///
    /// >>> keep.write_policy("verifier", 'path "totp/code/*" { capabilities = ["update"] }')
    /// >>> keep.list_policies()
    /// ['default', 'root', 'verifier']
    #[pyo3(signature = (name, text))]
    fn write_policy(&self, py: Python<'_>, name: &Bound<'_, PyAny>, text: &Bound<'_, PyAny>) -> PyResult<()> {
        let (name, rules) = (self::text("name", name)?, self::text("text", text)?);
        self.run(py, |core| core.write_policy(name, rules))
    }

    /// The text of a policy. That of `root` is empty: it is no list of rules.
    ///
    /// Raises `PolicyNotFound`, `InvalidArgument`, `PermissionDenied`, `Corrupt`, `Io`.
    #[pyo3(signature = (name))]
    fn read_policy(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<String> {
        let name = text("name", name)?;
        self.run(py, |core| core.read_policy(name))
    }

    /// The names of all policies in their order, with `default` and `root`, which are built in.
    ///
    /// Raises `PermissionDenied`, `Corrupt`, `Io`.
    fn list_policies(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.run(py, |core| core.list_policies())
    }

    /// Deletes a policy. Tokens that have it lose what it allowed. One that does not exist is no error.
    ///
    /// Raises `InvalidArgument` for `default` and `root`; `PermissionDenied`, and what every write raises (see
    /// `write_key`).
    #[pyo3(signature = (name))]
    fn delete_policy(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = text("name", name)?;
        self.run(py, |core| core.delete_policy(name))
    }
}
