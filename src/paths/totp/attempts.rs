use serde_json::Value;

use super::refusal;
use crate::clock::UnixTime;
use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn read(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.fields.text("name");
    let attempts = call.keep.read_attempts_with(call.permit, name).map_err(|error| refusal(error, name))?;
    Ok(Answer::of([
        ("failures", attempts.failures.into()),
        ("disabled", attempts.disabled.into()),
        ("locked_until", attempts.locked_until.map_or(Value::Null, |time| UnixTime::seconds(time).into())),
        ("attempts_left", attempts.attempts_left.map_or(Value::Null, Into::into)),
    ]))
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.fields.text("name");
    call.keep.reset_attempts_with(call.permit, name).map_err(|error| refusal(error, name))?;
    Ok(Answer::Done)
}
