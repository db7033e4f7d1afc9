//! Huge, empty and malformed text in every argument: an error at once that names the argument and repeats nothing.

use std::time::{Duration, Instant};

use otpkeep::{Keep, KeySpec, Kind, MountSpec, OpenOptions, Outcome, SecretText};

use crate::support::{Folder, SECRET, failure, key, options};

const HUGE: usize = 10 << 20;

/// A letter that repeats in no message.
fn huge() -> String {
    "Q".repeat(HUGE)
}

/// Runs a call that must be refused at once, for a reason that does not hold the text.
fn refused<T>(argument: &'static str, text: &str, call: impl FnOnce(&str) -> otpkeep::Result<T>) {
    let began = Instant::now();
    let error = failure(call(text));
    let shown = &text[..text.len().min(20)];
    assert!(began.elapsed() < Duration::from_secs(1), "{argument} {shown:?} took {:?}", began.elapsed());
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some(argument)), "{shown:?}: {error}");
    let message = format!("{error} {error:?}");
    assert!(message.len() < 300 && !message.contains("QQQQ") && !message.contains('\0'), "{message}");
}

fn keep_with_alice(folder: &Folder) -> Keep {
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep
}

fn spec(change: impl FnOnce(&mut KeySpec)) -> KeySpec {
    let mut spec = key(SECRET);
    change(&mut spec);
    spec
}

#[test]
fn names_and_paths_are_bounded() {
    let folder = Folder::new();
    let keep = keep_with_alice(&folder);
    for text in [huge().as_str(), "", "\0", "alice\0", "\u{ffff}"] {
        refused("name", text, |text| keep.write_key(text, &key(SECRET)));
        refused("name", text, |text| keep.generate_key(text, &KeySpec::default()));
        refused("name", text, |text| keep.read_key(text));
        refused("name", text, |text| keep.delete_key(text));
        refused("name", text, |text| keep.read_code(text));
        refused("name", text, |text| keep.validate_code(text, "123456"));
        refused("name", text, |text| keep.validate_codes(&[(text, b"123456")]).unwrap().remove(0));
        refused("name", text, |text| keep.read_attempts(text));
        refused("name", text, |text| keep.reset_attempts(text));
        refused("mount", text, |text| keep.mount(text, &MountSpec::default()));
        refused("mount", text, |text| keep.unmount(text));
        refused("mount", text, |text| keep.tune_mount(text, &MountSpec::default()));
        refused("mount", text, |text| keep.with_mount(text));
        refused("mount", text, |text| options().set_mount(text).map(|_| ()));
    }
    let mount = |description: &str| MountSpec { description: Some(description.into()), ..MountSpec::default() };
    for text in [huge().as_str(), "\0", "web\0team"] {
        refused("after", text, |text| keep.list_keys(text));
        refused("description", text, |text| keep.mount("other", &mount(text)));
        refused("description", text, |text| keep.tune_mount("totp", &mount(text)));
    }
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
    assert_eq!(keep.list_mounts().unwrap().len(), 1);
}

#[test]
fn every_field_of_a_key_is_bounded() {
    let folder = Folder::new();
    let keep = keep_with_alice(&folder);
    let write = |spec: KeySpec| keep.write_key("bob", &spec);
    let generate = |change: fn(&mut KeySpec, &str), text: &str| {
        let mut spec = KeySpec { issuer: Some("Acme".into()), account_name: Some("bob".into()), ..KeySpec::default() };
        change(&mut spec, text);
        keep.generate_key("bob", &spec)
    };
    for text in [huge().as_str(), "\0", "Q\0Q"] {
        refused("issuer", text, |text| write(spec(|spec| spec.issuer = Some(text.into()))));
        refused("issuer", text, |text| generate(|spec, text| spec.issuer = Some(text.into()), text));
        refused("account_name", text, |text| write(spec(|spec| spec.account_name = Some(text.into()))));
        refused("account_name", text, |text| generate(|spec, text| spec.account_name = Some(text.into()), text));
    }
    refused("issuer", "", |text| generate(|spec, text| spec.issuer = Some(text.into()), text));
    refused("account_name", "", |text| generate(|spec, text| spec.account_name = Some(text.into()), text));
    for text in [huge().as_str(), "", "\0", "SHA1\0"] {
        refused("algorithm", text, |text| write(spec(|spec| spec.algorithm = Some(text.into()))));
        refused("secret", text, |text| write(spec(|spec| spec.secret = Some(SecretText::copy_of(text)))));
        let with_url = |url: &str| KeySpec { url: Some(SecretText::copy_of(url)), ..KeySpec::default() };
        refused("url", text, |text| write(with_url(text)));
    }
    for number in [0, 5, 7, 9, 60, u32::MAX] {
        refused("digits", "", |_| write(spec(|spec| spec.digits = Some(number))));
    }
    for number in [0, 86_401, u32::MAX] {
        refused("period", "", |_| write(spec(|spec| spec.period = Some(number))));
    }
    for number in [2, u32::MAX] {
        refused("skew", "", |_| write(spec(|spec| spec.skew = Some(number))));
    }
    for number in [0, 15, 65, u32::MAX] {
        refused("key_size", "", |_| write(spec(|spec| spec.key_size = Some(number))));
    }
    for number in [4097, u32::MAX] {
        refused("barcode_size", "", |_| write(spec(|spec| spec.barcode_size = Some(number))));
    }
    refused("secret", "", |_| write(KeySpec::default()));
    assert_eq!(keep.list_keys("").unwrap(), ["alice"], "nothing refused was stored");
}

