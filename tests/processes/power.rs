//! Power cuts: what a process acknowledged is on the disk, not only in the memory of the machine.
//!
//! The keep lies on a file system in an image. A copy of the image, made while a process writes, is what a disk has when
//! the power goes: what the file system had not yet written is not in it. The acknowledgements are outside.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use otpkeep::{Keep, Outcome};

use crate::crash::VALIDATED;
use crate::support::{Folder, SECRET, code, key, size, time};
use crate::unix;
use crate::worker::{Worker, at_any_time};

const IMAGE_BYTES: u64 = 48 << 20;
/// A build that leaves out the sync of a commit, which this test must find out.
const IS_UNSAFE_BUILD: bool = cfg!(otpkeep_synchronous_normal);

/// A file system that is mounted from an image, until its end.
struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, place: PathBuf) -> Mounted {
        std::fs::create_dir_all(&place).unwrap();
        run("mount", &["-o".as_ref(), "loop".as_ref(), image, &place]);
        Mounted(place)
    }

    /// What its device did so far.
    fn traffic(&self) -> String {
        let device = run("findmnt", &["-no".as_ref(), "SOURCE".as_ref(), &self.0]);
        let name = device.trim().strip_prefix("/dev/").unwrap();
        std::fs::read_to_string(format!("/sys/block/{name}/stat")).unwrap()
    }
}

/// Copies the image of a file system as it is at one moment: the kernel writes into it whoever stands still.
fn copy_of_one_moment(disk: &Mounted, image: &Path, copy: &Path) {
    loop {
        let before = disk.traffic();
        std::fs::copy(image, copy).unwrap();
        if disk.traffic() == before {
            return;
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn run(program: &str, arguments: &[&Path]) -> String {
    let done = Command::new(program).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "`{program}` failed (this test has to be run as root): {told}");
    String::from_utf8(done.stdout).unwrap()
}

/// What the workers acknowledged.
#[derive(Default)]
struct Acknowledged {
    codes: HashSet<(String, i64)>,
    keys: HashSet<String>,
}

impl Acknowledged {
    fn note(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["accepted", name, at] => drop(self.codes.insert((name.to_owned(), at.parse().unwrap()))),
            ["written", name] => drop(self.keys.insert(name.to_owned())),
            ["rewrapped"] => {}
            _ => panic!("{line}"),
        }
    }

    /// How much of it a keep does not know: codes that it accepts again, and keys that it does not have.
    fn lost_in(&self, keep: &Keep) -> usize {
        let is_lost = |(name, at): &&(String, i64)| {
            let verdict = keep.validate_code_at(name, code(keep, name, *at), time(*at)).unwrap();
            // Where a later one was accepted too, this one may lie behind the window.
            !matches!(verdict.outcome, Outcome::Replayed | Outcome::ClockBehind)
        };
        let keys = self.keys.iter().filter(|name| keep.read_key(name).is_err()).count();
        self.codes.iter().filter(is_lost).count() + keys
    }
}

#[test]
fn what_was_acknowledged_before_a_power_cut_is_never_lost() {
    let cuts = size(6, 60);
    let folder = Folder::new();
    let image = folder.file("image");
    File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
    run("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), &image]);
    let disk = Mounted::new(&image, folder.file("disk"));
    let location = disk.0.join("auth.keep");
    let keep = Keep::open(&location, &at_any_time()).unwrap();
    VALIDATED.iter().for_each(|name| drop(keep.write_key(name, &key(SECRET)).unwrap()));
    drop(keep);

    let mut all = Acknowledged::default();
    let mut lost_in_cuts = Vec::new();
    for cut in 0..cuts {
        let role = if cut % 3 == 2 { "rewrap too" } else { "write and validate" };
        let mut worker = Worker::start(role, &location);
        all.note(&worker.answer());
        let cut_at = Instant::now() + Duration::from_millis(50 + cut * 137 % 400);
        while Instant::now() < cut_at {
            all.note(&worker.answer());
        }
        unix::signal(worker.process(), libc::SIGSTOP);
        unix::wait_until_stopped(worker.process());
        let after = folder.file("after the cut");
        copy_of_one_moment(&disk, &image, &after);
        worker.kill();
        // It said all of this before it was stopped.
        std::iter::from_fn(|| worker.hear()).for_each(|line| all.note(&line));

        let disk = Mounted::new(&after, folder.file("disk after the cut"));
        let keep = Keep::open(disk.0.join("auth.keep"), &at_any_time()).unwrap();
        lost_in_cuts.push(all.lost_in(&keep));
        // A backup opens every record.
        keep.backup(folder.file("backup")).unwrap();
        std::fs::remove_file(folder.file("backup")).unwrap();
    }
    let lost: usize = lost_in_cuts.iter().sum();
    let losing = lost_in_cuts.iter().filter(|lost| **lost > 0).count();
    let (codes, keys) = (all.codes.len(), all.keys.len());
    eprintln!("{cuts} power cuts: {codes} codes and {keys} keys were acknowledged; {losing} cuts lost {lost} of them");
    assert!(codes + keys >= 20 * cuts as usize, "too little was done to be lost");
    assert_eq!(losing > 0, IS_UNSAFE_BUILD);
}
