use engine::{MountSpec, OpenOptions, PassphraseCost, Result};
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::input::{Bytes, path, secret};
use crate::mount::MountOptions;

/// How a keep is opened, and what `restore` and `addSlot` take of it.
#[napi(object, object_to_js = false)]
pub struct Options {
    pub passphrase: Option<Bytes>,
    pub root_key: Option<Uint8Array>,
    pub key_file: Option<Bytes>,
    pub strict: Option<bool>,
    pub passphrase_cost: Option<Cost>,
    pub create: Option<bool>,
    pub mount: Option<String>,
    pub bare: Option<bool>,
    pub first_mount: Option<MountOptions>,
    pub busy_timeout: Option<u32>,
    pub allow_network_file_system: Option<bool>,
    pub manual_clock: Option<bool>,
}

/// What a passphrase slot costs to try.
#[napi(object, object_to_js = false)]
pub struct Cost {
    pub memory_kib: Option<u32>,
    pub passes: Option<u32>,
}

impl Options {
    pub(crate) fn into_core(self) -> Result<OpenOptions> {
        let mut options = OpenOptions::new();
        if let Some(passphrase) = self.passphrase {
            options.set_passphrase(secret(passphrase).expose())?;
        }
        if let Some(root_key) = self.root_key {
            options.set_root_key(&root_key)?;
        }
        if let Some(key_file) = self.key_file {
            options.set_key_file(path(key_file))?;
        }
        if let Some(cost) = self.passphrase_cost {
            options.set_passphrase_cost(cost.into())?;
        }
        if let Some(mount) = self.mount {
            options.set_mount(&mount)?;
        }
        if let Some(milliseconds) = self.busy_timeout {
            options.set_busy_timeout(milliseconds)?;
        }
        options
            .set_create(self.create.unwrap_or_default())
            .set_bare(self.bare.unwrap_or_default())
            .set_first_mount(self.first_mount.map(MountSpec::from).unwrap_or_default())
            .set_strict(self.strict.unwrap_or_default())
            .set_allow_network_file_system(self.allow_network_file_system.unwrap_or_default())
            .set_manual_clock(self.manual_clock.unwrap_or_default());
        Ok(options)
    }
}

impl From<Cost> for PassphraseCost {
    fn from(cost: Cost) -> PassphraseCost {
        let default = PassphraseCost::default();
        PassphraseCost {
            memory_kib: cost.memory_kib.unwrap_or(default.memory_kib),
            passes: cost.passes.unwrap_or(default.passes),
        }
    }
}
