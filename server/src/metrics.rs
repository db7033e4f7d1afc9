use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use otpkeep::Kind;
use otpkeep::paths::Operation;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::failure::Failure;
use crate::request::token;
use crate::routes::Told;
use crate::state::State;

type Labels = Vec<(&'static str, String)>;

/// Counts for those who watch the server. Their labels are of small sets: no name of a key is among them.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    verdicts: Family<Labels, Counter>,
    latencies: Family<Labels, Histogram>,
    commits: Histogram,
    pub(crate) connections: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let latency = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let mut metrics = Metrics {
            registry: Registry::with_prefix("otpkeep"),
            requests: Family::default(),
            verdicts: Family::default(),
            latencies: Family::new_with_constructor(latency),
            commits: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            connections: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests that were answered", metrics.requests.clone());
        registry.register("validations", "Codes that were checked, by what became of them", metrics.verdicts.clone());
        registry.register("http_request_seconds", "From headers to answer", metrics.latencies.clone());
        registry.register("commit_attempts", "Codes that were settled in one commit", metrics.commits.clone());
        registry.register("http_connections", "Connections that are open", metrics.connections.clone());
        metrics
    }

    /// What counts the commits of a keep.
    pub(crate) fn commit_watcher(&self) -> impl Fn(usize) + Send + Sync + 'static {
        let commits = self.commits.clone();
        // A batch is far below what a float can count.
        move |attempts| commits.observe(attempts as f64)
    }

    /// Counts a request.
    pub(crate) fn count(&self, method: &'static str, told: &Told, status: StatusCode, took: Duration) {
        let labels = |more: &[(&'static str, &str)]| -> Labels {
            more.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
        };
        let route = told.route.as_str();
        let requests = [("method", method), ("route", route), ("status", status.as_str())];
        self.requests.get_or_create(&labels(&requests)).inc();
        self.latencies.get_or_create(&labels(&[("method", method), ("route", route)])).observe(took.as_secs_f64());
        if let Some(verdict) = told.verdict {
            self.verdicts.get_or_create(&labels(&[("outcome", verdict)])).inc();
        }
    }
}

/// A method as a label: those that nobody knows are one.
pub(crate) fn method(method: &Method) -> &'static str {
    let known = ["GET", "POST", "PUT", "DELETE", "LIST", "HEAD", "PATCH", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// The metrics in the text that Prometheus reads, for tokens that may read `sys/metrics`.
pub(crate) async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    if request.method() != Method::GET {
        return Failure::unsupported_operation().into_response();
    }
    let (worker, token) = (Arc::clone(&state), token(request.headers()));
    // The keep has no such path. It says so to those who may read it, and to nobody else.
    let asked = move || worker.read(token.as_ref(), "sys/metrics");
    match state.workers(Some(Operation::Read)).run(asked).await {
        Ok(Err(failure)) if failure.kind == Some(Kind::UnsupportedPath) => written(&state.metrics),
        Ok(Err(failure)) | Err(failure) => failure.into_response(),
        Ok(Ok(_)) => Failure::internal().into_response(),
    }
}

fn written(metrics: &Metrics) -> Response {
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return Failure::internal().into_response();
    }
    let mut response = Response::new(Body::from(text));
    let content_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
