use std::fmt;

use serde_json::{Map, Value, json};

use crate::error::{Error, Kind};
use crate::keep::Refused;

/// What an operation on a path came to.
#[derive(Debug)]
pub enum Answer {
    /// It gave something.
    Response(Response),
    /// It was done, and there is nothing to tell (HTTP 204).
    Done,
    /// There is nothing there: no such thing, or an empty list (HTTP 404 without an error).
    Nothing,
}

impl Answer {
    /// An answer with these fields.
    pub(super) fn of(fields: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Answer {
        let data = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Answer::Response(Response { data, ..Response::default() })
    }

    /// An answer that lists names; nothing when there are none.
    pub(super) fn list(keys: Vec<String>) -> Answer {
        if keys.is_empty() { Answer::Nothing } else { Answer::of([("keys", keys.into())]) }
    }

    /// Nothing to tell, unless there are warnings.
    pub(super) fn done_with(warnings: Vec<String>) -> Answer {
        if warnings.is_empty() {
            return Answer::Done;
        }
        Answer::Response(Response { warnings, ..Response::default() })
    }
}

impl Answer {
    /// The answer as the object that every language gets: `data` and `auth` (null when there is none), `warnings` (a
    /// list) and `mount_type`; `None` when there is nothing to tell.
    pub fn into_json(self) -> Option<Value> {
        match self {
            Answer::Done | Answer::Nothing => None,
            Answer::Response(Response { data, warnings, auth, mount_type }) => {
                let data = Some(data).filter(|data| !data.is_empty());
                let auth = auth.map(|auth| auth.fields);
                Some(json!({ "data": data, "warnings": warnings, "auth": auth, "mount_type": mount_type }))
            }
        }
    }
}

/// What an operation gave.
#[derive(Default)]
pub struct Response {
    /// Fields by name; empty when there are only warnings or `auth`.
    pub data: Map<String, Value>,
    /// What was odd about the request.
    pub warnings: Vec<String>,
    /// A token that was made or renewed.
    pub auth: Option<Auth>,
    /// What kind of mount answered: `totp`, `system` or `token`.
    pub mount_type: &'static str,
}

/// Shows the names of the fields alone: they may hold codes, URLs and tokens.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("data", &self.data.keys().collect::<Vec<_>>())
            .field("warnings", &self.warnings)
            .field("mount_type", &self.mount_type)
            .finish_non_exhaustive()
    }
}

/// A token as a response carries it: Vault's `auth` object.
pub struct Auth {
    /// The object, with `client_token` when the token was just made.
    pub fields: Map<String, Value>,
}

/// Why an operation on a path was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of the table of errors.
    pub kind: Kind,
    /// Vault's sentence where it has one. It never repeats a secret.
    pub sentence: String,
    /// Seconds after which another attempt can succeed, of a throttled key.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Refusal {
        Refusal { kind, sentence: sentence.into(), retry_after: None }
    }

    /// A value that is not allowed.
    pub(super) fn invalid(sentence: impl Into<String>) -> Refusal {
        Refusal::new(Kind::InvalidArgument, sentence)
    }

    /// No route answers at the path.
    pub fn unsupported_path() -> Refusal {
        Refusal::new(Kind::UnsupportedPath, "unsupported path")
    }

    /// The route does not answer the operation.
    pub fn unsupported_operation() -> Refusal {
        Refusal::new(Kind::UnsupportedOperation, "unsupported operation")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

impl From<Error> for Refusal {
    /// An error that has no sentence of Vault's keeps its own words.
    fn from(error: Error) -> Refusal {
        match error.argument_name() {
            _ if error.kind() == Kind::BadToken => Refusal::new(Kind::BadToken, "bad token"),
            Some(argument) => Refusal::new(error.kind(), format!("{argument}: {}", error.reason())),
            None => Refusal::new(error.kind(), error.reason()),
        }
    }
}

impl Refused for Refusal {
    fn word(&self) -> &'static str {
        self.kind.name()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::new(refusal.kind, refusal.sentence)
    }
}
