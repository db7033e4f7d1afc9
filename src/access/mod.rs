//! Who may do what: policies in Vault's language, and the rule that decides a request from them.
//!
//! A [`Policy`] is parsed from its text; an [`Acl`] is what several policies say together. Nothing here reads a clock,
//! a file or a key.
//!
//! ```
//! use otpkeep::access::{Acl, Capability, Parameters, Policy};
//!
//! let verifier = Policy::parse(r#"path "totp/code/*" { capabilities = ["update"] }"#)?;
//! let acl = Acl::of([&verifier]);
//! assert!(acl.allows(Capability::Update, "totp/code/alice", &Parameters::new()));
//! assert!(!acl.allows(Capability::Read, "totp/code/alice", &Parameters::new()));
//! # Ok::<(), otpkeep::Error>(())
//! ```

mod accessor;
mod acl;
pub(crate) mod audit;
mod capability;
mod field;
mod grant;
mod plain;
pub(crate) mod policies;
mod policy;
mod standing;
mod syntax;
mod token;
pub(crate) mod tokens;
mod wanted;

pub(crate) use accessor::Accessor;
pub use accessor::holds_secret;
pub use acl::Acl;
pub use audit::{AuditFile, AuditSink};
pub use capability::Capability;
use field::Shown;
pub use field::{FieldType, Parameters, Value};
pub use policy::Policy;
pub(crate) use standing::{Standing, Standings};
pub use token::{IssuedToken, Token, TokenRef, TokenSpec};
pub(crate) use wanted::{Reserved, Wanted, decide};

/// The text of the policy `default`, which every token has unless it asks for none: a token may look itself up, renew
/// and revoke itself, and ask what it may do.
pub const DEFAULT_POLICY: &str = r#"# What every token may do with itself.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

path "sys/capabilities-self" {
  capabilities = ["update"]
}
"#;
