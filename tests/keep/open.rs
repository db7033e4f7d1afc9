//! Opening and creating: each failure has its own kind, and a foreign file is left as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use otpkeep::{Keep, Kind, OpenOptions, PassphraseCost};
use rusqlite::Connection;

use crate::support::{Folder, ROOT_KEY, SECRET, failure, key, options};

fn opening_fails(path: impl AsRef<Path>, options: &OpenOptions) -> Kind {
    failure(Keep::open(path, options)).kind()
}

fn put(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A closed keep with one key.
fn make_keep(path: &Path) {
    let keep = Keep::open(path, &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
}

#[test]
fn nothing_is_found_unless_it_is_to_be_made() {
    let folder = Folder::new();
    let mut existing = options();
    existing.set_create(false);
    assert_eq!(opening_fails(folder.keep(), &existing), Kind::KeepNotFound);
    assert_eq!(opening_fails(folder.file("absent/auth.keep"), &existing), Kind::KeepNotFound);
    assert_eq!(opening_fails(folder.file("absent/auth.keep"), &options()), Kind::KeepNotFound);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "a failed opening leaves no file");
    make_keep(&folder.keep());
    // `create` is for the first time only: later it opens what is there.
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
    assert_eq!(opening_fails(folder.keep().join("below-a-file"), &existing), Kind::KeepNotFound);
}

#[test]
fn a_foreign_file_is_not_a_keep_and_stays_as_it_is() {
    let folder = Folder::new();
    let database = folder.file("database");
    let connection = Connection::open(&database).unwrap();
    connection.execute_batch("CREATE TABLE keys (name TEXT); INSERT INTO keys VALUES ('alice')").unwrap();
    connection.close().unwrap();
    put(&database, &fs::read(&database).unwrap(), 0o600);
    put(&folder.file("empty"), b"", 0o600);
    put(&folder.file("text"), b"secrets for the morning shift\n".repeat(100).as_slice(), 0o600);
    put(&folder.file("short"), b"SQLite format 3\0", 0o600);
    put(&folder.file("zeros"), &[0; 8192], 0o600);
    for name in ["database", "empty", "text", "short", "zeros"] {
        let path = folder.file(name);
        let before = fs::read(&path).unwrap();
        for create in [false, true] {
            let mut options = options();
            options.set_create(create);
            assert_eq!(opening_fails(&path, &options), Kind::NotAKeep, "{name}");
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
    assert_eq!(opening_fails(folder.path(), &options()), Kind::NotAKeep);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "nothing is left beside them");
}

#[test]
fn the_format_number_decides_who_may_read() {
    let folder = Folder::new();
    make_keep(&folder.keep());
    for (version, kind) in [(2, Kind::NewerFormat), (i32::MAX, Kind::NewerFormat), (0, Kind::Corrupt)] {
        let connection = Connection::open(folder.keep()).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        assert_eq!(opening_fails(folder.keep(), &options()), kind, "{version}");
    }
}

#[test]
fn a_wrong_root_key_and_a_damaged_slot_are_different_errors() {
    let folder = Folder::new();
    make_keep(&folder.keep());
    let mut wrong = OpenOptions::new();
    wrong.set_root_key(&[8; 32]).unwrap();
    let mut passphrase = OpenOptions::new();
    passphrase.set_passphrase(b"a passphrase where none was set").unwrap();
    assert_eq!(opening_fails(folder.keep(), &wrong), Kind::WrongRootKey);
    assert_eq!(opening_fails(folder.keep(), &passphrase), Kind::WrongRootKey);

    let connection = Connection::open(folder.keep()).unwrap();
    let slot: Vec<u8> = connection.query_row("SELECT slot FROM slots", (), |row| row.get(0)).unwrap();
    drop(connection);
    for position in 0..slot.len() {
        let mut damaged = slot.clone();
        damaged[position] ^= 0x10;
        let connection = Connection::open(folder.keep()).unwrap();
        connection.execute("UPDATE slots SET slot = ?1", [&damaged]).unwrap();
        drop(connection);
        assert_eq!(opening_fails(folder.keep(), &options()), Kind::Corrupt, "byte {position}");
        assert_eq!(opening_fails(folder.keep(), &wrong), Kind::Corrupt, "byte {position}");
    }
}

#[test]
fn files_are_private_from_the_start_and_must_stay_so() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.backup(folder.file("backup")).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(keep);
    for open in [0o640, 0o604, 0o620, 0o644, 0o666, 0o601] {
        fs::set_permissions(folder.keep(), fs::Permissions::from_mode(open)).unwrap();
        assert_eq!(opening_fails(folder.keep(), &options()), Kind::PermissionsTooOpen, "{open:o}");
    }
    for private in [0o600, 0o700] {
        fs::set_permissions(folder.keep(), fs::Permissions::from_mode(private)).unwrap();
        Keep::open(folder.keep(), &options()).unwrap();
    }
}

#[test]
fn exactly_one_root_key_is_given() {
    let folder = Folder::new();
    put(&folder.file("key"), &ROOT_KEY, 0o600);
    for given in 0..8 {
        let mut options = OpenOptions::new();
        options.set_create(true).set_passphrase_cost(PassphraseCost { memory_kib: 19_456, passes: 1 }).unwrap();
        if given & 1 != 0 {
            options.set_root_key(&ROOT_KEY).unwrap();
        }
        if given & 2 != 0 {
            options.set_passphrase(b"correct horse").unwrap();
        }
        if given & 4 != 0 {
            options.set_key_file(folder.file("key")).unwrap();
        }
        let opened = Keep::open(folder.file(&format!("keep-{given}")), &options);
        if u32::count_ones(given) == 1 {
            opened.unwrap();
        } else {
            let error = failure(opened);
            assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("root_key")), "{given}");
        }
    }
}

