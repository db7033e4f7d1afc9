//! Calls that fail: for every operation, every fault, and every n until the operation is not touched.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use otpkeep::{Keep, Outcome};

use crate::fault::{CLASSES, Fault, Shim};
use crate::operation::{Codes, Expected, OPERATIONS, Operation, Scene, open_options};
use crate::sight;
use crate::support::{Folder, ROOT_KEY, SECRET, key, size};
use crate::unix;
use crate::worker::{run, said, say};

/// Lets an operation meet every fault at every call, and says what came of each fault.
pub(crate) fn meet_all(operation: &str, folder: &Path) {
    let operation = Operation::of_name(operation);
    let shim = Shim::preloaded();
    let prepared = folder.join("prepared");
    std::fs::create_dir(&prepared).unwrap();
    let codes = operation.prepare(&prepared);
    let run = folder.join("run");
    let scene = || {
        Scene::lay(&prepared, &run);
        Scene::of(operation, run.clone(), &codes)
    };
    let expected = operation.expected(&prepared, &run, &codes);

    // In the short form each fault begins at another call and goes on in strides.
    let stride = size(operation.usual_stride() as i64, 1);
    let mut failed = 0;
    for (index, fault) in Fault::all().iter().enumerate() {
        let mut nth = 1 + index as i64 % stride;
        let mut counts = Counts::default();
        loop {
            unix::live_at_most(60);
            let met = catch_unwind(AssertUnwindSafe(|| meet(&shim, operation, fault, nth, scene(), &expected, &codes)));
            shim.disarm();
            match met {
                Ok(Some(met)) => counts.add(met),
                Ok(None) => break,
                Err(_) => {
                    eprintln!("^ {}: {} at call {nth} ({})\n", operation.name, fault.name(), shim.place());
                    counts.struck += 1;
                    failed += 1;
                }
            }
            nth += stride;
        }
        say(&format!("{} {} {} {} {}", fault.name(), counts.struck, counts.fine, counts.undone, counts.stored));
    }
    assert_eq!(failed, 0, "runs failed");
}

/// What came of an operation that met a fault.
enum Met {
    /// It was done all the same.
    Fine,
    /// It answered with an error, and nothing was changed.
    Undone,
    /// It answered with an error that leaves open what is stored, and it is.
    Stored,
}

#[derive(Default)]
struct Counts {
    struck: u64,
    fine: u64,
    undone: u64,
    stored: u64,
}

impl Counts {
    fn add(&mut self, met: Met) {
        self.struck += 1;
        *match met {
            Met::Fine => &mut self.fine,
            Met::Undone => &mut self.undone,
            Met::Stored => &mut self.stored,
        } += 1;
    }
}

/// Runs the operation with a fault at the nth call, and checks everything. `None` when it makes fewer calls.
fn meet(
    shim: &Shim,
    operation: &Operation,
    fault: &Fault,
    nth: i64,
    mut scene: Scene,
    expected: &Expected,
    codes: &Codes,
) -> Option<Met> {
    shim.arm(&scene.folder, fault, nth);
    let result = operation.run(&mut scene);
    if shim.disarm() == 0 {
        assert_eq!(result.as_ref(), Ok(&expected.answer), "an untouched run");
        return None;
    }
    if shim.place().starts_with("unlock") {
        // In this process the lock is in everyone's way until the handle is closed.
        scene.keep = None;
    }
    // Before anything that looks at the keep, of which the log tells, too.
    let told = operation.is_told(&scene.folder);
    // Whoever comes next finds one of the two states, and no other.
    let mut seen = sight::of_folder(&scene.folder).unwrap();
    if shim.place().starts_with("unlink") {
        seen = sight::without_leftovers(&seen);
    }
    let stored = if seen == expected.after && seen != expected.before {
        true
    } else {
        assert_eq!(seen, expected.before, "neither the state before nor the one after; answered {result:?}");
        false
    };
    let changes = expected.before != expected.after;
    let done = stored || result.is_ok();
    assert!(!done || told, "done without a word in the audit log");
    let met = match &result {
        Ok(answer) => {
            assert_eq!(answer, &expected.answer, "another answer");
            assert!(stored || !changes, "what was answered is not stored");
            Met::Fine
        }
        Err(error) => {
            assert!(fault.is_named_by(error), "another cause: {error}");
            // To open a keep that is not there makes it; one that is there but cannot be opened is a keep.
            let done = error.reason().contains("done or refused already");
            let uncertain = error.reason().contains("not known whether") || operation.name == "create";
            assert!(!stored || done || uncertain, "stored, but the error does not say so: {error}");
            assert!(stored || !changes || !done, "not stored, but the error says so: {error}");
            if stored { Met::Stored } else { Met::Undone }
        }
    };
    // The handle that met the fault goes on.
    if let Some(keep) = scene.keep.take() {
        let same = sight::of_keep(&keep).expect("the handle reads");
        assert!(seen.contains(&same), "the handle sees something else");
        keep.write_key("later", &key(SECRET)).expect("the handle writes");
    }
    let keep = Keep::open(scene.folder.join("auth.keep"), &open_options(&ROOT_KEY)).unwrap();
    if !expected.answer.is_empty() {
        check_spent(&keep, stored, expected.answer[0], &codes.alice);
    }
    drop(keep);
    // And what did not happen can be done.
    if result.is_err() && operation.name == "create" {
        operation.run(&mut scene).expect("the next try");
    }
    Some(met)
}

/// A code that was accepted, or may have been, is accepted no second time.
pub(crate) fn check_spent(keep: &Keep, stored: bool, outcome: Outcome, right: &str) {
    let verdict = keep.validate_code("alice", right).unwrap();
    if outcome == Outcome::Accepted && stored {
        assert_eq!(verdict.outcome, Outcome::Replayed, "accepted twice");
    } else {
        assert!(verdict.is_accepted(), "{verdict:?}");
        assert_eq!(keep.validate_code("alice", right).unwrap().outcome, Outcome::Replayed);
    }
}

#[test]
fn whatever_call_fails_the_state_is_old_or_new_and_the_error_says_why() {
    let next = AtomicUsize::new(0);
    let report = Mutex::new(BTreeMap::<&str, [u64; 4]>::new());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(operation) = OPERATIONS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = Folder::in_memory();
                    let output = run(&format!("errors: {}", operation.name), folder.path());
                    for line in said(&output) {
                        let words: Vec<_> = line.split(' ').collect();
                        let class = CLASSES.iter().find(|class| words[0] == **class).unwrap();
                        let counts: Vec<u64> =
                            words[words.len() - 4..].iter().map(|word| word.parse().unwrap()).collect();
                        let mut report = report.lock().unwrap();
                        let sums = report.entry(class).or_default();
                        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                    }
                    if !output.status.success() {
                        let text = String::from_utf8_lossy(&output.stderr).into_owned();
                        failures.lock().unwrap().push(format!("{}: {}\n{text}", operation.name, output.status));
                    }
                }
            });
        }
    });
    for (class, [struck, fine, undone, stored]) in report.lock().unwrap().iter() {
        eprintln!(
            "{class:>9}: {struck:6} struck, {fine:6} done all the same, {undone:6} undone, {stored:5} stored though an error was answered"
        );
    }
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let report = report.into_inner().unwrap();
    assert!(CLASSES.iter().all(|class| report.get(class).is_some_and(|counts| counts[0] > 0)), "a class never fired");
}
