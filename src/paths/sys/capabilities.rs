use serde_json::Value;

use crate::access::TokenRef;
use crate::paths::call::Call;
use crate::paths::target::policy_path;
use crate::paths::{Answer, Refusal};

pub(super) fn write_self(call: &Call<'_>) -> Result<Answer, Refusal> {
    answer(call, TokenRef::Own)
}

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.fields.text("token") {
        "" => answer(call, TokenRef::Own),
        token => answer(call, TokenRef::Token(token)),
    }
}

fn answer(call: &Call<'_>, token: TokenRef<'_>) -> Result<Answer, Refusal> {
    let mut paths = call.fields.list("paths");
    if paths.is_empty() {
        paths = call.fields.list("path");
    }
    if paths.is_empty() {
        return Err(Refusal::invalid("paths must be supplied"));
    }
    let asked: Vec<String> = paths.iter().map(|path| policy_path(path)).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let found = call.keep.capabilities_with(call.permit, token, &asked)?;
    let mut fields: Vec<(&str, Value)> = Vec::new();
    if let [only] = found.as_slice() {
        fields.push(("capabilities", only.clone().into()));
    }
    fields.extend(paths.into_iter().zip(found.into_iter().map(Value::from)));
    Ok(Answer::of(fields))
}