#[test]
fn a_key_file_holds_32_bytes_or_their_hexadecimal_digits() {
    let folder = Folder::new();
    make_keep(&folder.keep());
    let file = folder.file("key");
    let mut options = OpenOptions::new();
    options.set_key_file(&file).unwrap();
    let hex = "07".repeat(32);
    let mixed = "0A".repeat(16) + &"0a".repeat(16);
    for content in [ROOT_KEY.to_vec(), hex.clone().into(), format!("{hex}\n").into(), format!("{hex}\r\n").into()] {
        put(&file, &content, 0o600);
        Keep::open(folder.keep(), &options).unwrap();
    }
    put(&file, mixed.as_bytes(), 0o600);
    assert_eq!(opening_fails(folder.keep(), &options), Kind::WrongRootKey);

    let refused = ["", "07", &hex[1..], &format!("{hex}0"), &format!("{hex}00"), &format!(" {hex}"), &"zz".repeat(32)];
    for content in refused.map(str::as_bytes).into_iter().chain([[7; 31].as_slice(), &[7; 33], &vec![b'0'; 10 << 20]]) {
        put(&file, content, 0o600);
        let error = failure(Keep::open(folder.keep(), &options));
        assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("key_file")));
    }
    options.set_key_file(folder.path()).unwrap();
    assert_eq!(opening_fails(folder.keep(), &options), Kind::InvalidArgument);
    options.set_key_file(folder.file("absent")).unwrap();
    assert_eq!(opening_fails(folder.keep(), &options), Kind::InvalidArgument);
}

#[test]
fn a_key_file_that_others_can_write_is_refused_and_one_they_can_read_is_warned_about() {
    let folder = Folder::new();
    let file = folder.file("key");
    put(&file, &ROOT_KEY, 0o600);
    let mut options = OpenOptions::new();
    options.set_key_file(&file).unwrap().set_create(true);
    let warnings = |options: &OpenOptions| Keep::open(folder.keep(), options).unwrap().status().unwrap().warnings;
    let private = warnings(&options);
    for open in [0o620, 0o602, 0o666] {
        put(&file, &ROOT_KEY, open);
        assert_eq!(opening_fails(folder.keep(), &options), Kind::PermissionsTooOpen, "{open:o}");
    }
    for readable in [0o640, 0o604, 0o444] {
        put(&file, &ROOT_KEY, readable);
        options.set_strict(false);
        let mut warned = warnings(&options);
        assert!(warned.pop().is_some_and(|warning| warning.contains("key file")), "{readable:o}");
        assert_eq!(warned, private);
        options.set_strict(true);
        assert_eq!(opening_fails(folder.keep(), &options), Kind::PermissionsTooOpen, "{readable:o}");
    }
    put(&file, &ROOT_KEY, 0o400);
    assert_eq!(warnings(&options), private);
}

#[test]
fn two_handles_see_each_others_work_at_once() {
    let folder = Folder::new();
    let first = Keep::open(folder.keep(), &options()).unwrap();
    let second = Keep::open(folder.keep(), &options()).unwrap();
    first.write_key("alice", &key(SECRET)).unwrap();
    assert_eq!(second.list_keys("").unwrap(), ["alice"]);
    second.delete_key("alice").unwrap();
    assert_eq!(failure(first.read_code("alice")).kind(), Kind::KeyNotFound);
    first.mount("other", &Default::default()).unwrap();
    second.with_mount("other").unwrap().write_key("bob", &key(SECRET)).unwrap();
    drop(first);
    assert_eq!(second.with_mount("other").unwrap().list_keys("").unwrap(), ["bob"]);
}

#[test]
fn a_closed_keep_is_one_file() {
    let folder = Folder::new();
    make_keep(&folder.keep());
    // Without its companions the file alone holds everything.
    fs::copy(folder.keep(), folder.file("moved")).unwrap();
    let keep = Keep::open(folder.file("moved"), &options()).unwrap();
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
    assert!(keep.read_code("alice").is_ok());
}
