use data_encoding::BASE64;
use serde_json::Value;

use super::key_check::{checked_spec, stored_refusal};
use crate::error::Kind;
use crate::limits;
use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let limit = call.fields.integer("limit").filter(|limit| *limit > 0);
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut names: Vec<String> = Vec::new();
    while names.len() < limit {
        let size = limits::LIST_LIMIT.min(limit - names.len());
        let after = names.last().map_or(call.fields.text("after"), String::as_str);
        let page = call.keep.list_keys_with(call.permit, after, size)?;
        let is_last = page.len() < size;
        names.extend(page);
        if is_last {
            break;
        }
    }
    Ok(Answer::list(names))
}

pub(super) fn read(call: &Call<'_>) -> Result<Answer, Refusal> {
    let key = match call.keep.read_key_with(call.permit, call.fields.text("name")) {
        Err(error) if error.kind() == Kind::KeyNotFound => return Ok(Answer::Nothing),
        key => key?,
    };
    let parameters = key.parameters;
    Ok(Answer::of([
        ("account_name", key.account_name.into()),
        ("algorithm", parameters.algorithm.name().into()),
        ("digits", parameters.digits.count().into()),
        ("issuer", key.issuer.into()),
        ("period", parameters.period.seconds().into()),
        ("skew", parameters.skew.steps().into()),
        ("created", key.created.seconds().into()),
        ("last_used", key.last_used.map_or(Value::Null, |time| time.seconds().into())),
    ]))
}

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.fields.text("name");
    let spec = checked_spec(&call.fields)?;
    if !call.fields.boolean("generate").unwrap_or(false) {
        let key = call.keep.write_key_with(call.permit, name, &spec).map_err(stored_refusal)?;
        return Ok(Answer::done_with(key.warnings.iter().map(ToString::to_string).collect()));
    }
    let enrollment = call.keep.generate_key_with(call.permit, name, &spec).map_err(stored_refusal)?;
    if !call.fields.boolean("exported").unwrap_or(true) {
        return Ok(Answer::Done);
    }
    let url = ("url", Value::from(enrollment.url()));
    Ok(match enrollment.barcode() {
        Some(png) => Answer::of([("barcode", BASE64.encode(png).into()), url]),
        None => Answer::of([url]),
    })
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.keep.delete_key_with(call.permit, call.fields.text("name")) {
        Err(error) if error.kind() != Kind::KeyNotFound => Err(error.into()),
        _ => Ok(Answer::Done),
    }
}
