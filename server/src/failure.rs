use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use otpkeep::Kind;
use otpkeep::paths::{Refusal, no_handler_sentence};
use serde_json::json;

use crate::answer::json_response;

/// What a request that failed is answered with.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    errors: Vec<String>,
    /// Seconds after which another attempt can succeed.
    retry_after: Option<u64>,
    /// The kind of the keep's error, for logs and metrics.
    pub(crate) kind: Option<Kind>,
}

impl Failure {
    /// A failure with one sentence.
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Failure {
        Failure { status, errors: vec![sentence.into()], retry_after: None, kind: None }
    }

    /// A failure in the form that Vault's framework gives its own errors.
    fn of_framework(status: StatusCode, sentence: &str) -> Failure {
        Failure::new(status, multierror(sentence))
    }

    /// A failure without a sentence.
    pub(crate) fn bare(status: StatusCode) -> Failure {
        Failure { status, errors: Vec::new(), retry_after: None, kind: None }
    }

    /// No token, or one that is unknown, expired or revoked. Which of them is not told.
    pub(crate) fn no_authority() -> Failure {
        Failure::new(StatusCode::FORBIDDEN, "permission denied")
    }

    pub(crate) fn unsupported_operation() -> Failure {
        Failure::of_framework(StatusCode::METHOD_NOT_ALLOWED, "unsupported operation")
    }

    pub(crate) fn no_handler(path: &str) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, no_handler_sentence(path))
    }

    pub(crate) fn bad_request(sentence: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(crate) fn overloaded() -> Failure {
        let failure = Failure::of_framework(StatusCode::SERVICE_UNAVAILABLE, "the server is busy; nothing was done");
        Failure { retry_after: Some(1), ..failure }
    }

    /// Whether it is no fault of the request's.
    pub(crate) fn is_of_server(&self) -> bool {
        self.status.is_server_error()
    }

    pub(crate) fn internal() -> Failure {
        Failure::of_framework(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let Refusal { kind, sentence, retry_after } = refusal;
        let status = status_of(kind);
        let of_framework = match kind {
            Kind::UnsupportedPath => sentence == "unsupported path",
            Kind::PermissionDenied => sentence == "permission denied",
            Kind::UnsupportedOperation => true,
            _ => status.is_server_error(),
        };
        let errors = vec![if of_framework { multierror(&sentence) } else { sentence }];
        let retry_after = retry_after.or((kind == Kind::Busy).then_some(1));
        Failure { status, errors, retry_after, kind: Some(kind) }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &json!({ "errors": self.errors }));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The status of an error. What has no better one is a fault of the request's, or of the keep's.
fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::InvalidArgument
        | Kind::KeyNotFound
        | Kind::KeyExists
        | Kind::MountNotFound
        | Kind::MountInUse
        | Kind::WrongCode
        | Kind::MalformedCode
        | Kind::ReplayedCode
        | Kind::ClockBehind
        | Kind::InvalidPolicy => StatusCode::BAD_REQUEST,
        Kind::PermissionDenied | Kind::BadToken | Kind::KeyDisabled => StatusCode::FORBIDDEN,
        Kind::UnsupportedPath | Kind::PolicyNotFound => StatusCode::NOT_FOUND,
        Kind::UnsupportedOperation => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// One error as go-multierror writes it.
fn multierror(sentence: &str) -> String {
    format!("1 error occurred:\n\t* {sentence}\n\n")
}
