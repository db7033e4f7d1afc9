//! What the benches share: keeps of any size, and the time of an fsync beside which durable figures are read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::missing_panics_doc)]

pub mod c;
pub mod oath;

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use otpkeep::{Keep, KeySpec, MountSpec, OpenOptions, SecretText};

/// The root key of every keep here.
pub const ROOT_KEY: [u8; 32] = [7; 32];
/// The secret of every key here.
pub const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// A folder of its own in the target folder, removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder.
    pub fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/bench-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The name of a key of a keep that [`fill`] made.
pub fn name(number: usize) -> String {
    format!("user-{number:08}")
}

/// Names of keys all over a keep, in an order that no cache foresees; side by side in memory, so that fetching the name is
/// no part of what is measured.
pub fn scattered(keys: usize, count: usize) -> Vec<c::Name> {
    (0..count).map(|number| c::Name::new(&name(number.wrapping_mul(7_919_993) % keys))).collect()
}

/// Makes a keep with so many keys, on a mount that does not throttle. It is made in memory, where an fsync costs nothing,
/// and then moved.
pub fn fill(path: &Path, keys: usize) {
    let memory = PathBuf::from(format!("/dev/shm/otpkeep-bench-{}.keep", std::process::id()));
    let mut options = OpenOptions::new();
    options.set_root_key(&ROOT_KEY).unwrap().set_create(true);
    options.set_first_mount(MountSpec { throttle: Some(false), ..MountSpec::default() });
    let keep = Keep::open(&memory, &options).unwrap();
    for number in 0..keys {
        let spec = KeySpec {
            secret: Some(SecretText::copy_of(SECRET)),
            issuer: Some("Acme".into()),
            account_name: Some(format!("{}@acme.com", name(number))),
            ..KeySpec::default()
        };
        keep.write_key(&name(number), &spec).unwrap();
    }
    drop(keep);
    fs::copy(&memory, path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", memory.display()));
    }
    File::open(path).unwrap().sync_all().unwrap();
}

/// The median time of overwriting a page of a file and syncing it, where the keeps lie.
pub fn median_fsync(folder: &Folder) -> Duration {
    let file = File::create(folder.file("fsync")).unwrap();
    let page = [1; 4096];
    for number in 0..256 {
        file.write_all_at(&page, number * 4096).unwrap();
    }
    file.sync_all().unwrap();
    let times = (0..1000).map(|number| {
        let began = Instant::now();
        file.write_all_at(&page, number % 256 * 4096).unwrap();
        file.sync_all().unwrap();
        began.elapsed()
    });
    median(times.collect())
}

/// The median of times, of which there is one at least.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    times.swap_remove(middle)
}
