use engine::Error;
use napi_derive::napi;

/// Why an operation failed. It is returned as a value, and the package throws it as an `OtpkeepError`.
#[napi]
pub struct Failure {
    error: Error,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error }
    }
}

#[napi]
impl Failure {
    /// The name of the kind, such as `key-not-found`.
    #[napi(getter)]
    pub fn kind(&self) -> &'static str {
        self.error.kind().name()
    }

    /// The argument at fault as the core spells it, such as `account_name`.
    #[napi(getter)]
    pub fn argument(&self) -> Option<&'static str> {
        self.error.argument_name()
    }

    /// The reason, in words.
    #[napi(getter)]
    pub fn reason(&self) -> &str {
        self.error.reason()
    }
}
