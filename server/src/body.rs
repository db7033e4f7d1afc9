use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use otpkeep::paths::Data;
use serde_json::Value;
use serde_json::error::Category;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::request::{fields_of, media_type};

/// Reads the fields of a body: a JSON object, or a form.
///
/// # Errors
/// The answer to a body that is too large, too slow, or not such a thing. It never repeats any of it.
pub(crate) async fn read(headers: &HeaderMap, body: Body, bytes: usize, time: Duration) -> Result<Data, Failure> {
    let declared = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > bytes as u64) {
        return Err(too_large());
    }
    let collected = tokio::time::timeout(time, Limited::new(body, bytes).collect()).await;
    let collected = collected.map_err(|_| Failure::new(StatusCode::REQUEST_TIMEOUT, "the body took too long"))?;
    let content = collected.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => too_large(),
        None => Failure::bad_request("error reading the body"),
    })?;
    let content = Zeroizing::new(content.to_bytes().to_vec());
    parse(headers, &content)
}

fn parse(headers: &HeaderMap, content: &[u8]) -> Result<Data, Failure> {
    let begin = content.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_form = media_type(headers) == "application/x-www-form-urlencoded" && !matches!(begin, Some(b'{' | b'['));
    match begin {
        None => Ok(Data::new()),
        Some(_) if is_form => form(content),
        Some(_) => json(content),
    }
}

fn form(content: &[u8]) -> Result<Data, Failure> {
    let is_form = std::str::from_utf8(content).is_ok() && !content.contains(&b';') && has_whole_escapes(content);
    if !is_form {
        return Err(Failure::bad_request("error parsing form data"));
    }
    let mut fields = fields_of(content);
    for value in fields.values_mut() {
        // What is given twice is a list, as texts have them.
        if let Value::Array(texts) = value {
            *value = texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",").into();
        }
    }
    Ok(fields)
}

/// Whether each `%` stands before two digits of a number to the base of 16.
fn has_whole_escapes(content: &[u8]) -> bool {
    let mut after = content.split(|byte| *byte == b'%').skip(1);
    after.all(|rest| rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

/// What is wrong is told by its place alone: the parser's own words may repeat what stands there.
fn json(content: &[u8]) -> Result<Data, Failure> {
    let refuse = |what: &str| Failure::bad_request(format!("failed to decode JSON input: {what}"));
    match serde_json::from_slice(content) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Ok(Data::new()),
        Ok(_) => Err(refuse("an object is expected")),
        Err(error) if error.classify() == Category::Eof => Err(refuse("unexpected end")),
        Err(error) => Err(refuse(&format!("malformed at line {} column {}", error.line(), error.column()))),
    }
}

fn too_large() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "http: request body too large")
}
