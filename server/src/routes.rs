use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use otpkeep::Kind;
use otpkeep::paths::{Answer, Operation};

use crate::activity::Activity;
use crate::answer::{json_response, render};
use crate::body::Content;
use crate::failure::Failure;
use crate::request::{Asked, token};
use crate::state::State;
use crate::{internal, logging, metrics, openapi, system};

/// What is told of a response in logs and metrics, and never sent.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// The route, such as `totp/code/:name`; empty when none was looked for, or there is none.
    pub(crate) route: String,
    /// What became of a code that was checked.
    pub(crate) verdict: Option<&'static str>,
    /// The kind of the keep's error.
    pub(crate) kind: Option<Kind>,
}

/// Everything that is answered. What has no route of its own here is a path of the keep's.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/sys/health", any(system::health))
        .route("/v1/sys/seal-status", any(system::seal_status))
        .route("/v1/sys/init", any(system::init))
        .route("/v1/sys/leader", any(system::leader))
        .route("/v1/sys/metrics", any(metrics::answer))
        .route("/v1/sys/internal/ui/mounts", any(internal::mounts))
        .route("/v1/sys/internal/ui/mounts/{*path}", any(internal::mount))
        .route("/v1/sys/internal/specs/openapi", any(openapi::answer))
        .fallback(keep_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&state), tell))
        .with_state(state)
}

/// Logs and counts each request.
async fn tell(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = metrics::method(request.method());
    let own = request.extensions().get::<MatchedPath>().map(|path| path.as_str().trim_start_matches("/v1/").to_owned());
    if let Some(activity) = request.extensions().get::<Arc<Activity>>() {
        activity.count_request();
    }
    let mut response = next.run(request).await;
    let mut told = response.extensions_mut().remove::<Told>().unwrap_or_default();
    if told.route.is_empty() {
        told.route = own.unwrap_or_else(|| "(none)".to_owned());
    }
    state.metrics.count(method, &told, response.status(), began.elapsed());
    logging::request(method, &told, response.status(), began.elapsed());
    response
}

/// Answers a path of the keep's.
async fn keep_path(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asked = match Asked::of(&parts, state.limits.path_bytes) {
        Ok(asked) => asked,
        Err(failure) => return failure.into_response(),
    };
    let token = token(&parts.headers);
    if token.is_none() {
        // Whoever shows nothing need not be listened to.
        return Failure::no_authority().into_response();
    }
    let content = match asked.has_body {
        false => None,
        true => match state.bodies.read(&parts.headers, body).await {
            Ok(content) => Some(content),
            Err(failure) => return failure.into_response(),
        },
    };
    // From here on the connection is left alone until there is an answer.
    let _working = parts.extensions.get::<Arc<Activity>>().map(Activity::work);
    let Asked { operation, path, query, .. } = asked;
    let worker = Arc::clone(&state);
    let worked = state.workers(operation).run(move || {
        // Fields take many times the memory of their text: they are there only while they are worked with.
        // And only with somebody's whose token is good.
        let (result, route) = match worker.handle(token.as_ref()) {
            Ok(keep) => match content.as_ref().map_or(Ok(query), Content::fields) {
                Ok(data) => worker.perform(&keep, token.as_ref(), operation, &path, &data),
                Err(failure) => (Err(failure), worker.route_of(&path)),
            },
            // Nor is the way looked for on which nobody goes.
            Err(failure) => (Err(failure), None),
        };
        let told = told(route, operation, &result);
        (result.map(|answer| respond(operation, answer, &path)), told)
    });
    let (result, told) = match worked.await {
        Ok(worked) => worked,
        Err(failure) => return failure.into_response(),
    };
    let mut response = result.unwrap_or_else(Failure::into_response);
    response.extensions_mut().insert(told);
    response
}

fn respond(operation: Option<Operation>, answer: Answer, path: &str) -> Response {
    match (operation, answer) {
        (Some(Operation::Help), Answer::Response(mut response)) => {
            let text = response.data.remove("help").unwrap_or_default();
            json_response(axum::http::StatusCode::OK, &openapi::help(text, response.mount_type))
        }
        (_, answer) => render(answer, path),
    }
}

fn told(route: Option<String>, operation: Option<Operation>, result: &Result<Answer, Failure>) -> Told {
    let kind = result.as_ref().err().and_then(|failure| failure.kind);
    let is_validation = route.as_deref() == Some("totp/code/:name") && operation == Some(Operation::Write);
    let verdict = is_validation.then_some(()).and_then(|()| match result {
        Ok(Answer::Response(response)) => {
            Some(if response.data.get("valid")?.as_bool()? { "accepted" } else { "refused" })
        }
        Ok(_) => None,
        Err(failure) => failure.kind.filter(|kind| is_verdict(*kind)).map(Kind::name),
    });
    Told { route: route.unwrap_or_default(), verdict, kind }
}

/// Whether an error is about the code that was checked.
fn is_verdict(kind: Kind) -> bool {
    matches!(kind, Kind::ReplayedCode | Kind::Throttled | Kind::KeyDisabled | Kind::ClockBehind)
}
