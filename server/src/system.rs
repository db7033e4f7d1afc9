//! What is told without a token: that there is a server, and that it works.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::answer::{empty_response, json_response};
use crate::failure::Failure;
use crate::request::{fields_of, first, is_read};
use crate::state::State;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the server can answer. Load balancers set the status they want by `activecode`.
pub(crate) async fn health(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    if !is_read(request.method()) {
        return Failure::bare(StatusCode::METHOD_NOT_ALLOWED).into_response();
    }
    let query = fields_of(request.uri().query().unwrap_or_default().as_bytes());
    let worker = Arc::clone(&state);
    let is_readable = state.workers(None).run(move || worker.is_readable()).await.unwrap_or(false);
    let asked = query.get("activecode").map_or(Some(200), |value| first(value).parse().ok());
    let code = if is_readable { asked } else { Some(500) };
    let status = code.and_then(|code| StatusCode::from_u16(code).ok()).filter(|status| status.as_u16() >= 200);
    let Some(status) = status else {
        return Failure::bare(StatusCode::BAD_REQUEST).into_response();
    };
    if request.method() == Method::HEAD {
        return empty_response(status);
    }
    let body = json!({
        "initialized": true,
        "sealed": false,
        "standby": false,
        "performance_standby": false,
        "replication_performance_mode": "disabled",
        "replication_dr_mode": "disabled",
        "server_time_utc": unix_seconds(),
        "version": VERSION,
        "enterprise": false,
        "cluster_name": "otpkeep",
        "cluster_id": "",
    });
    json_response(status, &body)
}

/// A server without the root key does not run: it is never sealed.
pub(crate) async fn seal_status(request: Request) -> Response {
    let body = json!({
        "type": "shamir",
        "initialized": true,
        "sealed": false,
        "t": 1,
        "n": 1,
        "progress": 0,
        "nonce": "",
        "version": VERSION,
        "build_date": "",
        "commit_date": "",
        "migration": false,
        "cluster_name": "otpkeep",
        "cluster_id": "",
        "recovery_seal": false,
        "storage_type": "sqlite",
    });
    told(&request, &body)
}

/// There is a keep, or there were no server.
pub(crate) async fn init(request: Request) -> Response {
    told(&request, &json!({ "initialized": true }))
}

/// Servers of one keep are all alike.
pub(crate) async fn leader(request: Request) -> Response {
    let body = json!({
        "ha_enabled": false,
        "is_self": false,
        "active_time": "0001-01-01T00:00:00Z",
        "leader_address": "",
        "leader_cluster_address": "",
        "performance_standby": false,
        "performance_standby_last_remote_wal": 0,
    });
    told(&request, &body)
}

fn told(request: &Request, body: &Value) -> Response {
    match *request.method() {
        Method::GET => json_response(StatusCode::OK, body),
        _ => Failure::bare(StatusCode::METHOD_NOT_ALLOWED).into_response(),
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
