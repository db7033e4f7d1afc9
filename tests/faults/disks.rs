//! Disks that are full, file systems that become read-only, and too many open files, for real.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use otpkeep::{Keep, Kind, Outcome};

use crate::operation::open_options;
use crate::support::{Folder, ROOT_KEY, SECRET, START, code, failure, key, time};
use crate::unix;
use crate::worker::{run_alone, said, say};

/// A file system of 2 MiB in memory. Mounting needs root; the tests need it too.
struct Disk {
    folder: Folder,
}

impl Disk {
    fn new() -> Disk {
        let disk = Disk { folder: Folder::new() };
        disk.mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
        disk
    }

    fn remount(&self, how: &str) {
        self.mount(&["-o", &format!("remount,{how}")]);
    }

    fn mount(&self, arguments: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let output = Command::new("mount").args(arguments).arg(self.folder.path()).output().expect("mount");
            if output.status.success() {
                return;
            }
            // A process that another test starts has our files open until it runs its own program.
            let text = String::from_utf8_lossy(&output.stderr);
            let passes = text.contains("busy") && Instant::now() < deadline;
            assert!(passes, "this test must mount a file system, as root may: {text}");
        }
    }

    fn keep(&self) -> PathBuf {
        self.folder.keep()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // At once for the tests, and for good when nobody has a file of it open.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking(), "umount");
    }
}

fn open(path: &Path) -> otpkeep::Result<Keep> {
    Keep::open(path, open_options(&ROOT_KEY).set_manual_clock(true))
}

fn create(path: &Path) -> otpkeep::Result<Keep> {
    Keep::open(path, open_options(&ROOT_KEY).set_create(true).set_manual_clock(true))
}

#[test]
fn a_full_disk_loses_nothing_and_accepts_nothing() {
    let disk = Disk::new();
    // What is freed in the end: to merge the log into the file takes room.
    let ballast = disk.folder.file("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let keep = create(&disk.keep()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut written = Vec::new();
    let error = loop {
        let name = format!("key-{}", written.len());
        match keep.write_key(&name, &key(SECRET)) {
            Ok(_) => written.push(name),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), Kind::DiskFull, "{error}");
    // A little room, for some codes.
    File::options().write(true).open(&ballast).unwrap().set_len(900 << 10).unwrap();
    let mut accepted = Vec::new();
    let refused = loop {
        let at = START + 30 * accepted.len() as i64;
        match keep.validate_code_at("alice", code(&keep, "alice", at), time(at)) {
            Ok(verdict) => {
                assert!(verdict.is_accepted(), "{verdict:?}");
                accepted.push(at);
            }
            Err(error) => break (at, error),
        }
    };
    let (at, error) = refused;
    assert_eq!(error.kind(), Kind::DiskFull, "{error}");
    let refusals = [
        failure(keep.delete_key("alice")),
        failure(keep.rotate()),
        failure(keep.backup(disk.folder.file("copy"))),
        failure(create(&disk.folder.file("another"))),
    ];
    assert!(refusals.iter().all(|error| error.kind() == Kind::DiskFull), "{refusals:?}");
    assert!(!disk.folder.file("copy").exists() && !disk.folder.file("another").exists());
    let leftovers = std::fs::read_dir(disk.folder.path()).unwrap();
    assert_eq!(
        leftovers.filter(|file| file.as_ref().unwrap().path().to_string_lossy().contains("unfinished")).count(),
        0
    );

    // Codes are still read.
    assert_eq!(code(&keep, "alice", START).len(), 6);
    drop(keep);
    std::fs::remove_file(ballast).unwrap();
    let keep = open(&disk.keep()).unwrap();
    for name in &written {
        keep.read_key(name).unwrap();
    }
    for &spent in &accepted {
        let verdict = keep.validate_code_at("alice", code(&keep, "alice", spent), time(spent)).unwrap();
        assert!(matches!(verdict.outcome, Outcome::Replayed | Outcome::ClockBehind), "{verdict:?}");
    }
    assert!(keep.validate_code_at("alice", code(&keep, "alice", at), time(at)).unwrap().is_accepted());
    eprintln!("full disk: {} keys and {} codes acknowledged, none lost", written.len(), accepted.len());
}

#[test]
fn a_file_system_that_becomes_read_only_is_named_and_may_become_writable_again() {
    let disk = Disk::new();
    let keep = create(&disk.keep()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let right = code(&keep, "alice", START);
    drop(keep);
    disk.remount("ro");
    let keep = open(&disk.keep()).unwrap();
    assert_eq!(code(&keep, "alice", START), right);
    let refusals = [
        failure(keep.validate_code_at("alice", &right, time(START))),
        failure(keep.write_key("carol", &key(SECRET))),
        failure(keep.backup(disk.folder.file("copy"))),
        failure(create(&disk.folder.file("another"))),
    ];
    assert!(refusals.iter().all(|error| error.kind() == Kind::ReadOnly), "{refusals:?}");
    // The handle that was opened meanwhile writes too.
    disk.remount("rw");
    assert!(keep.validate_code_at("alice", &right, time(START)).unwrap().is_accepted());
    assert_eq!(keep.validate_code_at("alice", &right, time(START)).unwrap().outcome, Outcome::Replayed);
    // A keep without its log, which cannot be made, is not opened.
    drop(keep);
    for name in ["auth.keep-wal", "auth.keep-shm"] {
        std::fs::remove_file(disk.folder.file(name)).unwrap();
    }
    disk.remount("ro");
    assert_eq!(failure(open(&disk.keep())).kind(), Kind::ReadOnly);
    disk.remount("rw");
    open(&disk.keep()).unwrap();
}

/// With all descriptors taken but `0`, `1`, `2`, … of them, until everything works.
pub(crate) fn run_out_of_files(folder: &Path) {
    unix::limit_open_files(64);
    let path = folder.join("auth.keep");
    for spare in 0.. {
        let at = START + 30 * spare as i64;
        let mut taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        taken.truncate(taken.len() - spare);
        let answer = open(&path).and_then(|keep| {
            let code = keep.read_code_at("alice", time(at))?;
            keep.validate_code_at("alice", code.value(), time(at))
        });
        drop(taken);
        match answer {
            Ok(verdict) => {
                assert!(verdict.is_accepted(), "{verdict:?}");
                say(&format!("{spare}"));
                return;
            }
            Err(error) => {
                let named = error.reason().to_lowercase().contains("too many open files");
                assert!(error.kind() == Kind::Io && named, "with {spare} left: {error}");
            }
        }
        // Whatever failed, the code of this step was not accepted.
        let keep = open(&path).unwrap();
        assert!(keep.validate_code_at("alice", code(&keep, "alice", at), time(at)).unwrap().is_accepted());
    }
}

#[test]
fn too_many_open_files_are_named_and_nothing_is_accepted() {
    let folder = Folder::new();
    create(&folder.keep()).unwrap().write_key("alice", &key(SECRET)).unwrap();
    let output = run_alone("files: ", folder.path());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let spare: usize = said(&output)[0].parse().unwrap();
    assert!(spare > 2, "{spare} descriptors cannot be enough");
    eprintln!("too many open files: named with 0 to {} descriptors left, validated with {spare}", spare - 1);
}
