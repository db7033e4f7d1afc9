use engine::limits;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Keep;
use crate::argument::{pair, text, typed};
use crate::at::{At, datetime};
use crate::code::Code;
use crate::values::Class;
use crate::verdict::{failure, verdict};

static ATTEMPTS: Class = Class::new("Attempts");

const PAIRS: &str = "pairs of a name and a code, both str";

#[pymethods]
impl Keep {
    /// The code of a key now, or at a time, past or future. Reading a code does not use it up.
    ///
    /// `at`: seconds since 1970 or an aware datetime; parts of a second are dropped.
    ///
    /// Raises `KeyNotFound`, `MountNotFound`, `Corrupt`, `UnknownTerm`, `Io`; `InvalidArgument` for an `at` that is no
    /// time.
    ///
    /// >>> code = keep.read_code("alice", at=1_800_000_007)
    /// >>> print(f"{code}, for {code.remaining} more seconds")
    /// 271696, for 23 more seconds
    #[pyo3(signature = (name, at=None))]
    fn read_code(&self, py: Python<'_>, name: &Bound<'_, PyAny>, at: Option<At>) -> PyResult<Code> {
        let name = text("name", name)?;
        let read = self.run(py, |core| match at {
            Some(At(at)) => core.read_code_at(name, at),
            None => core.read_code(name),
        });
        read.map(Code)
    }

    /// Validates a code, exactly once: of all callers in all threads and processes one gets an accepted verdict, and
    /// only when that is stored durably.
    ///
    /// `code` is what a person typed: ASCII digits, with white space anywhere and dashes between digits. Any other text
    /// is malformed, which is a verdict and no error. Validate only after the first factor: whoever can validate can
    /// lock the key. `at` is as for `read_code`, drives the window and the throttle alike, and may not lie after the
    /// window of the clock unless the keep was opened with `manual_clock`.
    ///
    /// Raises `KeyNotFound`, `MountNotFound`, and what every write raises (see `write_key`). After an error that says
    /// so the code may be spent; no error means that it is wrong, or right.
    ///
    /// >>> code = keep.read_code("alice").value
    /// >>> if keep.validate_code("alice", code):
    /// ...     print("let in")
    /// let in
    /// >>> keep.validate_code("alice", code).outcome
    /// <Outcome.REPLAYED: 'replayed'>
    #[pyo3(signature = (name, code, at=None))]
    fn validate_code<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        code: &Bound<'py, PyAny>,
        at: Option<At>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (name, code) = (text("name", name)?, typed("code", code)?.as_bytes());
        let judged = self.run(py, |core| match at {
            Some(At(at)) => core.validate_code_at(name, code, at),
            None => core.validate_code(name, code),
        });
        verdict(py, judged?)
    }

    /// Validates many codes with one durable commit: at most 4096 pairs of a name and a code, as tuples or lists.
    ///
    /// Returns a list with one result per item, in their order: a `Verdict`, or a `Failure` with the error of that item
    /// (`KeyNotFound`, say), which leaves the others alone. Only an accepted verdict is true. The error of a commit,
    /// such as `Busy` or `DiskFull`, is that of each item that waited for it.
    ///
    /// Raises, before any item is looked at, `InvalidArgument` for too many items or an `at` that is no time,
    /// `MountNotFound`, `Io`.
    ///
    /// >>> for result in keep.validate_codes([("alice", "12x456"), ("nobody", "123456")]):
    /// ...     match result:
    /// ...         case otpkeep.Failure(error):
    /// ...             print(error.kind)
    /// ...         case otpkeep.Verdict(outcome):
    /// ...             print(outcome)
    /// malformed
    /// key-not-found
    #[pyo3(signature = (items, at=None))]
    fn validate_codes<'py>(
        &self,
        py: Python<'py>,
        items: &Bound<'py, PyAny>,
        at: Option<At>,
    ) -> PyResult<Bound<'py, PyList>> {
        // One more than the core takes is enough for it to refuse them.
        let pairs = items.try_iter()?.take(limits::BATCH_ITEMS + 1).map(|item| pair("items", PAIRS, &item?));
        let pairs = pairs.collect::<PyResult<Vec<_>>>()?;
        // What is no Unicode is no name either: the core refuses it and that item alone.
        let texts = pairs.iter().map(|(name, code)| Ok((typed("items", name)?, typed("items", code)?.as_bytes())));
        let batch = texts.collect::<PyResult<Vec<_>>>()?;
        let results = self.run(py, |core| match at {
            Some(At(at)) => core.validate_codes_at(&batch, at),
            None => core.validate_codes(&batch),
        })?;
        let results = results.into_iter().map(|result| match result {
            Ok(judged) => verdict(py, judged),
            Err(error) => failure(py, &error),
        });
        PyList::new(py, results.collect::<PyResult<Vec<_>>>()?)
    }

    /// The failed attempts of a key.
    ///
    /// Raises `KeyNotFound`, `MountNotFound`, `Corrupt`, `Io`.
    #[pyo3(signature = (name))]
    fn read_attempts<'py>(&self, py: Python<'py>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let name = text("name", name)?;
        let engine::Attempts { failures, locked_until, disabled, attempts_left } =
            self.run(py, |core| core.read_attempts(name))?;
        let locked_until = locked_until.map(|until| datetime(py, until.seconds())).transpose()?;
        ATTEMPTS.of(py, (failures, locked_until, disabled, attempts_left))
    }

    /// Clears a key's failures, lock and disabling. It also ends `clock_behind`.
    ///
    /// Raises `KeyNotFound`, `MountNotFound`, and what every write raises (see `write_key`).
    #[pyo3(signature = (name))]
    fn reset_attempts(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = text("name", name)?;
        self.run(py, |core| core.reset_attempts(name))
    }
}
