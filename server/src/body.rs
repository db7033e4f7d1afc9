use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use otpkeep::paths::Data;
use serde_json::Value;
use serde_json::error::Category;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::request::{fields_of, media_type};

/// Bytes that every body may have, whatever others have. Those of codes, keys and tokens are smaller.
const OWN_BYTES: usize = 16 << 10;

/// What bodies may take.
pub(crate) struct Bodies {
    bytes: usize,
    time: Duration,
    /// Bytes that are left for what bodies have beyond [`OWN_BYTES`].
    shared: Arc<Semaphore>,
}

/// A body that has come, and its part of what is shared.
pub(crate) struct Content {
    bytes: Zeroizing<Vec<u8>>,
    is_form: bool,
    share: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    /// Bodies of at most so many bytes, which may take so long; what they have beyond a small part is no more than
    /// `shared` bytes together.
    pub(crate) fn new(bytes: usize, time: Duration, shared: usize) -> Bodies {
        let shared = Arc::new(Semaphore::new(shared.min(Semaphore::MAX_PERMITS)));
        Bodies { bytes, time, shared }
    }

    /// Waits for a body.
    ///
    /// # Errors
    /// The answer to one that is too large or too slow, or that finds no room beside others.
    pub(crate) async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Content, Failure> {
        let declared = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|length| length > self.bytes as u64) {
            return Err(too_large());
        }
        let is_form = media_type(headers) == "application/x-www-form-urlencoded";
        let mut content = Content { bytes: Zeroizing::new(Vec::new()), is_form, share: None };
        match tokio::time::timeout(self.time, self.fill(&mut content, body)).await {
            Ok(filled) => filled.map(|()| content),
            Err(_) => Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
        }
    }

    async fn fill(&self, content: &mut Content, mut body: Body) -> Result<(), Failure> {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::bad_request("error reading the body"))?;
            let Ok(part) = frame.into_data() else { continue };
            let length = content.bytes.len() + part.len();
            if length > self.bytes {
                return Err(too_large());
            }
            self.share(content, length.saturating_sub(OWN_BYTES))?;
            content.bytes.extend_from_slice(&part);
        }
        Ok(())
    }

    /// Takes of what is shared until the content has so much of it. Nobody waits for it while holding some.
    fn share(&self, content: &mut Content, bytes: usize) -> Result<(), Failure> {
        let missing = bytes.saturating_sub(content.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        let missing = u32::try_from(missing).map_err(|_| too_large())?;
        if missing == 0 {
            return Ok(());
        }
        let permit = Arc::clone(&self.shared).try_acquire_many_owned(missing).map_err(|_| Failure::overloaded())?;
        match &mut content.share {
            Some(share) => share.merge(permit),
            share => *share = Some(permit),
        }
        Ok(())
    }
}

impl Content {
    /// The fields: of a JSON object, or a form.
    ///
    /// # Errors
    /// The answer to what is no such thing. It never repeats any of it.
    pub(crate) fn fields(&self) -> Result<Data, Failure> {
        let begin = self.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        match begin {
            None => Ok(Data::new()),
            Some(begin) if self.is_form && !matches!(begin, b'{' | b'[') => form(&self.bytes),
            Some(_) => json(&self.bytes),
        }
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
