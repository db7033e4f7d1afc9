use pyo3::prelude::*;

use super::Keep;
use crate::argument::{Whole, text};
use crate::enrollment::Enrollment;
use crate::key::{KeyFields, key};

const LIST_LIMIT: Whole = Whole(engine::limits::LIST_LIMIT as u32);

#[pymethods]
#[allow(clippy::too_many_arguments)]
impl Keep {
    /// Imports a key from an otpauth URL or a base32 secret, and describes it, with warnings about what was odd.
    ///
    /// `name` has 1 to 512 ASCII letters, digits and `_`, with `-`, `.`, `@` and `+` inside. What the URL states comes
    /// from the URL. `url`: at most 4096 bytes. `secret`: base32, 1 to 128 bytes once decoded, in any case, with
    /// spaces, dashes or without padding. `issuer`, `account_name`: at most 200 bytes each. `algorithm`: SHA1
    /// (default), SHA256 or SHA512. `digits`: 6 (default) or 8. `period`: 1 to 86400 seconds, default 30. `skew`:
    /// periods accepted on each side of the current one, 0 or 1 (default). `overwrite`: replace a key of this name;
    /// with the same secret its spent codes stay spent. `key_size` and `barcode_size` are only checked.
    ///
    /// Raises `InvalidArgument` naming the argument, `KeyExists` unless `overwrite`, `MountNotFound`, `Busy`,
    /// `ReadOnly`, `DiskFull`, `StoreReplaced`, `Corrupt`, `Io`.
    ///
    /// >>> key = keep.write_key("github", url="otpauth://totp/GitHub:bot?secret=JBSWY3DPEHPK3PXP&issuer=GitHub")
    /// >>> key.issuer, key.digits, [warning.name for warning in key.warnings]
    /// ('GitHub', 6, ['short-secret'])
    #[pyo3(signature = (
        name, *, url=None, secret=None, issuer=None, account_name=None, algorithm=None, digits=None, period=None,
        skew=None, key_size=None, barcode_size=None, overwrite=false
    ))]
    fn write_key<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        url: Option<Bound<'py, PyAny>>,
        secret: Option<Bound<'py, PyAny>>,
        issuer: Option<Bound<'py, PyAny>>,
        account_name: Option<Bound<'py, PyAny>>,
        algorithm: Option<Bound<'py, PyAny>>,
        digits: Option<Whole>,
        period: Option<Whole>,
        skew: Option<Whole>,
        key_size: Option<Whole>,
        barcode_size: Option<Whole>,
        overwrite: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let name = text("name", name)?;
        let fields = KeyFields {
            url,
            secret,
            issuer,
            account_name,
            algorithm,
            digits,
            period,
            skew,
            key_size,
            barcode_size,
            overwrite,
        };
        let spec = fields.spec()?;
        let written = self.run(py, |core| core.write_key(name, &spec))?;
        key(py, &written)
    }

    /// Generates a key with a new random secret and returns what an authenticator app reads.
    ///
    /// `issuer` and `account_name` are required. `key_size`: bytes of the secret, 16 to 64, default 20.
    /// `barcode_size`: side of the PNG image in pixels, at most 4096, default 200; 0 for none. Otherwise as
    /// `write_key`; `url` and `secret` are refused.
    ///
    /// Raises what `write_key` raises; also `InvalidArgument` when the barcode does not fit the size asked, and then
    /// nothing is stored.
    ///
    /// >>> enrollment = keep.generate_key("bob", issuer="Acme", account_name="bob@acme.com")
    /// >>> enrollment.save(folder / "bob.png")
    #[pyo3(signature = (
        name, *, url=None, secret=None, issuer=None, account_name=None, algorithm=None, digits=None, period=None,
        skew=None, key_size=None, barcode_size=None, overwrite=false
    ))]
    fn generate_key<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        url: Option<Bound<'py, PyAny>>,
        secret: Option<Bound<'py, PyAny>>,
        issuer: Option<Bound<'py, PyAny>>,
        account_name: Option<Bound<'py, PyAny>>,
        algorithm: Option<Bound<'py, PyAny>>,
        digits: Option<Whole>,
        period: Option<Whole>,
        skew: Option<Whole>,
        key_size: Option<Whole>,
        barcode_size: Option<Whole>,
        overwrite: bool,
    ) -> PyResult<Enrollment> {
        let name = text("name", name)?;
        let fields = KeyFields {
            url,
            secret,
            issuer,
            account_name,
            algorithm,
            digits,
            period,
            skew,
            key_size,
            barcode_size,
            overwrite,
        };
        let spec = fields.spec()?;
        self.run(py, |core| core.generate_key(name, &spec)).map(Enrollment)
    }

    /// Describes a key, without its secret.
    ///
    /// Raises `KeyNotFound`, `MountNotFound`, `Corrupt`, `Io`.
    #[pyo3(signature = (name))]
    fn read_key<'py>(&self, py: Python<'py>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let name = text("name", name)?;
        let read = self.run(py, |core| core.read_key(name))?;
        key(py, &read)
    }

    /// The names after `after` in byte order, at most `limit`, which is 1 to 1000. `after=""` begins at the first;
    /// otherwise pass the last name of the listing before.
    ///
    /// Raises `InvalidArgument`, `MountNotFound`, `Corrupt`, `Io`.
    ///
    /// >>> keep.list_keys()
    /// ['alice']
    #[pyo3(signature = (after=None, limit=LIST_LIMIT), text_signature = "($self, after='', limit=1000)")]
    fn list_keys(&self, py: Python<'_>, after: Option<&Bound<'_, PyAny>>, limit: Whole) -> PyResult<Vec<String>> {
        let after = after.map(|after| text("after", after)).transpose()?.unwrap_or_default();
        self.run(py, |core| core.list_keys_up_to(after, limit.0 as usize))
    }

    /// Deletes a key and forgets which of its codes were used.
    ///
    /// Raises `KeyNotFound` and what every write raises (see `write_key`).
    #[pyo3(signature = (name))]
    fn delete_key(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = text("name", name)?;
        self.run(py, |core| core.delete_key(name))
    }
}
