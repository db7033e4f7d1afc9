//! Files that are replaced beneath an open keep: no answer is lost without an error, and work goes on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use otpkeep::{Keep, KeySpec, Kind, Outcome};

use crate::support::{Folder, OTHER_SECRET, SECRET, START, clocked_options, code, failure, key, options};

#[test]
fn a_deleted_log_is_an_error_and_never_a_lost_answer() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    drop(keep);
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let right = code(&keep, "alice", START);
    fs::remove_file(folder.file("auth.keep-wal")).unwrap();
    assert_eq!(failure(keep.validate_code("alice", &right)).kind(), Kind::StoreReplaced);
    // The files were opened anew; what was answered with an error had not been stored.
    assert!(keep.validate_code("alice", &right).unwrap().is_accepted());
    assert_eq!(keep.validate_code("alice", &right).unwrap().outcome, Outcome::Replayed);
    drop(keep);
    let keep = Keep::open(folder.keep(), &options).unwrap();
    assert_eq!(keep.validate_code("alice", &right).unwrap().outcome, Outcome::Replayed);
}

#[test]
fn another_keep_in_the_place_of_an_open_one_is_refused() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    Keep::open(folder.file("other"), &options()).unwrap().write_key("alice", &key(OTHER_SECRET)).unwrap();
    fs::rename(folder.file("other"), folder.keep()).unwrap();
    fs::remove_file(folder.file("auth.keep-wal")).unwrap();
    fs::remove_file(folder.file("auth.keep-shm")).unwrap();
    for _ in 0..3 {
        assert_eq!(failure(keep.write_key("bob", &key(SECRET))).kind(), Kind::StoreReplaced);
    }
    drop(keep);
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
}

/// SQLite's locks belong to the process, and closing any descriptor of a file gives them up. Read from `/proc/locks`.
#[test]
#[cfg(target_os = "linux")]
fn a_handle_that_closes_gives_up_no_lock_of_one_that_opens() {
    let folder = Folder::new();
    Keep::open(folder.keep(), &options()).unwrap().write_key("alice", &key(SECRET)).unwrap();
    let inode = fs::metadata(folder.keep()).unwrap().ino();
    let (process, file) = (format!(" {} ", std::process::id()), format!(":{inode} "));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    drop(Keep::open(folder.keep(), &options()).unwrap());
                }
            });
        }
        let lost = (0..300).filter(|_| {
            let keep = Keep::open(folder.keep(), &options()).unwrap();
            keep.read_code("alice").unwrap();
            // The list is read in parts, and may miss a lock while others come and go. One that is gone stays gone.
            let listed = |_| {
                thread::yield_now();
                let locks = fs::read_to_string("/proc/locks").unwrap();
                let ours = |lock: &str| lock.contains("POSIX") && lock.contains(&process) && lock.contains(&file);
                locks.lines().any(ours)
            };
            !(0..20).any(listed)
        });
        let lost = lost.count();
        done.store(true, Ordering::Relaxed);
        assert_eq!(lost, 0);
    });
}

#[test]
fn a_key_written_after_an_older_history_came_back_can_be_read_by_all() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.backup(folder.file("backup")).unwrap();
    keep.rotate().unwrap();
    fs::rename(folder.file("backup"), folder.keep()).unwrap();
    for companion in ["auth.keep-wal", "auth.keep-shm"] {
        fs::remove_file(folder.file(companion)).unwrap();
    }
    // As many rotations as in the history before, and another key under the same term.
    Keep::open(folder.keep(), &options()).unwrap().rotate().unwrap();
    let first = keep.write_key("bob", &key(OTHER_SECRET));
    if let Err(error) = first {
        assert_eq!(error.kind(), Kind::StoreReplaced);
        keep.write_key("bob", &key(OTHER_SECRET)).unwrap();
    }
    drop(keep);
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    assert!(keep.read_code("alice").is_ok() && keep.read_code("bob").is_ok());
}

#[test]
fn many_callers_meet_a_deleted_log_and_none_waits_for_another() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (keep, done) = (&keep, &done);
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        let outcome = if caller % 2 == 0 {
                            keep.validate_code("alice", "000000").map(drop)
                        } else {
                            keep.write_key(&format!("key-{caller}"), &KeySpec { overwrite: true, ..key(SECRET) })
                                .map(drop)
                        };
                        if let Err(error) = outcome {
                            assert_ne!(error.kind(), Kind::Busy, "{error}");
                        }
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            let _ = fs::remove_file(folder.file("auth.keep-wal"));
            // Until the callers have met it and made a new one.
            while !folder.file("auth.keep-wal").exists() && !callers.iter().any(|caller| caller.is_finished()) {
                thread::yield_now();
            }
        }
        done.store(true, Ordering::SeqCst);
    });
    drop(keep);
}
