//! The types of a path's fields, and the weak typing that turns what a caller sent into a value of the field's type.
//!
//! Command lines and forms send everything as text, programs send numbers; both must mean the same, to the engine and
//! to a policy alike.

use std::collections::BTreeMap;

use crate::secret::SecretText;

use serde_json::Value as Json;

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// True or false.
    Boolean,
    /// A duration of whole seconds, not negative.
    Seconds,
    /// Texts in their order.
    TextList,
    /// Texts by name.
    Map,
}

/// A value of a field's type. It may hold a secret: texts are zeroed when dropped, and there is no `Debug`.
pub enum Value {
    /// Nothing was given: the field's default holds.
    Absent,
    /// A value of a [`FieldType::Text`] field.
    Text(SecretText),
    /// A value of a [`FieldType::Integer`] field.
    Integer(i64),
    /// A value of a [`FieldType::Boolean`] field.
    Boolean(bool),
    /// A value of a [`FieldType::Seconds`] field, 0 or more.
    Seconds(i64),
    /// A value of a [`FieldType::TextList`] field.
    TextList(Vec<SecretText>),
    /// A value of a [`FieldType::Map`] field.
    Map(BTreeMap<String, SecretText>),
}

impl Value {
    /// Whether it holds nothing. A number and a switch always hold something.
    fn is_empty(&self) -> bool {
        match self {
            Value::Absent => true,
            Value::Text(text) => text.expose().is_empty(),
            Value::TextList(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            Value::Integer(_) | Value::Seconds(_) | Value::Boolean(_) => false,
        }
    }
}

impl FieldType {
    /// The value that the JSON means for a field of this type, in Vault's weak typing.
    ///
    /// A boolean may come as `"true"`, `"t"`, `"1"` and their opposites, or as a number; an integer as text in base 10
    /// or with the prefix `0x`, `0o`, `0b` or `0`, or as a boolean; text as a number or a boolean (`"1"`, `"0"`);
    /// seconds as `30`, `"30"`, `"30s"`, `"1m"`, `"1h"`, `"1d"` or `"1m30s"`; a list as text with commas. Empty text
    /// and null are the type's zero, except that null seconds are [`Value::Absent`].
    ///
    /// # Errors
    /// The detail, in words. It may show a number, but never a text, which may be a secret.
    pub fn coerce(self, json: &Json) -> Result<Value, String> {
        match self {
            FieldType::Text => text(json).map(Value::Text),
            FieldType::Integer => integer(json).map(Value::Integer),
            FieldType::Boolean => boolean(json).map(Value::Boolean),
            FieldType::Seconds if json.is_null() => Ok(Value::Absent),
            FieldType::Seconds => seconds(json).map(Value::Seconds),
            FieldType::TextList => text_list(json).map(Value::TextList),
            FieldType::Map => map(json).map(Value::Map),
        }
    }
}

fn text(json: &Json) -> Result<SecretText, String> {
    match json {
        Json::Null => Ok(SecretText::copy_of("")),
        Json::Bool(value) => Ok(SecretText::copy_of(if *value { "1" } else { "0" })),
        Json::Number(number) => Ok(number.to_string().into()),
        Json::String(text) => Ok(SecretText::copy_of(text)),
        Json::Array(_) | Json::Object(_) => Err("expected text".into()),
    }
}

fn integer(json: &Json) -> Result<i64, String> {
    let value = match json {
        Json::Null => Some(0),
        Json::Bool(value) => Some(i64::from(*value)),
        Json::Number(number) => number.as_i64(),
        Json::String(text) => parse_integer(text),
        Json::Array(_) | Json::Object(_) => None,
    };
    value.ok_or_else(|| "expected a whole number of 64 bits".into())
}

/// Reads a whole number whose base is told by its prefix, as in C or Go: `8`, `0x8`, `0o10`, `010`, `0b1000`.
fn parse_integer(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (sign, magnitude) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let prefix = magnitude.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (digits, base) = match prefix.as_str() {
        "0x" => (magnitude.get(2..)?, 16),
        "0o" => (magnitude.get(2..)?, 8),
        "0b" => (magnitude.get(2..)?, 2),
        _ if magnitude.len() > 1 && magnitude.starts_with('0') => (magnitude.get(1..)?, 8),
        _ => (magnitude, 10),
    };
    // The standard parser takes a sign of its own; a second one is no number.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    i64::try_from(sign * i128::from_str_radix(digits, base).ok()?).ok()
}

fn boolean(json: &Json) -> Result<bool, String> {
    let value = match json {
        Json::Null => Some(false),
        Json::Bool(value) => Some(*value),
        Json::Number(number) => number.as_f64().map(|number| number != 0.0),
        Json::String(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
            "" | "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
            _ => None,
        },
        Json::Array(_) | Json::Object(_) => None,
    };
    value.ok_or_else(|| "expected true or false".into())
}

fn seconds(json: &Json) -> Result<i64, String> {
    let value = match json {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => parse_seconds(text),
        _ => None,
    };
    match value {
        Some(value) if value < 0 => Err(format!("cannot provide negative value '{value}'")),
        Some(value) => Ok(value),
        None => Err("expected whole seconds, or a duration such as 30s, 1m or 1m30s".into()),
    }
}

/// Reads whole seconds, or amounts with the units `d`, `h`, `m` and `s` one after the other.
fn parse_seconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.as_bytes().first() {
        None => return Some(0),
        Some(b'-') => (-1, text.get(1..)?),
        Some(b'+') => (1, text.get(1..)?),
        Some(_) => (1, text),
    };
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if digits(rest) == rest.len() {
        return rest.parse::<i64>().ok()?.checked_mul(sign);
    }
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (amount, from_unit) = rest.split_at_checked(digits(rest))?;
        let unit = match from_unit.as_bytes().first()? {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        total = amount.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(total)?;
        rest = from_unit.get(1..)?;
    }
    total.checked_mul(sign)
}

