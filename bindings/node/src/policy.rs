use napi_derive::napi;

use crate::call::Call;
use crate::keep::Keep;

#[napi]
impl Keep {
    #[napi]
    pub fn write_policy(&self, on_pool: bool, name: String, text: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.write_policy(&name, &text))
    }

    #[napi]
    pub fn read_policy(&self, on_pool: bool, name: String) -> Call<String> {
        self.call(on_pool, move |keep| keep.read_policy(&name))
    }

    #[napi]
    pub fn list_policies(&self, on_pool: bool) -> Call<Vec<String>> {
        self.call(on_pool, |keep| keep.list_policies())
    }

    #[napi]
    pub fn delete_policy(&self, on_pool: bool, name: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.delete_policy(&name))
    }

    /// What the handle may do at a path.
    #[napi]
    pub fn capabilities(&self, on_pool: bool, path: String) -> Call<Vec<&'static str>> {
        self.call(on_pool, move |keep| keep.capabilities(&path))
    }
}
