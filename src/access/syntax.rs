//! The two notations of a policy, HCL and JSON, read into one tree whose parts know their lines.

use std::fmt;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::plain;
use crate::error::{Error, Kind, Result};
use crate::limits;

/// A value, where it stands.
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) data: Data,
}

/// What a value is.
pub(super) enum Data {
    /// Null, a boolean, a number or a text.
    Scalar(Json),
    List(Vec<Node>),
    /// In the order written; a name may occur more than once.
    Object(Vec<Entry>),
}

/// A named value, where its name stands; in JSON, where the value begins.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) value: Node,
}

impl Node {
    /// The text, when it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON; of equal names in an object the last counts.
    pub(super) fn into_json(self) -> Json {
        match self.data {
            Data::Scalar(value) => value,
            Data::List(items) => items.into_iter().map(Node::into_json).collect(),
            Data::Object(entries) => entries.into_iter().map(|entry| (entry.name, entry.value.into_json())).collect(),
        }
    }
}

/// An [`Kind::InvalidPolicy`] error at this line.
pub(super) fn invalid(line: usize, reason: impl fmt::Display) -> Error {
    Error::new(Kind::InvalidPolicy, format!("failed to parse policy: {reason} on line {line}"))
}

/// Reads a policy's text: JSON when its first character is `{`, else HCL.
///
/// # Errors
/// [`Kind::InvalidPolicy`] with the line, when it is too long, too deep or malformed.
pub(super) fn read(text: &str) -> Result<Vec<Entry>> {
    if text.len() > limits::POLICY_BYTES {
        return Err(invalid(1, format_args!("text of more than {} bytes", limits::POLICY_BYTES)));
    }
    let lines = Lines::of(text);
    if !text.trim_start().starts_with('{') {
        plain::check(text)?;
        let body = hcl_edit::parser::parse_body(text).map_err(|e| invalid(e.location().line(), e.message()))?;
        return hcl_body(&lines, &body, 0);
    }
    let raw = serde_json::from_str::<&RawValue>(text).map_err(|e| malformed_json(1, &e))?;
    match json(text, &lines, raw, 0)?.data {
        Data::Object(entries) => Ok(entries),
        Data::Scalar(_) | Data::List(_) => Err(invalid(1, "does not contain a root object")),
    }
}

/// Where each line of a text begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line at this byte, counted from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte) + 1
    }

    fn of_span(&self, part: &impl hcl_edit::Span) -> usize {
        part.span().map_or(1, |span| self.at(span.start))
    }
}

/// Refuses what lies deeper than a policy needs, before the stack feels it.
fn check_depth(line: usize, depth: usize) -> Result<()> {
    if depth > limits::POLICY_NESTING {
        return Err(invalid(line, format_args!("more than {} nested levels", limits::POLICY_NESTING)));
    }
    Ok(())
}

fn hcl_body(lines: &Lines, body: &Body, depth: usize) -> Result<Vec<Entry>> {
    let entries = body.iter().map(|structure| match structure {
        Structure::Attribute(attribute) => {
            let value = hcl_value(lines, &attribute.value, depth + 1)?;
            Ok(Entry { name: attribute.key.as_str().into(), line: lines.of_span(&attribute.key), value })
        }
        Structure::Block(block) => {
            let line = lines.of_span(&block.ident);
            let depth = depth + block.labels.len() + 1;
            check_depth(line, depth)?;
            let body = hcl_body(lines, &block.body, depth)?;
            // `path "x" { … }` is short for `path = { "x" = { … } }`.
            let value = block.labels.iter().rev().fold(Data::Object(body), |data, label| {
                Data::Object(vec![Entry { name: label.as_str().into(), line, value: Node { line, data } }])
            });
            Ok(Entry { name: block.ident.as_str().into(), line, value: Node { line, data: value } })
        }
    });
    entries.collect()
}

fn hcl_value(lines: &Lines, expression: &Expression, depth: usize) -> Result<Node> {
    let line = lines.of_span(expression);
    check_depth(line, depth)?;
    let data = match expression {
        Expression::Null(_) => Data::Scalar(Json::Null),
        Expression::Bool(value) => Data::Scalar((*value.value()).into()),
        Expression::Number(number) => {
            let number = number.value();
            let integer = number.as_i64().map(Json::from).or_else(|| number.as_u64().map(Json::from));
            Data::Scalar(integer.unwrap_or_else(|| number.as_f64().into()))
        }
        Expression::String(text) => Data::Scalar(text.as_str().into()),
        Expression::Array(items) => {
            Data::List(items.iter().map(|item| hcl_value(lines, item, depth + 1)).collect::<Result<_>>()?)
        }
        Expression::Object(object) => {
            let entries = object.iter().map(|(key, value)| {
                let (name, line) = match key {
                    ObjectKey::Ident(name) => (name.as_str(), lines.of_span(name)),
                    ObjectKey::Expression(Expression::String(name)) => (name.as_str(), lines.of_span(name)),
                    ObjectKey::Expression(other) => {
                        return Err(invalid(lines.of_span(other), "a name must be a word or a quoted text"));
                    }
                };
                Ok(Entry { name: name.into(), line, value: hcl_value(lines, value.expr(), depth + 1)? })
            });
            Data::Object(entries.collect::<Result<_>>()?)
        }
        _ => return Err(plain::refused(line)),
    };
    Ok(Node { line, data })
}

/// The names and values of a JSON object, all of them: a map would drop the first of two equal names, and with it
/// perhaps a `deny`.
struct RawEntries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawEntries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<RawEntries<'de>, D::Error> {
        struct Collector;

        impl<'de> Visitor<'de> for Collector {
            type Value = RawEntries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<RawEntries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(RawEntries(entries))
            }
        }

        deserializer.deserialize_map(Collector)
    }
}

/// Reads one raw value. The parser has already accepted the whole text; a raw value is a slice of it, and so tells
/// its line.
fn json(text: &str, lines: &Lines, raw: &RawValue, depth: usize) -> Result<Node> {
    let raw = raw.get();
    let line = lines.at((raw.as_ptr() as usize).saturating_sub(text.as_ptr() as usize));
    check_depth(line, depth)?;
    let data = match raw.as_bytes().first() {
        Some(b'{') => {
            let RawEntries(entries) = serde_json::from_str(raw).map_err(|e| malformed_json(line, &e))?;
            let entries = entries.into_iter().map(|(name, raw)| {
                let value = json(text, lines, raw, depth + 1)?;
                Ok(Entry { name, line: value.line, value })
            });
            Data::Object(entries.collect::<Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|e| malformed_json(line, &e))?;
            Data::List(items.into_iter().map(|raw| json(text, lines, raw, depth + 1)).collect::<Result<_>>()?)
        }
        _ => Data::Scalar(serde_json::from_str(raw).map_err(|e| malformed_json(line, &e))?),
    };
    Ok(Node { line, data })
}

/// An error in a part of the text that begins at this line. Only the place is told: the parser's sentence could show a
/// part of the text.
fn malformed_json(begins: usize, error: &serde_json::Error) -> Error {
    invalid(begins + error.line().saturating_sub(1), "malformed JSON")
}
