use napi_derive::napi;

use crate::call::Call;
use crate::input::number;
use crate::keep::Keep;

/// The failed attempts of a key. Times are unix seconds.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Attempts {
    pub failures: u32,
    pub locked_until: Option<f64>,
    pub disabled: bool,
    pub attempts_left: Option<u32>,
}

impl From<engine::Attempts> for Attempts {
    fn from(attempts: engine::Attempts) -> Attempts {
        let engine::Attempts { failures, locked_until, disabled, attempts_left } = attempts;
        let locked_until = locked_until.map(|time| number(time.seconds()));
        Attempts { failures, locked_until, disabled, attempts_left }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn read_attempts(&self, on_pool: bool, name: String) -> Call<Attempts> {
        self.call(on_pool, move |keep| keep.read_attempts(&name).map(Attempts::from))
    }

    #[napi]
    pub fn reset_attempts(&self, on_pool: bool, name: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.reset_attempts(&name))
    }
}
