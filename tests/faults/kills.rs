//! Processes that are killed before and after every call that an operation makes on the keep's files.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use otpkeep::Keep;

use crate::errors::check_spent;
use crate::fault::{Action, CLASSES, Fault, Shim};
use crate::operation::{Codes, Expected, MORE, OPERATIONS, Operation, Scene, open_options};
use crate::sight;
use crate::support::{Folder, ROOT_KEY, size};
use crate::worker::{run, said, say};

/// Runs an operation to be killed at its nth call: `<action> <nth> <codes>, <operation>`.
pub(crate) fn die(order: &str, folder: &Path) {
    let (words, operation) = order.split_once(", ").unwrap();
    let (action, rest) = words.split_once(' ').unwrap();
    let (nth, codes) = rest.split_once(' ').unwrap();
    let action = if action == "before" { Action::KillBefore } else { Action::KillAfter };
    let fault = Fault { classes: (1 << CLASSES.len()) - 1, action, error: 0, lasting: false };
    let (shim, operation) = (Shim::preloaded(), Operation::of_name(operation));
    let mut scene = Scene::of(operation, folder.into(), &Codes::of_line(codes));
    shim.arm(folder, &fault, nth.parse().unwrap());
    let answer = operation.run(&mut scene).unwrap();
    say(&format!("answered {answer:?}"));
    // The close that follows can be struck too.
    drop(scene);
    assert_eq!(shim.disarm(), 0);
}

/// What all kills came to.
#[derive(Default)]
struct Tally {
    /// How many struck which call on which file.
    places: BTreeMap<String, u64>,
    /// How many left the state before, and how many the one after; and how many struck what changes nothing.
    before: u64,
    after: u64,
    unchanging: u64,
    /// How many of the latter came before the answer.
    unanswered: u64,
    /// How many fell between two batches of a rewrap.
    between_batches: u64,
}

/// Kills an operation before or after its nth call, and checks what is left; false when it makes fewer calls.
fn kill(operation: &Operation, action: &str, nth: u64, stage: &Stage<'_>, tally: &Mutex<Tally>) -> bool {
    let Stage { prepared, folder, codes, expected } = stage;
    Scene::lay(prepared, folder);
    // Every second time another process has the keep open, and the log and its index stay as they are.
    let beside = nth.is_multiple_of(2).then(|| Keep::open(folder.join("auth.keep"), &open_options(&ROOT_KEY)).unwrap());
    let output = run(&format!("kill: {action} {nth} {}, {}", codes.line(), operation.name), folder);
    let lines = said(&output);
    let answered = lines.iter().any(|line| line.starts_with("answered"));
    let Some(place) = lines.iter().find_map(|line| line.strip_prefix("killed ")) else {
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && answered, "{}: not killed: {}\n{text}", operation.name, output.status);
        return false;
    };
    let what = format!("{} killed {action} call {nth}, {place}", operation.name);
    assert_eq!(output.status.signal(), Some(libc::SIGKILL), "{what}");

    // First of all: what looks at the keep is told of in the log, too.
    let told = operation.is_told(folder);
    let seen = sight::without_leftovers(&sight::of_folder(folder).unwrap());
    let stored = seen == expected.after;
    assert!(stored || seen == expected.before, "{what}: neither the state before nor the one after: {seen}");
    assert!(stored || !answered, "{what}: what was answered is lost");
    let changes = expected.before != expected.after;
    let done = answered || stored && changes;
    assert!(!done || told, "{what}: done without a word in the audit log");
    drop(beside);
    let keep = Keep::open(folder.join("auth.keep"), &open_options(&ROOT_KEY)).unwrap();
    let mut between = false;
    if operation.name == "rewrap" {
        let keys = keep.list_keys("").unwrap().iter().filter(|name| name.starts_with(MORE)).count() as u64;
        // Some were sealed before the kill, and some were not.
        between = (1..keys).contains(&keep.rewrap().unwrap());
    } else if !expected.answer.is_empty() {
        check_spent(&keep, stored, expected.answer[0], &codes.alice);
    } else if !stored || !changes {
        drop(keep);
        let mut scene = Scene::of(operation, folder.to_path_buf(), codes);
        operation.run(&mut scene).unwrap_or_else(|error| panic!("{what}: the next try: {error}"));
        drop(scene);
        let seen = sight::without_leftovers(&sight::of_folder(folder).unwrap());
        assert_eq!(seen, expected.after, "{what}: the next try");
    }

    let mut tally = tally.lock().unwrap();
    // The random part of a name says nothing.
    let place = place.split_once(".unfinished-").map_or(place.to_owned(), |(name, rest)| {
        format!("{name}.unfinished{}", rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
    });
    *tally.places.entry(place).or_default() += 1;
    tally.before += u64::from(!stored);
    tally.after += u64::from(stored && changes);
    tally.unchanging += u64::from(!changes);
    tally.unanswered += u64::from(stored && changes && !answered);
    tally.between_batches += u64::from(between);
    true
}

/// Where the runs of one operation take place.
struct Stage<'a> {
    prepared: &'a Path,
    folder: &'a Path,
    codes: Codes,
    expected: Expected,
}

#[test]
fn wherever_a_process_is_killed_the_state_is_old_or_new() {
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(operation) = OPERATIONS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = Folder::in_memory();
                    let (prepared, run) = (folder.file("prepared"), folder.file("run"));
                    std::fs::create_dir(&prepared).unwrap();
                    let codes = operation.prepare(&prepared);
                    let expected = operation.expected(&prepared, &run, &codes);
                    let stage = Stage { prepared: &prepared, folder: &run, codes, expected };
                    let stride = size(operation.more_keys / 20 + 17, 1);
                    for (index, action) in ["before", "after"].into_iter().enumerate() {
                        let first = 1 + (index + operation.name.len()) % stride;
                        let mut calls = (first as u64..).step_by(stride);
                        while kill(operation, action, calls.next().unwrap(), &stage, &tally) {}
                    }
                }
            });
        }
    });
    let Tally { places, before, after, unchanging, unanswered, between_batches } = tally.into_inner().unwrap();
    for (place, count) in &places {
        eprintln!("{count:6} at {place}");
    }
    eprintln!(
        "{} kills: {before} left the state before, {after} the one after, {unanswered} of them unanswered; \
         {unchanging} struck what changes nothing; {between_batches} between batches of a rewrap",
        before + after + unchanging
    );
    assert!(before >= size(50, 300) && after >= size(20, 100) && between_batches >= size(1, 5));
    for (call, file) in size(&[("write", "-wal"), ("sync", "-wal"), ("lock", "")][..], &PLACES[..]) {
        let struck = |place: &String| place.starts_with(call) && place.ends_with(file);
        assert!(places.keys().any(struck), "no kill at {call} {file}");
    }
}

/// What must be among the places: the lock before a transaction, its begin, its commit, and the steps by which a new file
/// gets its name.
const PLACES: [(&str, &str); 8] = [
    ("lock", ".lock"),
    ("lock", "-shm"),
    ("write", "-wal"),
    ("sync", "-wal"),
    ("unlock", "-shm"),
    ("sync", "/created.unfinished"),
    ("link", "/copy"),
    ("unlink", "/restored.unfinished"),
];