#[test]
fn a_key_may_be_as_large_as_the_bounds_allow() {
    let folder = Folder::new();
    let keep = keep_with_alice(&folder);
    let label = "é".repeat(100);
    let secret = "A".repeat(205); // 128 bytes
    let largest = KeySpec {
        issuer: Some(label.clone()),
        account_name: Some(label.clone()),
        period: Some(86_400),
        ..key(&secret)
    };
    let name = "n".repeat(512);
    keep.write_key(&name, &largest).unwrap();
    let read = keep.read_key(&name).unwrap();
    assert_eq!((read.issuer, read.account_name, read.parameters.period.seconds()), (label.clone(), label, 86_400));
    refused("secret", "", |_| keep.write_key("more", &key(&"A".repeat(207))));
}

#[test]
fn a_huge_code_is_malformed_and_no_error() {
    let folder = Folder::new();
    let keep = keep_with_alice(&folder);
    for text in [huge().as_bytes(), &vec![b'1'; HUGE], &vec![b' '; HUGE], &[0], b""] {
        let began = Instant::now();
        assert_eq!(keep.validate_code("alice", text).unwrap().outcome, Outcome::Malformed);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
    for at in [i64::MIN, -1] {
        assert_eq!(failure(otpkeep::UnixTime::from_seconds(at)).kind(), Kind::InvalidArgument);
    }
    let end = keep.read_code_at("alice", crate::support::time(i64::MAX)).unwrap();
    assert_eq!(end.value().len(), 6);
}

#[test]
fn locations_and_root_keys_are_bounded() {
    let folder = Folder::new();
    let keep = keep_with_alice(&folder);
    for text in [huge().as_str(), "", "\0", "auth\0.keep", "postgres://QQQQQ", "file:///QQQQQ"] {
        refused("location", text, |text| Keep::open(text, &options()));
        refused("destination", text, |text| keep.backup(text));
        refused("location", text, |text| otpkeep::restore(folder.keep(), text, &options()));
        refused("backup", text, |text| otpkeep::restore(text, folder.file("restored"), &options()));
    }
    for text in [huge().as_str(), ""] {
        refused("passphrase", text, |text| OpenOptions::new().set_passphrase(text.as_bytes()).map(|_| ()));
        refused("root_key", text, |text| OpenOptions::new().set_root_key(text.as_bytes()).map(|_| ()));
        refused("key_file", text, |text| OpenOptions::new().set_key_file(text).map(|_| ()));
    }
    for length in [1, 16, 31, 33, 64] {
        refused("root_key", "", |_| OpenOptions::new().set_root_key(&vec![b'Q'; length]).map(|_| ()));
    }
    refused("passphrase", "", |_| OpenOptions::new().set_passphrase(&[b'Q'; 1025]).map(|_| ()));
    refused("busy_timeout", "", |_| OpenOptions::new().set_busy_timeout(600_001).map(|_| ()));
    let mut with_nul = OpenOptions::new();
    with_nul.set_key_file("QQQQ\0QQQQ").map(|_| ()).unwrap_or_default();
    assert_eq!(failure(Keep::open(folder.keep(), &with_nul)).kind(), Kind::InvalidArgument);
}
