use engine::SecretText;
use engine::access::IssuedToken as Issued;
use pyo3::prelude::*;

use crate::error::not_copied;
use crate::token::token;

/// A token that was just made: the only moment at which it is told. Whoever has `secret` has its authority.
///
/// `repr` leaves the secret out, and it cannot be pickled or copied.
#[pyclass(frozen, module = "otpkeep")]
pub(crate) struct IssuedToken {
    secret: SecretText,
    token: Py<PyAny>,
}

impl IssuedToken {
    pub(crate) fn new(py: Python<'_>, issued: Issued) -> PyResult<IssuedToken> {
        Ok(IssuedToken { token: token(py, &issued.token)?.unbind(), secret: issued.secret })
    }
}

#[pymethods]
impl IssuedToken {
    /// The token itself, for `Keep.with_token`.
    #[getter]
    fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// What may be told of it: a `Token`.
    #[getter]
    fn token<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.token.bind(py).clone()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("IssuedToken", "pass its secret on"))
    }

    fn __repr__(&self) -> &'static str {
        "<otpkeep.IssuedToken>"
    }
}
