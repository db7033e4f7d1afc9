use engine::{Error, Kind, Result};
use napi::bindgen_prelude::{ToNapiValue, TypeName};
use napi_derive::napi;

use crate::call::{Call, call};
use crate::guard::guard;
use crate::input::{Bytes, path};
use crate::options::Options;

/// An open keep, seen from one of its mounts. Operations take `on_pool` first: whether to promise the answer.
///
/// It has the same name here and in JavaScript: an `impl` in another file may be expanded first, and would not know of
/// a second name.
#[napi]
pub struct Keep {
    core: Option<engine::Keep>,
}

impl From<engine::Keep> for Keep {
    fn from(core: engine::Keep) -> Keep {
        Keep { core: Some(core) }
    }
}

impl Keep {
    /// Runs an operation of the keep. It shares the keep, so it ends well when the handle is closed meanwhile.
    pub(crate) fn call<T>(
        &self,
        on_pool: bool,
        operation: impl FnOnce(&engine::Keep) -> Result<T> + Send + 'static,
    ) -> Call<T>
    where
        T: Send + ToNapiValue + TypeName + 'static,
    {
        let keep = self.core.clone();
        call(on_pool, move || operation(&keep.ok_or_else(|| Error::new(Kind::Closed, "the handle has been closed"))?))
    }
}

#[napi]
pub fn open(on_pool: bool, location: Bytes, options: Options) -> Call<Keep> {
    let (location, options) = (path(location), guard(|| options.into_core()));
    call(on_pool, move || engine::Keep::open(location, &options?).map(Keep::from))
}

#[napi]
pub fn restore(on_pool: bool, backup: Bytes, location: Bytes, options: Options) -> Call<()> {
    let (backup, location, options) = (path(backup), path(location), guard(|| options.into_core()));
    call(on_pool, move || engine::restore(backup, location, &options?))
}

#[napi]
impl Keep {
    #[napi]
    pub fn with_mount(&self, on_pool: bool, mount: String) -> Call<Keep> {
        self.call(on_pool, move |keep| keep.with_mount(&mount).map(Keep::from))
    }

    /// Closes the handle. The files close with the last handle or operation that shares them.
    #[napi]
    pub fn close(&mut self, on_pool: bool) -> Call<()> {
        let keep = self.core.take();
        call(on_pool, move || {
            drop(keep);
            Ok(())
        })
    }
}
