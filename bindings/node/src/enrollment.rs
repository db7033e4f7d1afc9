use napi::Env;
use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;

use crate::call::{Answer, answer};
use crate::guard::guard;

/// What generating a key returns. Its texts and bytes are zeroed when it is collected; what was read of them is not.
#[napi]
pub struct Enrollment {
    core: engine::Enrollment,
}

impl From<engine::Enrollment> for Enrollment {
    fn from(core: engine::Enrollment) -> Enrollment {
        Enrollment { core }
    }
}

#[napi]
impl Enrollment {
    #[napi]
    pub fn url(&self) -> Answer<&str> {
        answer(guard(|| Ok(self.core.url())))
    }

    /// A copy that belongs to V8: some hosts forbid memory that does not.
    #[napi]
    pub fn barcode<'env>(&self, env: &'env Env) -> napi::Result<Option<BufferSlice<'env>>> {
        self.core.barcode().map(|png| BufferSlice::copy_from(env, png)).transpose()
    }

    #[napi]
    pub fn svg(&self) -> Answer<&str> {
        answer(guard(|| Ok(self.core.svg())))
    }

    #[napi]
    pub fn terminal(&self) -> Answer<&str> {
        answer(guard(|| Ok(self.core.terminal())))
    }
}
