//! The Python extension module `otpkeep._native`: the core's public face, in Python's terms.
//!
//! One file per Python type. The doc comment of each exported item is its docstring. Only what holds a secret or an
//! open keep is a class of this module; plain values and exceptions are written in Python, and [`values`] and [`error`]
//! make them. Every operation of the core runs in [`guard::detached`]: without the GIL, and with panics stopped.

#[cfg(panic = "abort")]
compile_error!("otpkeep must be built with panic = \"unwind\": a panic must not end the program that uses it");

mod argument;
mod at;
mod code;
mod enrollment;
mod error;
mod guard;
mod issued_token;
mod json;
mod keep;
mod key;
mod mount;
mod open;
mod root_key;
mod status;
#[cfg(feature = "test-panic")]
mod test_panic;
mod token;
mod values;
mod verdict;

/// The compiled part of otpkeep. Its public names are those of the package.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::code::Code;
    #[pymodule_export]
    use super::enrollment::Enrollment;
    #[pymodule_export]
    use super::issued_token::IssuedToken;
    #[pymodule_export]
    use super::keep::Keep;
    #[pymodule_export]
    use super::open::{open, restore};
    #[cfg(feature = "test-panic")]
    #[pymodule_export]
    use super::test_panic::test_panic;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::error::load(module.py())
    }
}
