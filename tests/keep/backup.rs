//! Backups are complete and never replace anything; a restored keep accepts no code twice.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use otpkeep::access::TokenSpec;
use otpkeep::{Keep, KeySpec, Kind, OpenOptions, Outcome, restore};
use rusqlite::Connection;

use crate::support::{Folder, OTHER_SECRET, SECRET, START, clocked_options, code, failure, key, options, time};

#[test]
fn a_backup_opens_with_the_same_root_key_and_holds_everything() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.add_slot(OpenOptions::new().set_root_key(&[8; 32]).unwrap()).unwrap();
    keep.mount("other", &Default::default()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.with_mount("other").unwrap().write_key("bob", &key(OTHER_SECRET)).unwrap();
    keep.backup(folder.file("backup")).unwrap();
    // What comes later is not in it.
    keep.write_key("carol", &key(SECRET)).unwrap();
    for root_key in [[7; 32], [8; 32]] {
        let mut options = OpenOptions::new();
        options.set_root_key(&root_key).unwrap();
        let copy = Keep::open(folder.file("backup"), &options).unwrap();
        assert_eq!(copy.list_keys("").unwrap(), ["alice"]);
        assert_eq!(code(&copy, "alice", 0), code(&keep, "alice", 0));
        assert_eq!(copy.with_mount("other").unwrap().list_keys("").unwrap(), ["bob"]);
        assert_eq!(copy.status().unwrap().keep_id, keep.status().unwrap().keep_id);
    }
}

#[test]
fn nothing_is_ever_replaced() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    fs::write(folder.file("taken"), "a letter").unwrap();
    fs::create_dir(folder.file("folder")).unwrap();
    std::os::unix::fs::symlink(folder.file("nowhere"), folder.file("link")).unwrap();
    for taken in ["taken", "folder", "link", "auth.keep"] {
        assert_eq!(failure(keep.backup(folder.file(taken))).kind(), Kind::KeepExists, "{taken}");
        let restored = restore(folder.keep(), folder.file(taken), &options());
        assert_eq!(failure(restored).kind(), Kind::KeepExists, "{taken}");
    }
    assert_eq!(fs::read(folder.file("taken")).unwrap(), b"a letter");
    assert!(!folder.file("nowhere").exists());
    assert_eq!(failure(keep.backup(folder.file("absent/backup"))).kind(), Kind::KeepNotFound);
    let kind = |source: &str| failure(restore(folder.file(source), folder.file("new"), &options())).kind();
    assert_eq!((kind("absent"), kind("folder")), (Kind::KeepNotFound, Kind::NotAKeep));
    let leftovers = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("unfinished"));
    assert_eq!(leftovers.count(), 0);
}

/// More keys than one step of a backup's check opens.
const MANY: usize = 1_100;

#[test]
fn a_damaged_keep_is_not_backed_up() {
    let folder = Folder::in_memory();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    for number in 0..MANY {
        keep.write_key(&format!("key-{number:04}"), &key(SECRET)).unwrap();
    }
    keep.write_policy("some", "").unwrap();
    keep.create_token(&TokenSpec::default()).unwrap();
    drop(keep);
    let key_damaged = |name| format!("UPDATE keys SET sealed = zeroblob(length(sealed)) WHERE name = '{name}'");
    let state_damaged =
        |name| format!("UPDATE states SET failures = 1 WHERE id = (SELECT id FROM keys WHERE name = '{name}')");
    let record_damaged = |family| format!("UPDATE records SET version = version + 1 WHERE family = {family}");
    let names = ["key-0001", "key-1099"];
    let (states, keys, records) = (names.map(state_damaged), names.map(key_damaged), [2, 3].map(record_damaged));
    for (place, damage) in states.iter().chain(&keys).chain(&records).enumerate() {
        let source = folder.file("damaged");
        fs::copy(folder.keep(), &source).unwrap();
        assert_eq!(Connection::open(&source).unwrap().execute(damage, ()).unwrap(), 1, "{damage}");
        let keep = Keep::open(&source, &options()).unwrap();
        assert_eq!(failure(keep.backup(folder.file("backup"))).kind(), Kind::Corrupt, "{damage}");
        assert_eq!(code(&keep, "key-0500", 0).len(), 6);
        drop(keep);
        // Restoring opens keys and states, and forgets tokens.
        if place < 4 {
            assert_eq!(failure(restore(&source, folder.file("new"), &options())).kind(), Kind::Corrupt, "{damage}");
        }
        assert!(!folder.file("backup").exists() && !folder.file("new").exists(), "{damage}");
        fs::remove_file(source).unwrap();
    }
}

