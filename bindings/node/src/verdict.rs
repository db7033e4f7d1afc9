use engine::{Error, Kind};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::call::Call;
use crate::input::{number, time};
use crate::keep::Keep;

/// The answer to validating a code.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Verdict {
    pub outcome: &'static str,
    pub retry_after: f64,
    pub attempts_left: Option<u32>,
    pub offset: i32,
}

impl From<engine::Verdict> for Verdict {
    fn from(verdict: engine::Verdict) -> Verdict {
        let engine::Verdict { outcome, offset, retry_after, attempts_left } = verdict;
        Verdict { outcome: outcome.name(), retry_after: number(retry_after), attempts_left, offset }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn validate_code(&self, on_pool: bool, name: String, code: String, at: Option<f64>) -> Call<Verdict> {
        self.call(on_pool, move |keep| {
            let verdict = match time(at)? {
                Some(at) => keep.validate_code_at(&name, code, at),
                None => keep.validate_code(&name, code),
            };
            verdict.map(Verdict::from)
        })
    }

    /// One answer per item, in their order. Items and answers cross as JSON texts, so that it is a thread of the pool
    /// that takes thousands of values apart, and puts them together.
    #[napi]
    pub fn validate_codes(&self, on_pool: bool, items: String, at: Option<f64>) -> Call<String> {
        self.call(on_pool, move |keep| {
            let items: Vec<(String, String)> = serde_json::from_str(&items)
                .map_err(|_| Error::new(Kind::Internal, "the package sent no list of pairs"))?;
            let items: Vec<_> = items.iter().map(|(name, code)| (name.as_str(), code.as_bytes())).collect();
            let results = match time(at)? {
                Some(at) => keep.validate_codes_at(&items, at),
                None => keep.validate_codes(&items),
            };
            Ok(Value::from_iter(results?.into_iter().map(answer)).to_string())
        })
    }
}

/// The verdict, or why there is none.
fn answer(result: engine::Result<engine::Verdict>) -> Value {
    match result {
        Ok(engine::Verdict { outcome, offset, retry_after, attempts_left }) => json!({
            "outcome": outcome.name(),
            "retryAfter": retry_after,
            "attemptsLeft": attempts_left,
            "offset": offset,
        }),
        Err(error) => json!({
            "kind": error.kind().name(),
            "argument": error.argument_name(),
            "reason": error.reason(),
        }),
    }
}
