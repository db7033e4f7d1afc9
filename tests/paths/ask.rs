//! Short words for asking a keep by path.

use std::sync::Arc;

use otpkeep::paths::{Answer, Data, Operation, Refusal, Response};
use otpkeep::{Keep, ManualClock};
use serde_json::Value;

use crate::support::{Folder, clocked_options};

/// A new keep with the mount `totp/`, under a clock that stands at the start.
pub(crate) fn keep(folder: &Folder) -> (Keep, Arc<ManualClock>) {
    let (clock, options) = clocked_options();
    (Keep::open(folder.keep(), &options).unwrap(), clock)
}

pub(crate) fn operation(name: &str) -> Operation {
    let all = [Operation::Read, Operation::Write, Operation::List, Operation::Delete, Operation::Help];
    all.into_iter().find(|operation| operation.name() == name).unwrap()
}

/// The fields of a JSON object; none of null.
pub(crate) fn data(json: &Value) -> Data {
    match json {
        Value::Null => Data::new(),
        other => other.as_object().unwrap().clone(),
    }
}

/// Asks with fields as JSON.
pub(crate) fn ask(keep: &Keep, name: &str, path: &str, fields: &Value) -> Result<Answer, Refusal> {
    keep.request(operation(name), path, &data(fields))
}

/// Asks as a command line does: `write totp/keys/x digits=8 'url=…'`. A `=` makes a field, and all is text.
pub(crate) fn command(keep: &Keep, line: &str) -> Result<Answer, Refusal> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let fields = words[2..].iter().map(|word| {
        let (name, value) = word.split_once('=').unwrap();
        (name.to_owned(), Value::from(value.trim_matches('\'')))
    });
    keep.request(operation(words[0]), words[1], &fields.collect())
}

pub(crate) fn response(answer: Result<Answer, Refusal>) -> Response {
    match answer {
        Ok(Answer::Response(response)) => response,
        other => panic!("no response but {other:?}"),
    }
}

/// The fields of a response that has no warnings.
pub(crate) fn fields(answer: Result<Answer, Refusal>) -> Value {
    let response = response(answer);
    assert_eq!(response.warnings, Vec::<String>::new());
    Value::Object(response.data)
}

pub(crate) fn refusal(answer: Result<Answer, Refusal>) -> Refusal {
    match answer {
        Err(refusal) => refusal,
        Ok(answer) => panic!("not refused but {answer:?}"),
    }
}

pub(crate) fn assert_done(answer: Result<Answer, Refusal>) {
    assert!(matches!(answer, Ok(Answer::Done)), "not done but {answer:?}");
}

pub(crate) fn assert_nothing(answer: Result<Answer, Refusal>) {
    assert!(matches!(answer, Ok(Answer::Nothing)), "not nothing but {answer:?}");
}
