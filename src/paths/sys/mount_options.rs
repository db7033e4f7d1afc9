//! The options of a mount as a map of texts, which is how Vault sends whatever is an engine's own.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::access::{FieldType, Value};
use crate::attempt::Throttle;
use crate::engine::MountSpec;
use crate::paths::Refusal;
use crate::secret::SecretText;

const UNKNOWN: &str = "unknown option: there are throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures";

/// The options of a mount that there are, as texts.
pub(super) fn written(throttle: &Throttle) -> Json {
    let numbers = [
        ("free_attempts", throttle.free_attempts),
        ("lock_seconds", throttle.lock_seconds),
        ("max_lock_seconds", throttle.max_lock_seconds),
        ("max_failures", throttle.max_failures),
    ];
    let mut options: Map<String, Json> =
        numbers.into_iter().map(|(name, number)| (name.to_owned(), number.to_string().into())).collect();
    options.insert("throttle".into(), on_or_off(throttle.enabled).into());
    options.into()
}

/// Reads options into a spec. Those given empty, or as null, keep their value.
///
/// # Errors
/// The sentence for one that is unknown or not of its type: an option that was mistyped must not leave the throttle as
/// it was, unseen.
pub(super) fn read(entries: &[(&str, &str)], spec: &mut MountSpec) -> Result<(), Refusal> {
    for (name, text) in entries.iter().copied().filter(|(_, text)| !text.is_empty()) {
        let place = match name {
            "throttle" => {
                let enabled = switch(text).ok_or_else(|| Refusal::invalid("the throttle option must be on or off"))?;
                spec.throttle = Some(enabled);
                continue;
            }
            "free_attempts" => &mut spec.free_attempts,
            "lock_seconds" => &mut spec.lock_seconds,
            "max_lock_seconds" => &mut spec.max_lock_seconds,
            "max_failures" => &mut spec.max_failures,
            _ => return Err(Refusal::invalid(UNKNOWN)),
        };
        let number = number(text).ok_or_else(|| Refusal::invalid(format!("the {name} option must be a number")))?;
        // What is out of 32 bits is out of every bound too.
        *place = Some(u32::try_from(number).unwrap_or(u32::MAX));
    }
    Ok(())
}

/// The options in one spelling, so that a policy sees the same whatever was typed.
pub(super) fn normal(value: Value) -> Value {
    let Value::Map(entries) = value else { return value };
    let spelled = |(name, text): (String, SecretText)| {
        let spelling = match name.as_str() {
            "throttle" => switch(text.expose()).map(|on| on_or_off(on).to_owned()),
            _ => number(text.expose()).map(|number| number.to_string()),
        };
        (name, spelling.map_or(text, SecretText::from))
    };
    Value::Map(entries.into_iter().map(spelled).collect::<BTreeMap<_, _>>())
}

const fn on_or_off(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        "" => None,
        other => match FieldType::Boolean.coerce(&other.into()) {
            Ok(Value::Boolean(value)) => Some(value),
            _ => None,
        },
    }
}

fn number(text: &str) -> Option<i64> {
    match FieldType::Integer.coerce(&text.into()) {
        Ok(Value::Integer(number)) if !text.is_empty() => Some(number),
        _ => None,
    }
}
