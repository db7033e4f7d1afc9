//! How an operation runs: at once, or on libuv's pool.

use engine::Result;
use napi::bindgen_prelude::{AsyncTask, Either, Either3, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::failure::Failure;
use crate::guard::guard;

/// What an operation came to. Failures are values: what a promise rejects with, and what is thrown, is made in one
/// place, and that is JavaScript's.
pub(crate) type Answer<T> = Either<T, Failure>;

/// The answer, or the promise of it.
pub(crate) type Call<T> = Either3<AsyncTask<Job<T>>, T, Failure>;

/// Runs an operation on libuv's pool and promises its answer, or runs it at once.
pub(crate) fn call<T>(on_pool: bool, body: impl FnOnce() -> Result<T> + Send + 'static) -> Call<T>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    if on_pool {
        return Either3::A(AsyncTask::new(Job { body: Some(Box::new(body)) }));
    }
    match guard(body) {
        Ok(value) => Either3::B(value),
        Err(error) => Either3::C(error.into()),
    }
}

pub(crate) fn answer<T>(result: Result<T>) -> Answer<T> {
    match result {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(error.into()),
    }
}

/// An operation that waits for a thread of the pool.
pub struct Job<T> {
    body: Option<Box<dyn FnOnce() -> Result<T> + Send>>,
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Job<T> {
    type Output = Option<Answer<T>>;
    type JsValue = Option<Answer<T>>;

    /// What the operation holds is dropped here too, off the JavaScript thread: the last handle closes files.
    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(self.body.take().map(|body| answer(guard(body))))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(output)
    }
}