fn text_list(json: &Json) -> Result<Vec<SecretText>, String> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::String(list) if list.is_empty() => Ok(Vec::new()),
        Json::String(list) => Ok(list.split(',').map(|item| SecretText::copy_of(item.trim())).collect()),
        Json::Array(items) => items.iter().map(text).collect(),
        Json::Bool(_) | Json::Number(_) => Ok(vec![text(json)?]),
        Json::Object(_) => Err("expected a list of texts".into()),
    }
}

fn map(json: &Json) -> Result<BTreeMap<String, SecretText>, String> {
    match json {
        Json::Null => Ok(BTreeMap::new()),
        Json::Object(entries) => entries.iter().map(|(name, value)| Ok((name.clone(), text(value)?))).collect(),
        _ => Err("expected an object of texts".into()),
    }
}

/// The parameters of a request, by lower-cased name and after coercion.
#[derive(Default)]
pub struct Parameters(Vec<Parameter>);

struct Parameter {
    name: String,
    field: FieldType,
    value: Value,
    shown: Shown,
}

/// What the audit log may show of a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Its name and its value.
    All,
    /// Its name: the value may be a secret.
    Name,
    /// Neither: nobody knows such a name.
    Nothing,
}

impl Parameters {
    /// No parameters.
    pub fn new() -> Parameters {
        Parameters::default()
    }

    /// Adds a parameter whose value may be a secret. Names that differ only in case are kept side by side, so that a
    /// policy judges each of them.
    pub fn insert(&mut self, name: &str, field: FieldType, value: Value) {
        self.push(name, field, value, Shown::Name);
    }

    /// Adds a parameter that the audit log may show.
    pub fn insert_plain(&mut self, name: &str, field: FieldType, value: Value) {
        self.push(name, field, value, Shown::All);
    }

    /// Adds a parameter under a name that nobody knows: it may be a secret itself.
    pub fn insert_unknown(&mut self, name: &str, field: FieldType, value: Value) {
        self.push(name, field, value, Shown::Nothing);
    }

    fn push(&mut self, name: &str, field: FieldType, value: Value, shown: Shown) {
        self.0.push(Parameter { name: name.to_lowercase(), field, value, shown });
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of this lower-cased name says something. What is empty is judged as what it means, but it is not what
    /// a rule requires.
    pub(super) fn says(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.name == name && !known.value.is_empty())
    }

    /// Each lower-cased name with its type and value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, FieldType, &Value)> {
        self.0.iter().map(|parameter| (parameter.name.as_str(), parameter.field, &parameter.value))
    }

    /// Each lower-cased name with its value and what may be shown of them.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&str, &Value, Shown)> {
        self.0.iter().map(|parameter| (parameter.name.as_str(), &parameter.value, parameter.shown))
    }
}
