//! What Vault's user interface and some of its commands ask before they ask for anything else.

use std::sync::Arc;

use axum::extract::{Path, Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use otpkeep::paths::{Answer, Operation};
use serde_json::{Map, Value, json};

use crate::answer::{envelope, json_response};
use crate::failure::Failure;
use crate::request::token;
use crate::state::State;

/// The mounts that the token may read of; none without a token.
pub(crate) async fn mounts(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let mounts = match read_mounts(&state, request).await {
        Ok(mounts) => mounts.unwrap_or_default(),
        Err(failure) => return failure.into_response(),
    };
    let data = json!({ "secret": mounts, "auth": {} });
    json_response(StatusCode::OK, &Value::Object(envelope(Some(data), "system")))
}

/// The mount that a path lies in, if the token may read of it.
pub(crate) async fn mount(Shared(state): Shared<Arc<State>>, Path(path): Path<String>, request: Request) -> Response {
    let path = path.trim_end_matches('/').to_owned();
    let inside = format!("{path}/");
    let is_around = |(mount, _): &(String, Value)| inside.starts_with(mount.as_str());
    let mounts = read_mounts(&state, request).await;
    match mounts.map(|mounts| mounts.map(|mounts| mounts.into_iter().find(is_around))) {
        Ok(Ok(Some((at, Value::Object(mut mount))))) => {
            mount.insert("path".into(), at.into());
            json_response(StatusCode::OK, &Value::Object(envelope(Some(Value::Object(mount)), "system")))
        }
        // Whoever has no token that lives is not told what it may not do.
        Ok(Err(failure)) if failure.kind.is_none() => failure.into_response(),
        Ok(_) => {
            let sentence = format!(
                "preflight capability check returned 403, please ensure client's policies grant access to path \
                 \"{path}/\""
            );
            Failure::new(StatusCode::FORBIDDEN, sentence).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// All mounts as the request's token may read them, or why it may not.
///
/// # Errors
/// The answer to another method, and when the keep cannot be read, which is not that there is nothing.
async fn read_mounts(state: &Arc<State>, request: Request) -> Result<Result<Map<String, Value>, Failure>, Failure> {
    if request.method() != Method::GET {
        return Err(Failure::unsupported_operation());
    }
    let (worker, token) = (Arc::clone(state), token(request.headers()));
    let read = move || worker.read(token.as_ref(), "sys/mounts");
    match state.workers(Some(Operation::Read)).run(read).await? {
        Ok(Answer::Response(response)) => Ok(Ok(response.data)),
        Ok(_) => Ok(Ok(Map::new())),
        Err(failure) if failure.is_of_server() => Err(failure),
        Err(failure) => Ok(Err(failure)),
    }
}
