//! Mounts hold keys of their own; names and pages follow their rules.

use otpkeep::{Keep, KeySpec, Kind, MountSpec};

use crate::support::{Folder, OTHER_SECRET, SECRET, failure, key, options};

fn open(folder: &Folder) -> Keep {
    Keep::open(folder.keep(), &options()).unwrap()
}

#[test]
fn a_new_keep_has_the_mount_it_was_asked_for() {
    let folder = Folder::new();
    let paths = |keep: &Keep| keep.list_mounts().unwrap().into_iter().map(|mount| mount.path).collect::<Vec<_>>();
    assert_eq!(paths(&open(&folder)), ["totp/"]);
    let mut bare = options();
    bare.set_bare(true);
    let keep = Keep::open(folder.file("bare"), &bare).unwrap();
    assert!(paths(&keep).is_empty());
    assert_eq!(failure(keep.list_keys("")).kind(), Kind::MountNotFound);
    let mut named = options();
    named.set_mount("team/codes").unwrap();
    let keep = Keep::open(folder.file("named"), &named).unwrap();
    assert_eq!(paths(&keep), ["team/codes/"]);
    keep.write_key("alice", &key(SECRET)).unwrap();
}

#[test]
fn mounts_never_overlap() {
    let folder = Folder::new();
    let keep = open(&folder);
    keep.mount("a/b", &MountSpec::default()).unwrap();
    for taken in ["totp", "totp/", "totp/x", "a", "a/", "a/b", "a/b/c/d"] {
        assert_eq!(failure(keep.mount(taken, &MountSpec::default())).kind(), Kind::MountInUse, "{taken}");
    }
    for free in ["totp2", "tot", "a2", "a/c", "a/bb"] {
        keep.mount(free, &MountSpec::default()).unwrap();
    }
    let listed: Vec<_> = keep.list_mounts().unwrap().into_iter().map(|mount| mount.path).collect();
    assert_eq!(listed, ["a/b/", "a/bb/", "a/c/", "a2/", "tot/", "totp/", "totp2/"]);
    let refused = ["", "/", "//", "a//b", "/a", ".", "..", "a/../b", "a b", "ä", "sys", "sys/x", "auth", "a\0", "a\n"];
    for path in refused {
        assert_eq!(failure(keep.mount(path, &MountSpec::default())).kind(), Kind::InvalidArgument, "{path:?}");
        assert_eq!(failure(keep.with_mount(path)).kind(), Kind::InvalidArgument, "{path:?}");
        assert_eq!(failure(keep.unmount(path)).kind(), Kind::InvalidArgument, "{path:?}");
    }
}

#[test]
fn the_same_name_in_two_mounts_is_two_keys() {
    let folder = Folder::new();
    let keep = open(&folder);
    keep.mount("other", &MountSpec::default()).unwrap();
    let other = keep.with_mount("other/").unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    assert_eq!(failure(other.read_key("alice")).kind(), Kind::KeyNotFound);
    // Even the same secret: what is spent in one mount is not in the other.
    other.write_key("alice", &key(SECRET)).unwrap();
    let code = keep.read_code("alice").unwrap();
    let at = code.generated_at;
    assert!(keep.validate_code_at("alice", code.value(), at).unwrap().is_accepted());
    assert!(other.validate_code_at("alice", code.value(), at).unwrap().is_accepted());
    other.write_key("alice", &KeySpec { overwrite: true, ..key(OTHER_SECRET) }).unwrap();
    assert_eq!(keep.read_code_at("alice", at).unwrap().value(), code.value());
    assert_ne!(other.read_code_at("alice", at).unwrap().value(), code.value());
    other.delete_key("alice").unwrap();
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
}

#[test]
fn unmounting_deletes_the_keys_for_every_handle() {
    let folder = Folder::new();
    let keep = open(&folder);
    keep.mount("other", &MountSpec::default()).unwrap();
    let other = keep.with_mount("other").unwrap();
    for name in ["a", "b", "c"] {
        other.write_key(name, &key(SECRET)).unwrap();
    }
    keep.write_key("a", &key(SECRET)).unwrap();
    let second = open(&folder).with_mount("other").unwrap();
    assert!(second.read_code("a").is_ok());
    keep.unmount("other").unwrap();
    for handle in [&other, &second] {
        let kinds = [
            failure(handle.read_code("a")).kind(),
            failure(handle.read_key("a")).kind(),
            failure(handle.list_keys("")).kind(),
            failure(handle.validate_code("a", "123456")).kind(),
            failure(handle.write_key("d", &key(SECRET))).kind(),
            failure(handle.delete_key("a")).kind(),
            failure(handle.read_attempts("a")).kind(),
            failure(handle.reset_attempts("a")).kind(),
            failure(handle.unmount("other")).kind(),
            failure(handle.tune_mount("other", &MountSpec::default())).kind(),
        ];
        assert_eq!(kinds, [Kind::MountNotFound; 10]);
    }
    assert_eq!(keep.status().unwrap().keys, 1);
    keep.mount("other", &MountSpec::default()).unwrap();
    for handle in [&other, &second] {
        assert!(handle.list_keys("").unwrap().is_empty(), "a mount of the same path begins empty");
        assert_eq!(failure(handle.read_code("a")).kind(), Kind::KeyNotFound);
    }
    assert_eq!(keep.list_keys("").unwrap(), ["a"]);
}

