use data_encoding::BASE64;

use crate::access::Policy;
use crate::error::{Error, Kind};
use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::list(call.keep.list_policies_with(call.permit)?))
}

pub(super) fn list_legacy(call: &Call<'_>) -> Result<Answer, Refusal> {
    let names = call.keep.list_policies_with(call.permit)?;
    Ok(Answer::of([("keys", names.clone().into()), ("policies", names.into())]))
}

pub(super) fn read(call: &Call<'_>) -> Result<Answer, Refusal> {
    read_as(call, "policy")
}

pub(super) fn read_legacy(call: &Call<'_>) -> Result<Answer, Refusal> {
    read_as(call, "rules")
}

fn read_as(call: &Call<'_>, field: &str) -> Result<Answer, Refusal> {
    let name = call.fields.text("name").to_lowercase();
    match call.keep.read_policy_with(call.permit, &name) {
        Err(error) if error.kind() == Kind::PolicyNotFound => Ok(Answer::Nothing),
        Err(error) => Err(refusal(error)),
        Ok(text) => Ok(Answer::of([("name", name.into()), (field, text.into())])),
    }
}

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = call.fields.text("name");
    let name = given.to_lowercase();
    let mut warnings = Vec::new();
    if name != given {
        warnings.push(format!("policy name was converted to {name}"));
    }
    let mut text = call.fields.text("policy");
    if text.is_empty() && !call.fields.text("rules").is_empty() {
        warnings.push("'rules' is deprecated, please use 'policy' instead".into());
        text = call.fields.text("rules");
    }
    if text.is_empty() {
        return Err(Refusal::invalid("'policy' parameter not supplied or empty"));
    }
    let text = plain(text);
    Policy::parse(&text).map_err(refusal)?;
    call.keep.write_policy_with(call.permit, &name, &text).map_err(refusal)?;
    Ok(Answer::done_with(warnings))
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    call.keep.delete_policy_with(call.permit, call.fields.text("name")).map_err(refusal)?;
    Ok(Answer::Done)
}

/// The text, out of base64 where it is that. No policy is base64 by chance: every one has quotes or spaces.
fn plain(text: &str) -> String {
    let decoded = BASE64.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or_else(|| text.to_owned())
}

/// Errors about a name and about a text have Vault's sentences for their reasons.
fn refusal(error: Error) -> Refusal {
    match error.kind() {
        kind @ (Kind::InvalidPolicy | Kind::InvalidArgument) => Refusal::new(kind, error.reason()),
        _ => error.into(),
    }
}
