use pyo3::prelude::*;

use super::Keep;
use crate::argument::{Whole, path};
use crate::error::raised;
use crate::root_key::{Cost, RootKeyFields};
use crate::status::status;

#[pymethods]
impl Keep {
    /// Adds a data key to the keyring and seals from now on under it. Returns the number of its term.
    ///
    /// Raises `InvalidArgument` when the keyring is full (`rewrap` prunes it), and what every write raises (see
    /// `write_key`).
    fn rotate(&self, py: Python<'_>) -> PyResult<u32> {
        self.run(py, |core| core.rotate())
    }

    /// Seals all records anew under the newest term, in batches beside other work, and prunes the terms that nothing
    /// uses any more. Returns how many records were sealed. It may be stopped and begun again at any time.
    ///
    /// Raises what every write raises (see `write_key`).
    fn rewrap(&self, py: Python<'_>) -> PyResult<u64> {
        self.run(py, |core| core.rewrap())
    }

    /// Adds a slot, so that another root key opens the keep too. Returns its number. The arguments are those of
    /// `otpkeep.open`.
    ///
    /// Raises `InvalidArgument` unless exactly one root key is given or when the keep has 8 slots, and what every write
    /// raises (see `write_key`).
    ///
    /// >>> slot = keep.add_slot(root_key=secrets.token_bytes(32))
    /// >>> [known.kind for known in keep.status().slots]
    /// ['raw', 'raw']
    /// >>> keep.remove_slot(slot)
    #[pyo3(signature = (*, passphrase=None, root_key=None, key_file=None, strict=false, passphrase_cost=None))]
    fn add_slot(
        &self,
        py: Python<'_>,
        passphrase: Option<Bound<'_, PyAny>>,
        root_key: Option<Bound<'_, PyAny>>,
        key_file: Option<Bound<'_, PyAny>>,
        strict: bool,
        passphrase_cost: Option<Cost>,
    ) -> PyResult<u64> {
        let mut options = RootKeyFields { passphrase, root_key, key_file, strict }.options(py)?;
        if let Some(Cost(cost)) = passphrase_cost {
            options.set_passphrase_cost(cost).map_err(|error| raised(py, &error))?;
        }
        self.run(py, |core| core.add_slot(&options))
    }

    /// Removes a slot by its number. It takes effect for opening only: whoever opened the keep with it before may have
    /// kept the keys, and copies of the file still have the slot.
    ///
    /// Raises `InvalidArgument` when there is no such slot or it is the last, and what every write raises (see
    /// `write_key`).
    #[pyo3(signature = (slot))]
    fn remove_slot(&self, py: Python<'_>, slot: Whole) -> PyResult<()> {
        self.run(py, |core| core.remove_slot(slot.0.into()))
    }

    /// Copies the keep to a new file while work goes on. The copy is checked before it gets its name, and opens with
    /// the same root keys. `otpkeep.restore` makes it a keep in use again; merely opening it would accept codes that
    /// were used since.
    ///
    /// Raises `KeepExists` when something is at the destination, `Corrupt`, `DiskFull`, `ReadOnly`, `Io`.
    #[pyo3(signature = (destination))]
    fn backup(&self, py: Python<'_>, destination: &Bound<'_, PyAny>) -> PyResult<()> {
        let destination = path("destination", destination)?;
        self.run(py, |core| core.backup(&destination))
    }

    /// What may be told of the keep.
    ///
    /// Raises `Corrupt`, `Io`.
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let told = self.run(py, |core| core.status())?;
        status(py, &told)
    }
}
