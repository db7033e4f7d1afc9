//! What the server tells its operator. Never a secret, a code, a token, a query, nor a path as it was sent: only the route
//! it went to.

use std::io;
use std::time::Duration;

use axum::http::StatusCode;

use crate::routes::Told;

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Writes logs to standard error from now on. Only the first call of a process has an effect.
pub fn start(format: Format) {
    let subscriber = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_target(false);
    // One that is there already, of the host's, stays.
    let _ = match format {
        Format::Text => tracing::subscriber::set_global_default(subscriber.finish()),
        Format::Json => tracing::subscriber::set_global_default(subscriber.json().flatten_event(true).finish()),
    };
}

/// Logs a request that was answered.
pub(crate) fn request(method: &'static str, told: &Told, status: StatusCode, took: Duration) {
    let milliseconds = took.as_secs_f64() * 1000.0;
    let (route, status) = (told.route.as_str(), status.as_u16());
    match told.kind {
        Some(kind) if status >= 500 => {
            tracing::error!(method, route, status, kind = kind.name(), milliseconds, "request");
        }
        Some(kind) => tracing::info!(method, route, status, kind = kind.name(), milliseconds, "request"),
        None => tracing::info!(method, route, status, milliseconds, "request"),
    }
}
