use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use otpkeep::paths::Answer;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::failure::Failure;

/// A response with a JSON document, as Vault writes it: without a charset, never stored, and ended by a newline.
pub(crate) fn json_response(status: StatusCode, document: &Value) -> Response {
    let mut response = Response::new(Body::from(format!("{document}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A response without a document. Vault says of those too that they are JSON.
pub(crate) fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A path's answer in Vault's envelope.
pub(crate) fn render(answer: Answer, path: &str) -> Response {
    let Answer::Response(response) = answer else {
        return match answer {
            Answer::Done => empty_response(StatusCode::NO_CONTENT),
            _ => Failure::bare(StatusCode::NOT_FOUND).into_response(),
        };
    };
    let warnings = Some(response.warnings).filter(|warnings| !warnings.is_empty());
    let data = Some(response.data).filter(|data| !data.is_empty() || (is_repeated_above(path) && warnings.is_none()));
    let auth = response.auth.map(|auth| auth.fields);
    let mut envelope = envelope(data.map(Value::Object), response.mount_type);
    envelope.insert("warnings".into(), json!(warnings));
    envelope.insert("auth".into(), json!(auth));
    if is_repeated_above(path) {
        repeat_data(&mut envelope);
    }
    json_response(StatusCode::OK, &Value::Object(envelope))
}

/// Vault's envelope around some data.
pub(crate) fn envelope(data: Option<Value>, mount_type: &str) -> Map<String, Value> {
    let fields = [
        ("request_id", json!(Uuid::new_v4().to_string())),
        ("lease_id", json!("")),
        ("renewable", json!(false)),
        ("lease_duration", json!(0)),
        ("data", json!(data)),
        ("wrap_info", Value::Null),
        ("warnings", Value::Null),
        ("auth", Value::Null),
        ("mount_type", json!(mount_type)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Whether the fields of the data also stand beside it, where older clients look for them.
fn is_repeated_above(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("sys/") else { return false };
    let first = rest.split('/').next().unwrap_or_default();
    matches!(first, "mounts" | "policy" | "capabilities" | "capabilities-self" | "audit")
}

/// Repeats the fields of the data beside it. Those of the envelope stay what they are.
fn repeat_data(envelope: &mut Map<String, Value>) {
    let Some(Value::Object(data)) = envelope.get("data").cloned() else { return };
    for (name, value) in data {
        envelope.entry(name).or_insert(value);
    }
}
