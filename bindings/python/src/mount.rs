use engine::{Mount, MountSpec, Throttle};
use pyo3::prelude::*;

use crate::argument::{Whole, text};
use crate::at::datetime;
use crate::values::Class;

static MOUNT: Class = Class::new("Mount");

/// The keyword arguments that say how a mount is made or tuned.
pub(crate) struct MountFields<'py> {
    pub(crate) description: Option<Bound<'py, PyAny>>,
    pub(crate) throttle: Option<bool>,
    pub(crate) free_attempts: Option<Whole>,
    pub(crate) lock_seconds: Option<Whole>,
    pub(crate) max_lock_seconds: Option<Whole>,
    pub(crate) max_failures: Option<Whole>,
}

impl MountFields<'_> {
    pub(crate) fn spec(self) -> PyResult<MountSpec> {
        let number = |value: Option<Whole>| value.map(|Whole(number)| number);
        let description = self.description.map(|value| text("description", &value).map(String::from)).transpose()?;
        Ok(MountSpec {
            description,
            throttle: self.throttle,
            free_attempts: number(self.free_attempts),
            lock_seconds: number(self.lock_seconds),
            max_lock_seconds: number(self.max_lock_seconds),
            max_failures: number(self.max_failures),
        })
    }
}

/// The Python value.
pub(crate) fn mount<'py>(py: Python<'py>, mount: &Mount) -> PyResult<Bound<'py, PyAny>> {
    let Throttle { enabled, free_attempts, lock_seconds, max_lock_seconds, max_failures } = mount.throttle;
    let created = datetime(py, mount.created)?;
    let (path, description) = (mount.path.as_str(), mount.description.as_str());
    let fields = (path, description, enabled, free_attempts, lock_seconds, max_lock_seconds, max_failures, created);
    MOUNT.of(py, fields)
}
