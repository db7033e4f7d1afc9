//! Policies: what they may say, what they decide, and that an evaluator of another make decides alike.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod language;
mod random;
mod reference;
mod rules;

use otpkeep::access::{FieldType, Parameters, Policy};
use serde_json::{Value as Json, json};

/// The rows of one part of the vectors.
fn vectors(part: &str) -> Vec<Json> {
    let all: Json = serde_json::from_str(include_str!("../vectors/policies.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A policy with these conditions and capabilities on one path.
fn rule(path: &str, content: Json) -> Policy {
    policy(&json!({"path": {path: content}}).to_string())
}

/// The type of each parameter that the tests use.
fn field_of(name: &str) -> FieldType {
    match name.to_lowercase().as_str() {
        "digits" => FieldType::Integer,
        "period" => FieldType::Seconds,
        "exported" | "generate" => FieldType::Boolean,
        "policies" => FieldType::TextList,
        "metadata" => FieldType::Map,
        _ => FieldType::Text,
    }
}

/// The parameters of a request whose data is this object.
fn parameters(data: &Json) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in data.as_object().unwrap() {
        let field = field_of(name);
        parameters.insert(name, field, field.coerce(value).unwrap());
    }
    parameters
}
