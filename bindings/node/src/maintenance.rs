use napi_derive::napi;

use crate::call::Call;
use crate::guard::guard;
use crate::input::{Bytes, number, path};
use crate::keep::Keep;
use crate::options::Options;

#[napi]
impl Keep {
    /// Promises the number of the new term.
    #[napi]
    pub fn rotate(&self, on_pool: bool) -> Call<u32> {
        self.call(on_pool, |keep| keep.rotate())
    }

    /// Promises how many records were sealed.
    #[napi]
    pub fn rewrap(&self, on_pool: bool) -> Call<f64> {
        self.call(on_pool, |keep| keep.rewrap().map(number))
    }

    /// Promises the number of the new slot.
    #[napi]
    pub fn add_slot(&self, on_pool: bool, root_key: Options) -> Call<f64> {
        let root_key = guard(|| root_key.into_core());
        self.call(on_pool, move |keep| keep.add_slot(&root_key?).map(number))
    }

    #[napi]
    pub fn remove_slot(&self, on_pool: bool, id: f64) -> Call<()> {
        // The conversion saturates: what is no number of a slot becomes one that no slot has.
        self.call(on_pool, move |keep| keep.remove_slot(id as u64))
    }

    #[napi]
    pub fn backup(&self, on_pool: bool, destination: Bytes) -> Call<()> {
        let destination = path(destination);
        self.call(on_pool, move |keep| keep.backup(destination))
    }
}
