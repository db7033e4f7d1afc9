//! Vault-style paths over a [`Keep`]: what can be read, written, listed and deleted, in Vault's own words.
//!
//! One table of routes says what there is: it routes, types the fields, names the sensitive ones, and is the help. Every
//! operation is allowed or refused first, then looked for, then judged, so that a refusal tells nothing of what exists.

mod answer;
mod auth;
mod call;
mod help;
mod reference;
mod route;
mod sys;
mod tables;
mod target;
mod totp;

pub use answer::{Answer, Auth, Refusal, Response};
#[doc(hidden)]
pub use reference::reference;
use serde_json::{Map, Value};
#[doc(hidden)]
pub use tables::{FieldTable, PlaceTable, RouteTable, tables};

use self::call::{Call, Fields, parameters};
use self::target::Target;
use crate::access::{Capability, Reserved, Wanted, holds_secret};
use crate::error::Kind;
use crate::keep::{Keep, Moment, Permit};
use crate::limits;

/// What is sent to a path: fields by name.
pub type Data = Map<String, Value>;

/// An operation on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Listing what is below.
    List,
    /// Deleting.
    Delete,
    /// Asking what the path is for.
    Help,
}

impl Operation {
    /// The word for it: `read`, `write`, `list`, `delete` or `help`.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::List => "list",
            Operation::Delete => "delete",
            Operation::Help => "help",
        }
    }

    /// What a policy must give for it; nothing for help, which every living token may have.
    const fn capability(self) -> Option<Capability> {
        match self {
            Operation::Read => Some(Capability::Read),
            // Whether a thing exists does not matter: writing is never `create`.
            Operation::Write => Some(Capability::Update),
            Operation::List => Some(Capability::List),
            Operation::Delete => Some(Capability::Delete),
            Operation::Help => None,
        }
    }
}

impl Keep {
    /// Performs an operation on a path, such as `totp/keys/alice`. Fields may be typed weakly, as on a command line:
    /// `"8"` for 8, `"1m"` for 60 seconds. What there is stands in `docs/paths.md`, and in the help of each path.
    ///
    /// # Errors
    /// A [`Refusal`]: its kind, and Vault's sentence. `permission-denied` and `bad-token` come before all others.
    pub fn request(&self, operation: Operation, path: &str, data: &Data) -> Result<Answer, Refusal> {
        self.request_routed(operation, path, data).0
    }

    /// The same, and the route that the path goes to, such as `totp/code/:name`, if it came to that: what may be logged
    /// and counted of a path, whatever was put in it.
    #[doc(hidden)]
    pub fn request_routed(
        &self,
        operation: Operation,
        path: &str,
        data: &Data,
    ) -> (Result<Answer, Refusal>, Option<String>) {
        let mut route = None;
        (self.request_noting(operation, path, data, &mut route), route)
    }

    fn request_noting(
        &self,
        operation: Operation,
        path: &str,
        data: &Data,
        route: &mut Option<String>,
    ) -> Result<Answer, Refusal> {
        if path.len() > limits::PATH_BYTES
            || data.iter().map(|(name, json)| name.len() + size(json)).sum::<usize>() > limits::DATA_BYTES
        {
            return Err(Refusal::invalid("the path is longer than 4 KiB, or the data than 1 MiB"));
        }
        let find = |moment: &Moment<'_>| {
            let target = Target::find(moment, path)?;
            *route = target.route_name();
            Ok(target)
        };
        let wanted = |target: &Target<'_>| match operation.capability() {
            None => Wanted::Help(target.asked.clone()),
            Some(capability) => {
                let route = target.route.map(|(route, _)| route);
                let needs_sudo = route.is_some_and(|route| route.sudo);
                let reserved = if needs_sudo { Reserved::Sudo } else { Reserved::No };
                Wanted::with(capability, target.asked.as_str(), parameters(route, data)).reserved(reserved)
            }
        };
        self.perform_found(find, wanted, told, |target, permit| {
            check_path(operation, target)?;
            match operation {
                Operation::Help => help::answer(target),
                _ => self.carry_out(operation, target, data, permit),
            }
        })
    }

    /// Does what is allowed.
    fn carry_out(
        &self,
        operation: Operation,
        target: &Target<'_>,
        data: &Data,
        permit: &Permit,
    ) -> Result<Answer, Refusal> {
        let family = target.family.ok_or_else(|| no_handler(target))?;
        let (route, captured) = target.route.ok_or_else(Refusal::unsupported_path)?;
        let handler = route.handler(operation).ok_or_else(Refusal::unsupported_operation)?;
        let captured = captured.map(|(field, text)| (field.name, text));
        let fields = Fields::coerce(route, captured, data)?;
        // Only a mount's own routes act on the mount.
        let keep = if family.in_mount { self.with_mount(&target.place)? } else { self.clone() };
        let answer = handler(&Call { keep, permit, fields })?;
        Ok(finish(answer, operation, family.mount_type, warnings(target, data)))
    }
}

