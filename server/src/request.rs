use std::borrow::Cow;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use otpkeep::paths::{Data, Operation};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// What stands before every path.
const PREFIX: &str = "/v1/";

/// What a request asks for, by its line and headers.
pub(crate) struct Asked {
    /// What to do; `None` for what no path does.
    pub(crate) operation: Option<Operation>,
    /// The path, as `otpkeep::paths` has it.
    pub(crate) path: String,
    /// Whether the fields are in the body; else they are in the query.
    pub(crate) has_body: bool,
    /// The fields of the query.
    pub(crate) query: Data,
}

impl Asked {
    /// Reads a request's line and headers.
    ///
    /// # Errors
    /// The answer to one that no path has to be asked about.
    pub(crate) fn of(parts: &Parts, path_bytes: usize) -> Result<Asked, Failure> {
        if parts.uri.path().len() > path_bytes {
            return Err(Failure::new(StatusCode::URI_TOO_LONG, "the path is too long"));
        }
        let path = parts.uri.path().strip_prefix(PREFIX).ok_or_else(|| Failure::bare(StatusCode::NOT_FOUND))?;
        let path = percent_decode_str(path).decode_utf8().map_err(|_| Failure::bad_request("the path is not UTF-8"))?;
        if path.starts_with('/') || path.contains("//") {
            return Err(Failure::no_handler(&path));
        }
        check_headers(&parts.headers, &path)?;
        let mut query = fields_of(parts.uri.query().unwrap_or_default().as_bytes());
        let help = query.remove("help");
        let list = query.remove("list");
        let mut path = path.into_owned();
        let (operation, has_body) = match parts.method.as_str() {
            "GET" if help.as_ref().is_some_and(is_true) => (Some(Operation::Help), false),
            "GET" => match list.as_ref() {
                None => (Some(Operation::Read), false),
                Some(list) => (Some(if parse_list(list)? { Operation::List } else { Operation::Read }), false),
            },
            "LIST" => (Some(Operation::List), false),
            "DELETE" => (Some(Operation::Delete), false),
            "POST" | "PUT" => (Some(Operation::Write), true),
            "PATCH" => {
                check_patch(&parts.headers)?;
                (None, true)
            }
            _ => return Err(Failure::bare(StatusCode::METHOD_NOT_ALLOWED)),
        };
        if operation == Some(Operation::List) && !path.ends_with('/') {
            path.push('/');
        }
        Ok(Asked { operation, path, has_body, query })
    }
}

/// The token of a request, when it has one.
pub(crate) fn token(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim()).filter(|text| !text.is_empty());
    let bearer = || {
        let (scheme, token) = text("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    };
    text("x-vault-token").or_else(bearer).map(|token| Zeroizing::new(token.to_owned()))
}

/// Fields of a query or a form: texts, and lists of them for those that are repeated.
pub(crate) fn fields_of(encoded: &[u8]) -> Data {
    let mut fields = Data::new();
    for (name, text) in form_urlencoded::parse(encoded) {
        let text = Value::String(text.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => drop(fields.insert(name.into_owned(), text)),
            Some(Value::Array(texts)) => texts.push(text),
            Some(first) => *first = Value::Array(vec![first.take(), text]),
        }
    }
    fields
}

/// Headers that ask for what there is not. An answer that its client wants wrapped must not be given unwrapped.
fn check_headers(headers: &HeaderMap, path: &str) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).map_or(Cow::Borrowed(""), |v| String::from_utf8_lossy(v.as_bytes()));
    if !matches!(text("x-vault-namespace").trim().trim_matches('/'), "" | "root") {
        return Err(Failure::no_handler(path));
    }
    if !matches!(text("x-vault-wrap-ttl").trim(), "" | "0" | "0s") {
        return Err(Failure::bad_request("response wrapping is not supported"));
    }
    Ok(())
}

fn check_patch(headers: &HeaderMap) -> Result<(), Failure> {
    match media_type(headers).as_str() {
        "application/merge-patch+json" => Ok(()),
        _ => Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "PATCH requires Content-Type of application/merge-patch+json",
        )),
    }
}

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn parse_list(value: &Value) -> Result<bool, Failure> {
    match first(value) {
        "" => Ok(false),
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Failure::bare(StatusCode::BAD_REQUEST)),
    }
}

/// Help is asked for by any value that is not empty or clearly false.
fn is_true(value: &Value) -> bool {
    !matches!(first(value), "0" | "f" | "F" | "false" | "False" | "FALSE")
}

/// The first of the texts that a field of a query has.
pub(crate) fn first(value: &Value) -> &str {
    match value {
        Value::Array(texts) => texts.first().map_or("", first),
        other => other.as_str().unwrap_or_default(),
    }
}

/// Whether the method only reads.
pub(crate) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
