use otpkeep::paths::{Answer, Data, Operation, Refusal};
use otpkeep::{Keep, Kind};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::body::Bodies;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::options::{DevToken, Limits};
use crate::workers::Workers;

/// What all requests share.
pub(crate) struct State {
    /// Opens the handles of tokens. It answers no request itself.
    keep: Keep,
    dev_token: Option<DevToken>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    workers: Workers,
    /// Few, so that they need not be woken for each request while there are many.
    readers: Workers,
    pub(crate) bodies: Bodies,
}

impl State {
    pub(crate) fn new(keep: Keep, dev_token: Option<DevToken>, limits: Limits) -> State {
        let workers = Workers::new(limits.workers, limits.wait_time);
        let readers = Workers::new(limits.readers(), limits.wait_time);
        let bodies = Bodies::new(limits.body_bytes, limits.body_time, limits.bodies_bytes);
        let metrics = Metrics::new();
        keep.watch_commits(metrics.commit_watcher());
        State { keep, dev_token, limits, metrics, workers, readers, bodies }
    }

    /// Those who do an operation. What writes waits for the disk, and is many so that it waits together.
    pub(crate) fn workers(&self, operation: Option<Operation>) -> &Workers {
        if operation.is_some_and(is_write) { &self.workers } else { &self.readers }
    }

    /// A handle that may do what a request's token may.
    ///
    /// # Errors
    /// The same for no token, an unknown, an expired and a revoked one.
    pub(crate) fn handle(&self, token: Option<&Zeroizing<String>>) -> Result<Keep, Failure> {
        let token = token.ok_or_else(Failure::no_authority)?.as_str();
        let token = self.dev_token.as_ref().map_or(token, |dev| dev.resolve(token));
        self.keep.with_token(token).map_err(|error| match error.kind() {
            Kind::BadToken | Kind::InvalidArgument => Failure::no_authority(),
            _ => Refusal::from(error).into(),
        })
    }

    /// Whether the keep can be read: its mounts are, which is no operation of anybody's and stands in no audit log.
    pub(crate) fn is_readable(&self) -> bool {
        self.keep.route_of("totp/").is_ok()
    }

    /// The route that a path goes to, as it may be logged and counted.
    pub(crate) fn route_of(&self, path: &str) -> Option<String> {
        self.keep.route_of(path).ok().flatten()
    }

    /// Reads a path with the authority of a token.
    pub(crate) fn read(&self, token: Option<&Zeroizing<String>>, path: &str) -> Result<Answer, Failure> {
        self.perform(&self.handle(token)?, token, Some(Operation::Read), path, &Data::new()).0
    }

    /// Performs an operation on a path with the handle of a token. It also tells the route, if it came to that.
    pub(crate) fn perform(
        &self,
        keep: &Keep,
        token: Option<&Zeroizing<String>>,
        operation: Option<Operation>,
        path: &str,
        data: &Data,
    ) -> (Result<Answer, Failure>, Option<String>) {
        let Some(operation) = operation else {
            return (Err(Failure::unsupported_operation()), self.route_of(path));
        };
        let (mut result, route) = keep.request_routed(operation, path, data);
        if let (Ok(Answer::Response(response)), Some(token)) = (&mut result, token) {
            // The keep has only a hash of it; its owner has just told it.
            match path.trim_end_matches('/') {
                "auth/token/lookup-self" | "auth/token/lookup" => name_owner(&mut response.data, "id", token),
                "auth/token/renew-self" => {
                    response.auth.iter_mut().for_each(|auth| name_owner(&mut auth.fields, "client_token", token));
                }
                _ => {}
            }
        }
        (result.map_err(Failure::from), route)
    }
}

/// Puts the request's own token where an answer about it has left it out.
fn name_owner(fields: &mut Data, field: &str, token: &str) {
    if fields.get(field).and_then(Value::as_str) == Some("") {
        fields.insert(field.to_owned(), token.into());
    }
}

fn is_write(operation: Operation) -> bool {
    matches!(operation, Operation::Write | Operation::Delete)
}
