//! Each format version's golden keep opens and says what it said when it was written.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use otpkeep::{Keep, OpenOptions, UnixTime};
use serde_json::Value;

/// A copy of the golden keep with the mode of a keep, removed with its companions when the test ends.
struct Copy(PathBuf);

impl Copy {
    fn new(test: &str) -> Copy {
        let folder = std::env::temp_dir().join(format!("otpkeep-golden-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("v1.keep");
        fs::copy(golden("v1.keep"), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Copy(folder)
    }

    fn open(&self, options: &OpenOptions) -> Keep {
        Keep::open(self.0.join("v1.keep"), options).unwrap()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file)
}

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(golden("v1.json")).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

#[test]
fn the_golden_keep_opens_with_its_root_key_and_says_what_it_said() {
    let expected = expected();
    let copy = Copy::new("root-key");
    let mut options = OpenOptions::new();
    let root_key = data_encoding::HEXLOWER.decode(text(&expected, "root_key").as_bytes()).unwrap();
    options.set_root_key(&root_key).unwrap();
    let keep = copy.open(&options);

    let status = keep.status().unwrap();
    assert_eq!(u64::from(status.format), expected["format"].as_u64().unwrap());
    assert_eq!(status.created, expected["created"].as_u64().unwrap());
    assert_eq!(status.slots.len(), expected["slots"].as_array().unwrap().len());
    for (slot, expected) in status.slots.iter().zip(expected["slots"].as_array().unwrap()) {
        assert_eq!(slot.id, expected["id"].as_u64().unwrap());
        assert_eq!(slot.kind.unwrap().name(), text(expected, "kind"));
    }

    let mounts = keep.list_mounts().unwrap();
    assert_eq!(mounts.len(), expected["mounts"].as_array().unwrap().len());
    for (mount, expected) in mounts.iter().zip(expected["mounts"].as_array().unwrap()) {
        assert_eq!(mount.path, text(expected, "path"));
        assert_eq!(mount.description, text(expected, "description"));
        assert_eq!(mount.throttle.enabled, expected["throttle"].as_bool().unwrap());
        assert_eq!(u64::from(mount.throttle.max_failures), expected["max_failures"].as_u64().unwrap());
    }

    for expected in expected["keys"].as_array().unwrap() {
        let keep = keep.with_mount(text(expected, "mount")).unwrap();
        let name = text(expected, "name");
        let key = keep.read_key(name).unwrap();
        assert_eq!(key.issuer, text(expected, "issuer"));
        assert_eq!(key.account_name, text(expected, "account_name"));
        assert_eq!(key.parameters.algorithm.name(), text(expected, "algorithm"));
        assert_eq!(u64::from(key.parameters.digits.count()), expected["digits"].as_u64().unwrap());
        assert_eq!(u64::from(key.parameters.period.seconds()), expected["period"].as_u64().unwrap());
        assert_eq!(u64::from(key.parameters.skew.steps()), expected["skew"].as_u64().unwrap());
        let attempts = keep.read_attempts(name).unwrap();
        assert_eq!(u64::from(attempts.failures), expected["failures"].as_u64().unwrap());
        assert_eq!(attempts.disabled, expected["disabled"].as_bool().unwrap());
        for (at, code) in expected["codes"].as_object().unwrap() {
            let at = UnixTime::from_seconds(at.parse().unwrap()).unwrap();
            assert_eq!(keep.read_code_at(name, at).unwrap().value(), code.as_str().unwrap());
        }
    }
}

#[test]
fn the_golden_keep_opens_with_its_passphrase() {
    let expected = expected();
    let copy = Copy::new("passphrase");
    let mut options = OpenOptions::new();
    options.set_passphrase(text(&expected, "passphrase").as_bytes()).unwrap();
    assert_eq!(copy.open(&options).list_keys("").unwrap(), ["bob@example.com", "test"]);
}
