use napi_derive::napi;

use crate::call::Call;
use crate::input::{number, time};
use crate::keep::Keep;

/// A code and how long it holds. Times are unix seconds.
#[napi(object, object_from_js = false)]
pub struct Code {
    pub value: String,
    pub generated_at: f64,
    pub expires_at: f64,
    pub period: u32,
    pub remaining: f64,
}

impl From<engine::Code> for Code {
    fn from(code: engine::Code) -> Code {
        Code {
            value: code.value().into(),
            generated_at: number(code.generated_at.seconds()),
            expires_at: number(code.expires_at.seconds()),
            period: code.period,
            remaining: number(code.remaining()),
        }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn read_code(&self, on_pool: bool, name: String, at: Option<f64>) -> Call<Code> {
        self.call(on_pool, move |keep| {
            let code = match time(at)? {
                Some(at) => keep.read_code_at(&name, at),
                None => keep.read_code(&name),
            };
            code.map(Code::from)
        })
    }
}
