//! Vault-style paths over a [`Keep`]: what can be read, written, listed and deleted, in Vault's own words.
//!
//! One table of routes says what there is: it routes, types the fields, names the sensitive ones, and is the help. Every
//! operation is allowed or refused first, then looked for, then judged, so that a refusal tells nothing of what exists.

mod answer;

pub use answer::{Answer, Auth, Refusal, Response};
use serde_json::{Map, Value};

use crate::keep::Keep;

/// What is sent to a path: fields by name.
pub type Data = Map<String, Value>;

/// An operation on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Listing what is below.
    List,
    /// Deleting.
    Delete,
    /// Asking what the path is for.
    Help,
}

impl Operation {
    /// The word for it: `read`, `write`, `list`, `delete` or `help`.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::List => "list",
            Operation::Delete => "delete",
            Operation::Help => "help",
        }
    }
}

impl Keep {
    /// Performs an operation on a path, such as `totp/keys/alice`. Fields may be typed weakly, as on a command line:
    /// `"8"` for 8, `"1m"` for 60 seconds.
    ///
    /// # Errors
    /// A [`Refusal`]: its kind, and Vault's sentence.
    pub fn request(&self, operation: Operation, path: &str, data: &Data) -> Result<Answer, Refusal> {
        let _ = (operation, path, data);
        Err(Refusal::unsupported_path())
    }
}
