//! What the tests of a keep share: a folder per test, a cheap way to open a keep, and short words for what they ask.
// No test file uses all of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use otpkeep::{Error, Keep, KeySpec, ManualClock, OpenOptions, SecretText, UnixTime};

/// A root key that costs nothing to try.
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];
/// A secret of 20 bytes.
pub(crate) const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/// Another one.
pub(crate) const OTHER_SECRET: &str = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
/// Where clocks stand at first: the first second of a step of 30 seconds, and of a day.
pub(crate) const START: i64 = 1_800_057_600;

/// How much of a thing a test does: as `make test`, or at length as `make torture`, which sets `OTPKEEP_TORTURE`.
pub(crate) fn size<T>(usual: T, torture: T) -> T {
    if std::env::var_os("OTPKEEP_TORTURE").is_some() { torture } else { usual }
}

/// A folder of its own, removed with all that is in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder::within(&std::env::temp_dir())
    }

    /// On a file system that lives in memory, where there is one.
    pub(crate) fn in_memory() -> Folder {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Folder::within(memory) } else { Folder::new() }
    }

    fn within(parent: &Path) -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("otpkeep-test-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the test has its keep.
    pub(crate) fn keep(&self) -> PathBuf {
        self.file("auth.keep")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Options with the cheap root key that make the keep when it is absent.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.set_root_key(&ROOT_KEY).unwrap().set_create(true);
    options
}

/// A clock at [`START`], and options that make and open a keep under it.
pub(crate) fn clocked_options() -> (Arc<ManualClock>, OpenOptions) {
    let clock = Arc::new(ManualClock::new(time(START)));
    let mut options = options();
    options.set_clock(clock.clone());
    (clock, options)
}

pub(crate) fn time(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds).unwrap()
}

/// A key with this secret and the defaults for the rest.
pub(crate) fn key(secret: &str) -> KeySpec {
    KeySpec { secret: Some(SecretText::copy_of(secret)), ..KeySpec::default() }
}

/// The code of a key at a time.
pub(crate) fn code(keep: &Keep, name: &str, at: i64) -> String {
    keep.read_code_at(name, time(at)).unwrap().value().to_owned()
}

/// A code that a key has at no step near a time.
pub(crate) fn wrong_code(keep: &Keep, name: &str, at: i64) -> String {
    let now = keep.read_code_at(name, time(at)).unwrap();
    let period = i64::from(now.period);
    let right: Vec<String> = (-2..=2).map(|steps| code(keep, name, (at + steps * period).max(0))).collect();
    let width = now.value().len();
    (0..9).map(|number| format!("{number:0width$}")).find(|wrong| !right.contains(wrong)).unwrap()
}

/// The error of something that must fail.
pub(crate) fn failure<T>(result: otpkeep::Result<T>) -> Error {
    match result {
        Ok(_) => panic!("succeeded, but should have failed"),
        Err(error) => error,
    }
}
