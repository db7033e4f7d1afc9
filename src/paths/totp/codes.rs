use super::refusal;
use crate::attempt::{Outcome, Verdict};
use crate::error::Kind;
use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn read(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.fields.text("name");
    let code = call.keep.read_code_with(call.permit, name).map_err(|error| refusal(error, name))?;
    Ok(Answer::of([
        ("code", code.value().into()),
        ("generated", code.generated_at.seconds().into()),
        ("expire_time", code.expires_at.seconds().into()),
        ("period", duration(code.period).into()),
    ]))
}

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, code) = (call.fields.text("name"), call.fields.text("code"));
    if code.trim().is_empty() {
        return Err(Refusal::invalid("the code value is required"));
    }
    let verdict = call.keep.validate_code_with(call.permit, name, code.as_bytes());
    answer(verdict.map_err(|error| refusal(error, name))?)
}

/// A verdict in Vault's words, where it has them.
fn answer(verdict: Verdict) -> Result<Answer, Refusal> {
    let wait = verdict.retry_after;
    match verdict.outcome {
        Outcome::Accepted | Outcome::Wrong | Outcome::Malformed => {
            Ok(Answer::of([("valid", verdict.is_accepted().into())]))
        }
        Outcome::Replayed => {
            Err(Refusal::new(Kind::ReplayedCode, "code already used; wait until the next time period"))
        }
        Outcome::Throttled => {
            let sentence = format!("too many failed attempts; try again in {wait} seconds");
            Err(Refusal { retry_after: Some(wait), ..Refusal::new(Kind::Throttled, sentence) })
        }
        Outcome::Disabled => Err(Refusal::new(Kind::KeyDisabled, "key is disabled after too many failed attempts")),
        Outcome::ClockBehind => {
            let sentence = format!("the clock is behind a code that was accepted; try again in {wait} seconds");
            Err(Refusal::new(Kind::ClockBehind, sentence))
        }
    }
}

/// A duration as Go writes it: `30s`, `1m30s`, `24h0m0s`.
fn duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}
