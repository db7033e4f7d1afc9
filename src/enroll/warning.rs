use std::fmt;

use crate::limits;
use crate::secret::Secret;

/// Something about an imported key that is allowed but that its owner should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// The URL names one issuer in its label and another in its `issuer` parameter; the parameter was taken.
    IssuerMismatch,
    /// The secret has fewer than 16 bytes (RFC 4226 §4, R6: at least 128 bits). Real sites issue ten.
    ShortSecret,
}

impl Warning {
    /// Every warning.
    pub const ALL: &'static [Warning] = &[Warning::IssuerMismatch, Warning::ShortSecret];

    /// The stable name, such as `short-secret`.
    pub const fn name(self) -> &'static str {
        match self {
            Warning::IssuerMismatch => "issuer-mismatch",
            Warning::ShortSecret => "short-secret",
        }
    }
}

impl fmt::Display for Warning {
    /// One sentence for people. It holds no value of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Warning::IssuerMismatch => {
                "the label and the issuer parameter name different issuers; the parameter was taken"
            }
            Warning::ShortSecret => "the secret is shorter than 128 bits, the least that RFC 4226 allows",
        })
    }
}

/// [`Warning::ShortSecret`] when the secret has fewer than 16 bytes, wherever it comes from.
pub fn warn_if_short(secret: &Secret) -> Option<Warning> {
    (secret.expose().len() < limits::SHORT_SECRET_BYTES).then_some(Warning::ShortSecret)
}
