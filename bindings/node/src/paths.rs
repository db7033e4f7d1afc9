use engine::paths::{Data, Operation};
use engine::{Error, Kind, Result, SecretText};
use napi_derive::napi;

use crate::call::Call;
use crate::guard::guard;
use crate::keep::Keep;

/// Operations by path. Data and answers cross as JSON texts, so that each member stays what it is, whatever its name;
/// an answer that has nothing to tell is `null`.
#[napi]
impl Keep {
    #[napi]
    pub fn read(&self, on_pool: bool, path: String, data: Option<String>) -> Call<String> {
        self.request(on_pool, Operation::Read, path, data)
    }

    #[napi]
    pub fn write(&self, on_pool: bool, path: String, data: Option<String>) -> Call<String> {
        self.request(on_pool, Operation::Write, path, data)
    }

    #[napi]
    pub fn list(&self, on_pool: bool, path: String, data: Option<String>) -> Call<String> {
        self.request(on_pool, Operation::List, path, data)
    }

    #[napi]
    pub fn delete(&self, on_pool: bool, path: String, data: Option<String>) -> Call<String> {
        self.request(on_pool, Operation::Delete, path, data)
    }

    #[napi]
    pub fn help(&self, on_pool: bool, path: String) -> Call<String> {
        self.request(on_pool, Operation::Help, path, None)
    }
}

impl Keep {
    fn request(&self, on_pool: bool, operation: Operation, path: String, data: Option<String>) -> Call<String> {
        let data = guard(|| parsed(data.map(SecretText::from)));
        self.call(on_pool, move |keep| {
            let answer = keep.request(operation, &path, &data?)?.into_json().unwrap_or_default();
            serde_json::to_string(&answer).map_err(|_| Error::new(Kind::Internal, "an answer is no JSON"))
        })
    }
}

/// The fields in a JSON text that the package wrote.
///
/// # Errors
/// `invalid-argument` without the parser's words, which may show what was passed in.
fn parsed(data: Option<SecretText>) -> Result<Data> {
    let parse = |text: SecretText| serde_json::from_str(text.expose());
    data.map_or_else(|| Ok(Data::new()), parse).map_err(|_| Error::argument("data", "must be JSON values"))
}
