//! What the rules on one path pattern give: capabilities, and conditions on the parameters of a request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::capability::{Capabilities, Capability};
use super::field::{FieldType, Parameters, Value};

/// Parameter values by lower-cased name; no values means every value, the name `*` every parameter.
pub(super) type Values = BTreeMap<String, Vec<Json>>;

/// What one or more equal patterns give. No `Debug`: the values compared may be secrets.
#[derive(Clone, Default)]
pub(super) struct Grant {
    pub(super) capabilities: Capabilities,
    pub(super) allowed: Values,
    pub(super) denied: Values,
    pub(super) required: BTreeSet<String>,
}

impl Grant {
    /// Adds what another rule on the same pattern says.
    pub(super) fn merge(&mut self, other: &Grant) {
        self.capabilities.merge(other.capabilities);
        merge_values(&mut self.allowed, &other.allowed);
        merge_values(&mut self.denied, &other.denied);
        self.required.extend(other.required.iter().cloned());
    }

    /// Whether the operation may happen with these parameters.
    pub(super) fn allows(&self, operation: Capability, parameters: &Parameters) -> bool {
        let judges_parameters =
            matches!(operation, Capability::Create | Capability::Read | Capability::Update | Capability::Patch);
        operation != Capability::Deny
            && self.capabilities.has(operation)
            && (!judges_parameters || self.allows_parameters(parameters))
    }

    fn allows_parameters(&self, parameters: &Parameters) -> bool {
        if !self.required.iter().all(|name| parameters.says(name)) {
            return false;
        }
        if parameters.is_empty() {
            return true;
        }
        if self.denied.contains_key("*") {
            return false;
        }
        let others_allowed = self.allowed.is_empty() || self.allowed.contains_key("*");
        parameters.iter().all(|(name, field, value)| {
            let denied = self.denied.get(name).is_some_and(|values| forbids(values, field, value));
            !denied && self.allowed.get(name).map_or(others_allowed, |values| permits(values, field, value))
        })
    }
}

/// The union; a name with no values, which means every value, absorbs those of the other side.
fn merge_values(into: &mut Values, from: &Values) {
    for (name, values) in from {
        match into.get_mut(name) {
            Some(known) if known.is_empty() || values.is_empty() => known.clear(),
            Some(known) => known.extend(values.iter().cloned()),
            None => drop(into.insert(name.clone(), values.clone())),
        }
    }
}

/// How a value written in a policy relates to one of a request.
#[derive(PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    /// What the policy says is no value of the field's type.
    Incomparable,
}

/// Whether the values of `allowed_parameters` permit this one. What is no value of the field's type permits nothing;
/// a list is permitted as a whole or item by item.
fn permits(values: &[Json], field: FieldType, value: &Value) -> bool {
    values.is_empty()
        || values.iter().any(|written| compare(written, field, value) == Comparison::Equal)
        || matches!(value, Value::TextList(items) if !items.is_empty()
            && items.iter().all(|item| values.iter().any(|written| names(written, item.expose()))))
}

/// Whether the values of `denied_parameters` forbid this one. What is no value of the field's type forbids all: the
/// author meant to deny something, and letting it pass would grant more than was written. One forbidden item of a
/// list forbids the list.
fn forbids(values: &[Json], field: FieldType, value: &Value) -> bool {
    values.is_empty()
        || values.iter().any(|written| compare(written, field, value) != Comparison::Different)
        || matches!(value, Value::TextList(items)
            if items.iter().any(|item| values.iter().any(|written| names(written, item.expose()))))
}

/// Whether the value written in a policy is, or matches, this item of a list.
fn names(written: &Json, item: &str) -> bool {
    match written {
        Json::String(pattern) => glob(pattern, item),
        _ => matches!(FieldType::Text.coerce(written), Ok(Value::Text(text)) if text.expose() == item),
    }
}

fn compare(written: &Json, field: FieldType, value: &Value) -> Comparison {
    let equal = match (written, value) {
        // The common case, without a copy.
        (Json::String(pattern), Value::Text(text)) => glob(pattern, text.expose()),
        _ => match field.coerce(written) {
            Ok(written) => matches(&written, value),
            Err(_) => return Comparison::Incomparable,
        },
    };
    if equal { Comparison::Equal } else { Comparison::Different }
}

/// Whether two values of one type agree; texts of the left side are patterns.
fn matches(written: &Value, value: &Value) -> bool {
    match (written, value) {
        (Value::Absent, Value::Absent) => true,
        (Value::Text(pattern), Value::Text(text)) => glob(pattern.expose(), text.expose()),
        (Value::Integer(a), Value::Integer(b)) | (Value::Seconds(a), Value::Seconds(b)) => a == b,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::TextList(patterns), Value::TextList(texts)) => {
            patterns.len() == texts.len()
                && patterns.iter().zip(texts).all(|(pattern, text)| glob(pattern.expose(), text.expose()))
        }
        (Value::Map(patterns), Value::Map(texts)) => {
            patterns.len() == texts.len()
                && patterns.iter().zip(texts).all(|((pattern_name, pattern), (name, text))| {
                    pattern_name == name && glob(pattern.expose(), text.expose())
                })
        }
        _ => false,
    }
}

/// Whether the text fits the pattern, where a `*` at the pattern's start or end stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => pattern == text,
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (Some(rest), Some(_)) => text.contains(rest.strip_suffix('*').unwrap_or_default()),
    }
}