/// About how many bytes of memory a value takes.
fn size(json: &Value) -> usize {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 8 + size(item)).sum(),
        Value::Object(entries) => entries.iter().map(|(name, value)| name.len() + size(value)).sum(),
    }
}

/// What the audit log says of an answer.
fn told(answer: &Answer) -> &'static str {
    match answer {
        Answer::Nothing => "nothing",
        Answer::Done => "done",
        Answer::Response(response) => match response.data.get("valid").and_then(Value::as_bool) {
            None => "done",
            Some(true) => "accepted",
            Some(false) => "refused",
        },
    }
}

impl Keep {
    /// What a path is for, which fields it takes and what they mean, as text.
    ///
    /// # Errors
    /// `unsupported-path`, `bad-token`, `forked`, `io`.
    pub fn help(&self, path: &str) -> Result<String, Refusal> {
        let answer = self.request(Operation::Help, path, &Data::new())?;
        let text = match &answer {
            Answer::Response(response) => response.data.get("help").and_then(Value::as_str),
            _ => None,
        };
        text.map(str::to_owned).ok_or_else(|| Refusal::new(Kind::Internal, "help has no text"))
    }
}

/// Refuses paths that mean nothing, whatever exists.
fn check_path(operation: Operation, target: &Target<'_>) -> Result<(), Refusal> {
    let refuse = |sentence| Err(Refusal::invalid(sentence));
    if target.path.split('/').any(|segment| segment == "..") {
        return refuse("relative paths not supported");
    }
    if operation == Operation::Write && target.path.ends_with('/') {
        return refuse("cannot write to a path ending in '/'");
    }
    Ok(())
}

fn no_handler(target: &Target<'_>) -> Refusal {
    Refusal::new(Kind::UnsupportedPath, no_handler_sentence(target.path))
}

/// Says that nothing answers at a path.
pub fn no_handler_sentence(path: &str) -> String {
    let shown = if holds_secret(path) { "(not shown)" } else { path };
    format!("no handler for route \"{shown}\". route entry not found.")
}

/// What is odd about the fields that were sent, whatever they hold.
fn warnings(target: &Target<'_>, data: &Data) -> Vec<String> {
    let Some((route, captured)) = target.route else { return Vec::new() };
    let captured = captured.map(|(field, _)| field.name);
    let unknown: Vec<&str> = data.keys().map(String::as_str).filter(|name| route.field(name).is_none()).collect();
    let mut warnings = Vec::new();
    if !unknown.is_empty() {
        warnings.push(format!("Endpoint ignored these unrecognized parameters: [{}]", unknown.join(" ")));
    }
    if let Some(name) = captured.filter(|name| data.contains_key(*name)) {
        warnings.push(format!(
            "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{name}]"
        ));
    }
    warnings
}

/// Adds warnings to an answer. A write that has nothing else to tell still tells them: a mistyped field must not pass
/// in silence.
fn finish(answer: Answer, operation: Operation, mount_type: &'static str, warnings: Vec<String>) -> Answer {
    match answer {
        Answer::Response(mut response) => {
            response.warnings.extend(warnings);
            response.mount_type = mount_type;
            Answer::Response(response)
        }
        Answer::Done if operation == Operation::Write && !warnings.is_empty() => {
            Answer::Response(Response { warnings, mount_type, ..Response::default() })
        }
        other => other,
    }
}
