//! Workers that are killed: what they answered stays true.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use otpkeep::{Keep, Outcome};

use crate::support::{Folder, SECRET, START, code, key, size, time, wrong_code};
use crate::worker::{Worker, at_any_time, say};

/// Keys whose codes are validated; the workers write others.
pub(crate) const VALIDATED: [&str; 3] = ["alice", "bob", "carol"];

/// Writes keys and validates codes without end, in four threads, and says each only once it is done. A fifth rotates and
/// rewraps, if asked to.
pub(crate) fn write_and_validate(path: &Path, rewrap: bool) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    let started = keep.status().unwrap().keys;
    thread::scope(|scope| {
        for name in VALIDATED {
            let keep = &keep;
            scope.spawn(move || {
                // Goes on where the one before was killed.
                let last = keep.read_key(name).unwrap().last_used.map_or(START, |used| used.seconds() as i64);
                for step in 1.. {
                    let at = last + 30 * step;
                    let verdict = keep.validate_code_at(name, code(keep, name, at), time(at)).unwrap();
                    assert!(verdict.is_accepted(), "{verdict:?}");
                    say(&format!("accepted {name} {at}"));
                }
            });
        }
        if rewrap {
            scope.spawn(|| {
                loop {
                    keep.rotate().unwrap();
                    keep.rewrap().unwrap();
                    say("rewrapped");
                }
            });
        }
        for number in 0.. {
            let name = format!("key-{started}-{number}");
            keep.write_key(&name, &key(SECRET)).unwrap();
            say(&format!("written {name}"));
        }
    });
}

#[test]
fn what_a_killed_process_acknowledged_is_never_lost() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    for name in VALIDATED {
        keep.write_key(name, &key(SECRET)).unwrap();
    }
    drop(keep);
    let (mut accepted, mut rewrapped, mut written) = (0, 0, Vec::new());
    let rounds = size(100, 300);
    for round in 0..rounds {
        let role = if round % 4 == 3 { "rewrap too" } else { "write and validate" };
        let mut worker = Worker::start(role, &folder.keep());
        // Every second time another process has the keep open, and the log survives the crash as it is.
        let beside = (round % 2 == 0).then(|| Keep::open(folder.keep(), &at_any_time()).unwrap());
        let mut said = Vec::new();
        // After a few answers, and then somewhere within the work on the next.
        for _ in 0..1 + round * 7 % 13 {
            said.push(worker.answer());
        }
        let killed_at = Instant::now() + Duration::from_micros(round * 193 % 1500);
        while Instant::now() < killed_at {
            std::hint::spin_loop();
        }
        worker.kill();
        said.extend(std::iter::from_fn(|| worker.hear()));

        let keep = beside.unwrap_or_else(|| Keep::open(folder.keep(), &at_any_time()).unwrap());
        for line in said {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["accepted", name, at] => {
                    let at = at.parse().unwrap();
                    let verdict = keep.validate_code_at(name, code(&keep, name, at), time(at)).unwrap();
                    // When a later one was accepted too, this one may lie behind the window.
                    let refused = matches!(verdict.outcome, Outcome::Replayed | Outcome::ClockBehind);
                    assert!(refused, "round {round}: {line}: {verdict:?}");
                    accepted += 1;
                }
                ["written", name] => {
                    assert_eq!(code(&keep, name, START), code(&keep, "alice", START), "round {round}");
                    written.push(name.to_owned());
                }
                ["rewrapped"] => rewrapped += 1,
                _ => panic!("round {round}: {line}"),
            }
        }
    }
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    for name in &written {
        keep.read_key(name).unwrap();
    }
    keep.backup(folder.file("backup")).unwrap();
    eprintln!(
        "{rounds} kills: {accepted} acknowledged codes and {} acknowledged keys, none lost; {rewrapped} rewraps done",
        written.len()
    );
    assert!(accepted >= 100 && written.len() >= 50);
}

#[test]
fn throttling_survives_a_kill() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let (wrong, right) = (wrong_code(&keep, "alice", START), code(&keep, "alice", START));
    drop(keep);
    for failures in 1..=6 {
        let mut worker = Worker::start_many(1, "validate", &folder.keep()).remove(0);
        worker.say(&format!("alice {START} {wrong}"));
        worker.expect("wrong");
        worker.kill();
        let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
        assert_eq!(keep.read_attempts("alice").unwrap().failures, failures);
    }
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    assert_eq!(keep.validate_code_at("alice", &right, time(START)).unwrap().outcome, Outcome::Throttled);
    assert!(keep.validate_code_at("alice", &right, time(START + 1)).unwrap().is_accepted());
}
