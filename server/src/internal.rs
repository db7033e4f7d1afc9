//! What Vault's user interface and some of its commands ask before they ask for anything else.

use std::sync::Arc;

use axum::extract::{Path, Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use otpkeep::paths::{Answer, Data, Operation};
use serde_json::{Map, Value, json};

use crate::answer::{envelope, json_response};
use crate::failure::Failure;
use crate::request::token;
use crate::state::State;

/// The mounts that the token may read of; none without a token.
pub(crate) async fn mounts(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let mounts = match read(&state, request, "sys/mounts").await {
        Ok(mounts) => mounts,
        Err(failure) => return failure.into_response(),
    };
    let data = json!({ "secret": mounts.unwrap_or_default(), "auth": {} });
    json_response(StatusCode::OK, &Value::Object(envelope(Some(data), "system")))
}

/// One mount, if the token may read of it.
pub(crate) async fn mount(Shared(state): Shared<Arc<State>>, Path(path): Path<String>, request: Request) -> Response {
    let path = path.trim_end_matches('/').to_owned();
    match read(&state, request, &format!("sys/mounts/{path}")).await {
        Ok(Some(mut mount)) => {
            mount.insert("path".into(), format!("{path}/").into());
            json_response(StatusCode::OK, &Value::Object(envelope(Some(Value::Object(mount)), "system")))
        }
        Ok(None) => {
            let sentence = format!(
                "preflight capability check returned 403, please ensure client's policies grant access to path \
                 \"{path}/\""
            );
            Failure::new(StatusCode::FORBIDDEN, sentence).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// Reads a path with the request's token. Nothing when that is not allowed.
async fn read(state: &Arc<State>, request: Request, path: &str) -> Result<Option<Map<String, Value>>, Failure> {
    if request.method() != Method::GET {
        return Err(Failure::unsupported_operation());
    }
    let (worker, token, path) = (Arc::clone(state), token(request.headers()), path.to_owned());
    let read = move || worker.perform(token.as_ref(), Some(Operation::Read), &path, &Data::new());
    match state.workers(Some(Operation::Read)).run(read).await? {
        Ok(Answer::Response(response)) => Ok(Some(response.data)),
        _ => Ok(None),
    }
}