#[test]
fn a_backup_beside_writers_is_of_one_moment() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..3 {
            let (keep, done) = (&keep, &done);
            scope.spawn(move || {
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let name = format!("{writer}-{:05}", number % 40);
                    keep.write_key(&name, &KeySpec { overwrite: true, ..key(SECRET) }).unwrap();
                    let code = keep.read_code(&name).unwrap();
                    let _ = keep.validate_code(&name, code.value()).unwrap();
                }
            });
        }
        for number in 0..10 {
            let path = folder.file(&format!("backup-{number}"));
            keep.backup(&path).unwrap();
            let copy = Keep::open(&path, &options()).unwrap();
            for name in copy.list_keys("").unwrap() {
                assert_eq!(code(&copy, &name, 0), code(&keep, &name, 0));
                copy.read_key(&name).unwrap();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_may_have_been_used_since_a_backup_is_spent_after_restoring_it() {
    let folder = Folder::new();
    let (clock, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.write_key("ahead", &key(SECRET)).unwrap();
    keep.write_key("daily", &KeySpec { period: Some(86_400), skew: Some(0), ..key(SECRET) }).unwrap();
    assert!(keep.validate_code("ahead", code(&keep, "ahead", START + 30)).unwrap().is_accepted());
    keep.backup(folder.file("backup")).unwrap();
    clock.set(time(START + 100));
    let used = code(&keep, "alice", START + 100);
    assert!(keep.validate_code("alice", &used).unwrap().is_accepted());
    drop(keep);

    restore(folder.file("backup"), folder.file("restored"), &options).unwrap();
    let restored = Keep::open(folder.file("restored"), &options).unwrap();
    assert_eq!(restored.validate_code("alice", &used).unwrap().outcome, Outcome::Replayed);
    for (name, step) in [("alice", 30), ("ahead", 30)] {
        for code_of in [START + 100 - step, START + 100, START + 100 + step] {
            let verdict = restored.validate_code(name, code(&restored, name, code_of)).unwrap();
            assert_eq!(verdict.outcome, Outcome::Replayed, "{name} at {code_of}");
        }
    }
    assert_eq!(restored.validate_code("daily", code(&restored, "daily", START)).unwrap().outcome, Outcome::Replayed);
    // The window's last step was START + 120 and ends with 149: the next code is good as soon as the window holds it.
    clock.set(time(START + 120));
    assert!(restored.validate_code("alice", code(&restored, "alice", START + 150)).unwrap().is_accepted());
    clock.set(time(START + 86_400));
    assert!(restored.validate_code("daily", code(&restored, "daily", START + 86_400)).unwrap().is_accepted());
    assert_eq!(failure(restore(folder.file("backup"), folder.file("restored"), &options)).kind(), Kind::KeepExists);
    let mut wrong = OpenOptions::new();
    wrong.set_root_key(&[8; 32]).unwrap();
    assert_eq!(failure(restore(folder.file("backup"), folder.file("new"), &wrong)).kind(), Kind::WrongRootKey);
    assert!(!folder.file("new").exists());
}

#[test]
fn status_tells_what_the_keep_holds() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.mount("other", &Default::default()).unwrap();
    for name in ["a", "b"] {
        keep.write_key(name, &key(SECRET)).unwrap();
    }
    keep.rotate().unwrap();
    let status = keep.status().unwrap();
    assert_eq!((status.format, status.keys, status.mounts), (1, 2, 2));
    assert_eq!((status.current_term, status.terms, status.slots.len()), (2, 2, 1));
    assert_eq!(status.created, START as u64);
    assert!(status.keep_id.len() == 32 && status.storage.starts_with("SQLite 3.") && status.bytes > 4096);
}

#[test]
fn the_log_of_a_keep_that_was_removed_is_not_played_into_another() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let backup = folder.file("backup.keep");
    // Open to the end, so that the log stays as it is.
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.backup(&backup).unwrap();
    keep.write_key("bob", &key(SECRET)).unwrap();
    std::fs::remove_file(folder.keep()).unwrap();
    for suffix in ["-wal", "-shm"] {
        let error = failure(otpkeep::restore(&backup, folder.keep(), &options));
        assert!(error.kind() == Kind::KeepExists && error.reason().contains(suffix), "{error}");
        let error = failure(Keep::open(folder.keep(), &options));
        assert!(error.kind() == Kind::KeepExists && error.reason().contains(suffix), "{error}");
        assert_eq!(failure(Keep::open(&backup, &options).unwrap().backup(folder.keep())).kind(), Kind::KeepExists);
        assert!(!folder.keep().exists());
        std::fs::remove_file(format!("{}{suffix}", folder.keep().display())).unwrap();
    }
    otpkeep::restore(&backup, folder.keep(), &options).unwrap();
    let restored = Keep::open(folder.keep(), &options).unwrap();
    assert_eq!(restored.list_keys("").unwrap(), ["alice"]);
    // Whoever still has the removed keep open writes into nothing that has a name, and is told so.
    assert_eq!(failure(keep.write_key("carol", &key(SECRET))).kind(), Kind::StoreReplaced);
    assert_eq!(restored.list_keys("").unwrap(), ["alice"]);
}
