use std::collections::BTreeMap;

use super::route::{Route, Source};
use super::{Data, Refusal};
use crate::access::{FieldType, Parameters, Value};
use crate::error::Kind;
use crate::keep::{Keep, Permit};
use crate::secret::SecretText;

/// An operation that is allowed, with its fields typed.
pub(super) struct Call<'a> {
    /// The handle, on the mount that the path lies in.
    pub(super) keep: Keep,
    pub(super) permit: &'a Permit,
    pub(super) fields: Fields,
}

/// The fields of a request after coercion. Those that are not given, and unknown ones, are not in it.
pub(super) struct Fields {
    values: BTreeMap<&'static str, Value>,
    /// Fields given as null, which some clients send for whatever they leave out.
    nulls: Vec<&'static str>,
}

impl Fields {
    /// Types what the path and the data give.
    ///
    /// # Errors
    /// The sentence for the first field, in the order of their names, that is not of its type. It shows no text.
    pub(super) fn coerce(
        route: &Route,
        captured: Option<(&'static str, &str)>,
        data: &Data,
    ) -> Result<Fields, Refusal> {
        let mut fields = Fields { values: BTreeMap::new(), nulls: Vec::new() };
        for (name, json) in data {
            let Some(field) = route.field(name).filter(|field| field.source == Source::Data) else { continue };
            let value = field.coerce(json).map_err(|detail| {
                let sentence =
                    format!("Field validation failed: error converting input for field \"{name}\": {detail}");
                Refusal::new(Kind::InvalidArgument, sentence)
            })?;
            fields.values.insert(field.name, value);
            if json.is_null() {
                fields.nulls.push(field.name);
            }
        }
        if let Some((name, text)) = captured {
            fields.values.insert(name, Value::Text(SecretText::copy_of(text)));
        }
        Ok(fields)
    }

    /// Whether the field is given, and not as null.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.values.contains_key(name) && !self.nulls.contains(&name)
    }

    /// A text, empty when it is not given.
    pub(super) fn text(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(Value::Text(text)) => text.expose(),
            _ => "",
        }
    }

    /// A text, when it is given; null is the empty one.
    pub(super) fn given_text(&self, name: &str) -> Option<&str> {
        self.values.contains_key(name).then(|| self.text(name))
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        match self.values.get(name) {
            Some(Value::Boolean(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Value::Seconds(seconds)) => Some(*seconds),
            _ => None,
        }
    }

    /// A list, empty when it is not given.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        match self.values.get(name) {
            Some(Value::TextList(items)) => items.iter().map(SecretText::expose).collect(),
            _ => Vec::new(),
        }
    }

    /// A map's entries in the order of their names; none when it is not given.
    pub(super) fn map(&self, name: &str) -> Vec<(&str, &str)> {
        match self.values.get(name) {
            Some(Value::Map(entries)) => entries.iter().map(|(name, text)| (name.as_str(), text.expose())).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a policy judges of the data: each field as a value of its type. What is not of its type, and what no route
/// knows, goes in as it came, so that a list of allowed parameters does not pass over it.
pub(super) fn parameters(route: Option<&Route>, data: &Data) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, json) in data {
        let field = route.and_then(|route| route.field(name));
        let field_type = field.map_or(FieldType::Text, |field| field.field_type);
        match field.map_or_else(|| field_type.coerce(json), |field| field.coerce(json)) {
            Ok(value) => match field {
                None => parameters.insert_unknown(name, field_type, value),
                Some(field) if field.sensitive => parameters.insert(name, field_type, value),
                Some(_) => parameters.insert_plain(name, field_type, value),
            },
            Err(_) => {
                let value =
                    Value::Text(SecretText::from(json.as_str().map_or_else(|| json.to_string(), str::to_owned)));
                match field {
                    None => parameters.insert_unknown(name, FieldType::Text, value),
                    Some(_) => parameters.insert(name, FieldType::Text, value),
                }
            }
        }
    }
    parameters
}
