//! Processes that fork while they have a keep open.

use std::cell::Cell;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use otpkeep::{Keep, Kind, Outcome};

use crate::support::{Folder, SECRET, START, code, failure, key, time};
use crate::unix::{exit_now, fork, fork_here, signal, wait};
use crate::worker::{Worker, at_any_time, say};

/// Takes the lock again and again in one thread and forks in another. The child ends its parent at once, says its number,
/// and lives.
pub(crate) fn fork_while_writing(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    let count = AtomicI64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                // A transaction that ends without a commit takes so little time that a fork often meets the lock alone.
                assert_eq!(failure(keep.delete_key("nobody")).kind(), Kind::KeyNotFound);
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        while count.load(Ordering::Relaxed) < 3 {
            thread::yield_now();
        }
        fork(|| {
            signal(std::os::unix::process::parent_id(), libc::SIGKILL);
            say(&std::process::id().to_string());
            loop {
                thread::park();
            }
        });
    });
}

#[test]
fn a_killed_lock_holder_with_a_living_child_blocks_nobody() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    for round in 0..40 {
        let mut worker = Worker::start("fork while writing", &folder.keep());
        let child = worker.answer().parse().unwrap();
        worker.kill();
        // Nothing but the child of the killed one could hold the lock.
        let written = keep.write_key(&format!("key-{round}"), &key(SECRET));
        signal(child, libc::SIGKILL);
        written.unwrap();
    }
}

#[test]
fn others_may_fork_while_a_backup_tells_how_far_it_is() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut told = 0;
    let mut fork_beside = |_, _| {
        let (tell, child) = mpsc::channel();
        thread::spawn(move || tell.send(wait(fork(|| 0))));
        assert_eq!(child.recv_timeout(Duration::from_secs(30)), Ok(0));
        told += 1;
    };
    keep.backup_with(folder.file("backup"), &mut fork_beside).unwrap();
    assert_eq!(told, 2);
}

/// A child that panics may end with 0.
const AS_IT_SHOULD: i32 = 7;

/// A progress function forks, and the child returns from it, too, as if the backup were its own.
pub(crate) fn fork_inside_a_backup(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    let log = path.with_extension("log");
    keep.enable_audit("file", log.to_str().unwrap()).unwrap();
    let told = || std::fs::read_to_string(&log).unwrap().lines().count();
    let before = told();
    let (mut status, is_child) = (None, Cell::new(false));
    let mut fork_once = |done, _| {
        if done > 0 {
            match fork_here() {
                Some(child) => status = Some(wait(child)),
                None => is_child.set(true),
            }
        }
    };
    let outcome = keep.backup_with(path.with_extension("backup"), &mut fork_once);
    if is_child.get() {
        let forked = outcome.is_err_and(|error| error.kind() == Kind::Forked);
        drop(keep);
        exit_now(if forked { AS_IT_SHOULD } else { 1 });
    }
    outcome.unwrap();
    assert_eq!(status, Some(AS_IT_SHOULD));
    // The request and its one answer.
    say(&format!("told {} times", told() - before));
}

#[test]
fn a_child_neither_finishes_nor_removes_the_backup_of_its_parent() {
    let folder = Folder::new();
    Keep::open(folder.keep(), &at_any_time()).unwrap().write_key("alice", &key(SECRET)).unwrap();
    Worker::start("fork inside a backup", &folder.keep()).expect("told 2 times");
    let backup = Keep::open(folder.keep().with_extension("backup"), &at_any_time()).unwrap();
    assert_eq!(backup.list_keys("").unwrap(), ["alice"]);
}