#[test]
fn tuning_changes_what_it_names_alone() {
    let folder = Folder::new();
    let keep = open(&folder);
    let described = MountSpec { description: Some("of the web team".into()), ..MountSpec::default() };
    let before = keep.tune_mount("totp", &described).unwrap();
    let tuned = keep.tune_mount("totp", &MountSpec { max_failures: Some(7), ..MountSpec::default() }).unwrap();
    assert_eq!((tuned.description.as_str(), tuned.throttle.max_failures), ("of the web team", 7));
    assert_eq!(tuned.throttle.free_attempts, before.throttle.free_attempts);
    for (free, lock, longest, failures) in
        [(Some(1001), None, None, None), (None, Some(0), None, None), (None, Some(301), None, None)]
            .into_iter()
            .chain([(None, None, Some(86_401), None), (None, None, None, Some(0)), (None, None, None, Some(1_000_001))])
    {
        let spec = MountSpec {
            free_attempts: free,
            lock_seconds: lock,
            max_lock_seconds: longest,
            max_failures: failures,
            ..MountSpec::default()
        };
        assert_eq!(failure(keep.tune_mount("totp", &spec)).kind(), Kind::InvalidArgument, "{spec:?}");
        assert_eq!(failure(keep.mount("new", &spec)).kind(), Kind::InvalidArgument, "{spec:?}");
    }
    assert_eq!(keep.list_mounts().unwrap(), [tuned]);
}

#[test]
fn names_are_listed_in_pages_in_byte_order() {
    let folder = Folder::new();
    let keep = open(&folder);
    let mut names: Vec<String> = (0..25).map(|number| format!("key-{number}")).collect();
    names.extend(["Z", "_", "a", "a.b", "a@b", "a+b", "a-b", "0"].map(Into::into));
    for name in &names {
        keep.write_key(name, &key(SECRET)).unwrap();
    }
    names.sort();
    assert_eq!(keep.list_keys("").unwrap(), names);
    for size in [1, 7, 33, 34, 1000] {
        let mut listed = Vec::<String>::new();
        loop {
            let after = listed.last().cloned().unwrap_or_default();
            let page = keep.list_keys_up_to(&after, size).unwrap();
            assert!(page.len() <= size);
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, names, "pages of {size}");
    }
    // The name to begin after need not exist.
    assert_eq!(keep.list_keys_up_to("key-9999", 1).unwrap(), Vec::<String>::new());
    assert_eq!(keep.list_keys_up_to("b", 1).unwrap(), ["key-0"]);
    for limit in [0, 1001, usize::MAX] {
        let error = failure(keep.list_keys_up_to("", limit));
        assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("limit")));
    }
}

#[test]
fn names_begin_and_end_with_a_letter_digit_or_underscore() {
    let folder = Folder::new();
    let keep = open(&folder);
    let longest = "n".repeat(512);
    for name in ["a", "_", "0", "a-b", "a.b", "a@b.c", "a+b", "A__", "a--b", &longest] {
        keep.write_key(name, &key(SECRET)).unwrap();
        assert_eq!(keep.read_key(name).unwrap().name, name);
    }
    let refused = [
        "",
        "-",
        ".",
        "@",
        "+",
        "-a",
        "a-",
        "a.",
        ".a",
        "a+",
        "a b",
        " a",
        "a ",
        "a/b",
        "a\\b",
        "ä",
        "a:b",
        "a\0b",
        "a\nb",
        "a%",
        "a*",
        "a'",
        "..",
        &(longest.clone() + "n"),
    ];
    for name in refused {
        for error in [failure(keep.write_key(name, &key(SECRET))), failure(keep.read_code(name))] {
            assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("name")), "{name:?}");
        }
    }
}

#[test]
fn an_existing_key_is_replaced_only_when_asked() {
    let folder = Folder::new();
    let keep = open(&folder);
    keep.write_key("alice", &key(SECRET)).unwrap();
    let generated =
        || KeySpec { issuer: Some("Acme".into()), account_name: Some("alice".into()), ..KeySpec::default() };
    let before = keep.read_code_at("alice", crate::support::time(0)).unwrap();
    assert_eq!(failure(keep.write_key("alice", &key(OTHER_SECRET))).kind(), Kind::KeyExists);
    assert_eq!(failure(keep.generate_key("alice", &generated())).kind(), Kind::KeyExists);
    assert_eq!(keep.read_code_at("alice", crate::support::time(0)).unwrap().value(), before.value());
    keep.generate_key("alice", &KeySpec { overwrite: true, ..generated() }).unwrap();
    assert_eq!(keep.read_key("alice").unwrap().issuer, "Acme");
    for name in ["read", "delete", "reset"] {
        assert_eq!(failure(keep.delete_key(name)).kind(), Kind::KeyNotFound);
        assert_eq!(failure(keep.reset_attempts(name)).kind(), Kind::KeyNotFound);
        assert_eq!(failure(keep.read_key(name)).kind(), Kind::KeyNotFound);
    }
}
