use std::ffi::c_int;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use otpkeep::access::TokenSpec;
use otpkeep::{Keep, KeySpec, ManualClock, MountSpec, OpenOptions, SecretText, UnixTime};

/// A root key that costs nothing to try.
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];
/// Where the clock stands.
pub(crate) const NOW: i64 = 1_800_057_600;

/// A folder in memory, removed with all that is in it.
pub(crate) struct Scratch(PathBuf);

unsafe extern "C" {
    fn atexit(last: extern "C" fn()) -> c_int;
}

/// The folder of this process. It goes when the process ends: what is static is never dropped.
fn own_folder() -> &'static Path {
    static OWN: OnceLock<PathBuf> = OnceLock::new();
    OWN.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        // SAFETY: the C library calls this function once, when the process ends; it takes nothing.
        unsafe { atexit(remove_own_folder) };
        parent.join(format!("otpkeep-fuzz-{}", std::process::id()))
    })
}

extern "C" fn remove_own_folder() {
    let _ = fs::remove_dir_all(own_folder());
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let path = own_folder().join(COUNT.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir_all(&path).expect("a folder in memory");
        Scratch(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file that only we can read.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.file(name);
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(content)).expect("room in memory");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Options that open the keeps of this crate, at a time that stands still.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let now = UnixTime::from_seconds(NOW).expect("a time");
    options.set_root_key(&ROOT_KEY).expect("32 bytes").set_clock(Arc::new(ManualClock::new(now)));
    options
}

pub(crate) fn key(secret: &str) -> KeySpec {
    KeySpec { secret: Some(SecretText::copy_of(secret)), overwrite: true, ..KeySpec::default() }
}

/// The file of a small keep: two mounts, two keys, a policy, and a token that may do all but write to files.
pub(crate) struct Sample {
    pub(crate) file: Vec<u8>,
    pub(crate) token: String,
}

/// The same sample for the life of the process.
pub(crate) fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let scratch = Scratch::new();
        let mut options = options();
        options.set_create(true);
        let keep = Keep::open(scratch.file("keep"), &options).expect("a new keep");
        keep.mount("open", &MountSpec { throttle: Some(false), ..MountSpec::default() }).expect("a mount");
        keep.write_key("alice", &key("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")).expect("a key");
        let open = keep.with_mount("open").expect("a path");
        open.write_key("bob", &KeySpec { digits: Some(8), ..key("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") }).expect("a key");
        // An audit log is the one thing that a path makes outside of the keep.
        let policy = r#"
            path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo", "patch"] }
            path "sys/audit/*" { capabilities = ["deny"] }
            path "sys/audit/+/*" { capabilities = ["deny"] }"#;
        keep.write_policy("all", policy).expect("a policy");
        let spec = TokenSpec { policies: Some(vec!["all".into()]), ttl: Some(315_360_000), ..TokenSpec::default() };
        let token = keep.create_token(&spec).expect("a token").secret.expose().to_owned();
        drop((keep, open));
        Sample { file: fs::read(scratch.file("keep")).expect("the keep"), token }
    })
}
