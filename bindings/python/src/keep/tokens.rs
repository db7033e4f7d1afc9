use engine::access::TokenRef;
use pyo3::prelude::*;

use super::Keep;
use crate::argument::{Whole, text};
use crate::issued_token::IssuedToken;
use crate::token::{Increment, TokenFields, token};

#[pymethods]
#[allow(clippy::too_many_arguments)]
impl Keep {
    /// Makes a token: a text whose bearer may do what its policies allow. `with_token` makes a handle of it.
    ///
    /// Made with the root key it has no parent; made with a token it is that token's child, has a subset of its
    /// policies, and ends with it. `policies`: at most 64 names, which need not exist yet; when left out or empty,
    /// those of the parent, and of the root key `root`. `ttl`: seconds it lives, 1 to 315360000, default 2764800; a
    /// root token lives without end unless this is given.
    /// `renewable`: whether it may be renewed, default True. `display_name`: at most 256 bytes. `metadata`: texts by
    /// name, at most 64 of 512 bytes each. `no_default_policy` leaves out the policy `default`.
    ///
    /// Raises `InvalidArgument` naming the argument; `PermissionDenied`, also for a policy that the parent does not
    /// have; `BadToken`, and what every write raises (see `write_key`).
    ///
    /// >>> issued = keep.create_token(policies=["verifier"], ttl=3600)
    /// >>> issued.token.policies, issued.token.ttl
    /// (('default', 'verifier'), 3600)
    #[pyo3(signature = (
        *, policies=None, ttl=None, renewable=None, display_name=None, metadata=None, no_default_policy=false
    ))]
    fn create_token<'py>(
        &self,
        py: Python<'py>,
        policies: Option<Bound<'py, PyAny>>,
        ttl: Option<Whole>,
        renewable: Option<bool>,
        display_name: Option<Bound<'py, PyAny>>,
        metadata: Option<Bound<'py, PyAny>>,
        no_default_policy: bool,
    ) -> PyResult<IssuedToken> {
        let fields = TokenFields { policies, ttl, renewable, display_name, metadata, no_default_policy };
        let spec = fields.spec()?;
        let issued = self.run(py, |core| core.create_token(&spec))?;
        IssuedToken::new(py, issued)
    }

    /// What may be told of a token: of the handle's own, or of the one given, as itself or by its accessor.
    ///
    /// Raises `BadToken` when it is unknown, expired or revoked; `InvalidArgument` for the own token of a handle that
    /// has the root key; `PermissionDenied`, `Corrupt`, `Io`.
    #[pyo3(signature = (token=None))]
    fn lookup_token<'py>(&self, py: Python<'py>, token: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let which = given(token)?;
        let found = self.run(py, |core| core.lookup_token(which))?;
        self::token(py, &found)
    }

    /// Renews a token, given as for `lookup_token`, by `increment` seconds from now; at most by the ttl it was made
    /// for, which is also the default.
    ///
    /// Raises `InvalidArgument` when it is not renewable; `BadToken`, `PermissionDenied`, and what every write raises
    /// (see `write_key`).
    #[pyo3(signature = (token=None, increment=None))]
    fn renew_token<'py>(
        &self,
        py: Python<'py>,
        token: Option<&Bound<'py, PyAny>>,
        increment: Option<Increment>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let which = given(token)?;
        let increment = increment.map(|Increment(seconds)| seconds);
        let renewed = self.run(py, |core| core.renew_token(which, increment))?;
        self::token(py, &renewed)
    }

    /// Ends a token, given as for `lookup_token`, and all tokens made with it, at once and in every process. One that
    /// does not live is no error.
    ///
    /// Raises `PermissionDenied`, and what every write raises (see `write_key`).
    ///
    /// >>> issued = keep.create_token(policies=["verifier"])
    /// >>> keep.revoke_token(issued.token.accessor)
    /// >>> keep.list_tokens()
    /// []
    #[pyo3(signature = (token=None))]
    fn revoke_token(&self, py: Python<'_>, token: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let which = given(token)?;
        self.run(py, |core| core.revoke_token(which))
    }

    /// The accessors of all living tokens, in their order.
    ///
    /// Raises `PermissionDenied` without `sudo` on `auth/token/accessors`; `Corrupt`, `Io`.
    fn list_tokens(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.run(py, |core| core.list_tokens())
    }

    /// What the handle may do at a path: `root` for everything, `deny` for nothing, else the names of capabilities.
    ///
    /// Raises `BadToken`, `PermissionDenied`, `Corrupt`, `Io`.
    ///
    /// >>> keep.capabilities("totp/code/alice")
    /// ['root']
    #[pyo3(signature = (path))]
    fn capabilities(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Vec<&'static str>> {
        let path = text("path", path)?;
        self.run(py, |core| core.capabilities(path))
    }
}

/// The token that is meant.
fn given<'a>(token: Option<&'a Bound<'_, PyAny>>) -> PyResult<TokenRef<'a>> {
    token.map(|token| text("token", token)).transpose().map(TokenRef::of)
}