/// The child drops what it inherited and opens the keep anew, the parent closes its own, and only then the child commits.
pub(crate) fn fork_and_close(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    let sibling = keep.with_mount("totp").unwrap();
    assert!(!keep.is_forked());
    let mut handles = Some((keep, sibling));
    let (mut opened, mut tell_opened) = std::io::pipe().unwrap();
    let (mut closed, mut tell_closed) = std::io::pipe().unwrap();
    let child = fork(|| {
        let (keep, sibling) = handles.take().unwrap();
        assert!(keep.is_forked() && sibling.is_forked());
        let kinds = [
            failure(keep.read_code("alice")).kind(),
            failure(keep.validate_code("alice", "123456")).kind(),
            failure(keep.write_key("bob", &key(SECRET))).kind(),
            failure(sibling.list_keys("")).kind(),
            failure(keep.status()).kind(),
            failure(keep.rotate()).kind(),
            failure(keep.backup(path.with_extension("backup"))).kind(),
        ];
        assert_eq!(kinds, [Kind::Forked; 7]);
        drop((keep, sibling));
        let own = Keep::open(path, &at_any_time()).unwrap();
        own.write_key("early", &key(SECRET)).unwrap();
        tell_opened.write_all(b"o").unwrap();
        closed.read_exact(&mut [0]).unwrap();
        own.write_key("late", &key(SECRET)).unwrap();
        let code = code(&own, "alice", START);
        assert!(own.validate_code_at("alice", code, time(START)).unwrap().is_accepted());
        0
    });
    opened.read_exact(&mut [0]).unwrap();
    drop(handles.take());
    tell_closed.write_all(b"c").unwrap();
    say(&wait(child).to_string());
}

#[test]
fn what_a_child_commits_after_its_parent_closed_is_seen_by_a_third() {
    for _ in 0..10 {
        let folder = Folder::new();
        Keep::open(folder.keep(), &at_any_time()).unwrap().write_key("alice", &key(SECRET)).unwrap();
        let mut worker = Worker::start("fork and close", &folder.keep());
        worker.expect("0");
        drop(worker);
        let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
        assert_eq!(keep.list_keys("").unwrap(), ["alice", "early", "late"]);
        let spent = code(&keep, "alice", START);
        assert_eq!(keep.validate_code_at("alice", spent, time(START)).unwrap().outcome, Outcome::Replayed);
    }
}

/// Forks again and again while four threads validate; each child opens the keep and validates too.
pub(crate) fn fork_while_validating(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    for name in ["a", "b", "c", "d", "child"] {
        keep.write_key(name, &key(SECRET)).unwrap();
    }
    let done = AtomicBool::new(false);
    let statuses: Vec<String> = thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let (keep, done) = (&keep, &done);
            scope.spawn(move || {
                for step in 0.. {
                    let at = START + 30 * step;
                    let verdict = keep.validate_code_at(name, code(keep, name, at), time(at)).unwrap();
                    assert!(verdict.is_accepted(), "{verdict:?}");
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let mut statuses = Vec::new();
        for round in 0..30 {
            let child = fork(|| {
                let own = Keep::open(path, &at_any_time()).unwrap();
                let at = START + 30 * round;
                let right = code(&own, "child", at);
                let first = own.validate_code_at("child", &right, time(at)).unwrap();
                let second = own.validate_code_at("child", &right, time(at)).unwrap();
                let once = first.is_accepted() && second.outcome == Outcome::Replayed;
                // A child may drop what it inherited and what it opened.
                drop(own);
                i32::from(!once || failure(keep.read_code("a")).kind() != Kind::Forked)
            });
            statuses.push(wait(child).to_string());
        }
        done.store(true, Ordering::Relaxed);
        statuses
    });
    // The parent saw nothing of it.
    let next = START + 30 * 30;
    let verdict = keep.validate_code_at("child", code(&keep, "child", next), time(next)).unwrap();
    say(&format!("{} {}", statuses.join(""), verdict.outcome.name()));
}

#[test]
fn children_forked_amid_validations_open_and_validate() {
    let folder = Folder::new();
    drop(Keep::open(folder.keep(), &at_any_time()).unwrap());
    let mut worker = Worker::start("fork while validating", &folder.keep());
    worker.expect(&format!("{} accepted", "0".repeat(30)));
}
