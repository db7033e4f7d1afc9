use engine::MountSpec;
use napi_derive::napi;

use crate::call::Call;
use crate::input::number;
use crate::keep::Keep;

/// Options of a mount, to make it or to tune it.
#[napi(object, object_to_js = false)]
pub struct MountOptions {
    pub description: Option<String>,
    pub throttle: Option<bool>,
    pub free_attempts: Option<u32>,
    pub lock_seconds: Option<u32>,
    pub max_lock_seconds: Option<u32>,
    pub max_failures: Option<u32>,
}

impl From<MountOptions> for MountSpec {
    fn from(options: MountOptions) -> MountSpec {
        let MountOptions { description, throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures } =
            options;
        MountSpec { description, throttle, free_attempts, lock_seconds, max_lock_seconds, max_failures }
    }
}

/// A mount and its options. Times are unix seconds.
#[napi(object, object_from_js = false)]
pub struct Mount {
    pub path: String,
    pub description: String,
    pub throttle: bool,
    pub free_attempts: u32,
    pub lock_seconds: u32,
    pub max_lock_seconds: u32,
    pub max_failures: u32,
    pub created: f64,
}

impl From<engine::Mount> for Mount {
    fn from(mount: engine::Mount) -> Mount {
        let engine::Throttle { enabled, free_attempts, lock_seconds, max_lock_seconds, max_failures } = mount.throttle;
        Mount {
            path: mount.path,
            description: mount.description,
            throttle: enabled,
            free_attempts,
            lock_seconds,
            max_lock_seconds,
            max_failures,
            created: number(mount.created),
        }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn mount(&self, on_pool: bool, path: String, options: MountOptions) -> Call<Mount> {
        self.call(on_pool, move |keep| keep.mount(&path, &options.into()).map(Mount::from))
    }

    #[napi]
    pub fn tune_mount(&self, on_pool: bool, path: String, options: MountOptions) -> Call<Mount> {
        self.call(on_pool, move |keep| keep.tune_mount(&path, &options.into()).map(Mount::from))
    }

    #[napi]
    pub fn unmount(&self, on_pool: bool, path: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.unmount(&path))
    }

    #[napi]
    pub fn list_mounts(&self, on_pool: bool) -> Call<Vec<Mount>> {
        self.call(on_pool, |keep| Ok(keep.list_mounts()?.into_iter().map(Mount::from).collect()))
    }
}
