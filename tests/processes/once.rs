//! A code is accepted once, and guesses are counted, whoever asks at the same moment.

use std::collections::BTreeMap;

use otpkeep::{Keep, Outcome};

use crate::support::{Folder, SECRET, START, code, failure, key, time, wrong_code};
use crate::worker::{Worker, at_any_time};

/// How often each outcome occurs in the answers of some workers.
fn tally<'a>(answers: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut tally = BTreeMap::new();
    for outcome in answers.into_iter().flat_map(|answer| answer.split(' ')) {
        *tally.entry(outcome).or_default() += 1;
    }
    tally
}

/// Tells all workers the same and returns what they answer.
fn ask_all(workers: &mut [Worker], line: &str) -> Vec<String> {
    workers.iter_mut().for_each(|worker| worker.say(line));
    workers.iter_mut().map(Worker::answer).collect()
}

#[test]
fn of_32_threads_in_8_processes_one_is_accepted_each_time() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut workers = Worker::start_many(8, "validate", &folder.keep());
    for round in 0..200 {
        let at = START + 30 * round;
        let code = code(&keep, "alice", at);
        let answers = ask_all(&mut workers, &format!("alice {at} {code} {code} {code} {code}"));
        assert_eq!(tally(&answers), BTreeMap::from([("accepted", 1), ("replayed", 31)]), "round {round}");
    }
}

#[test]
fn of_200_wrong_codes_at_once_no_more_are_looked_at_than_the_throttle_allows() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    let mut workers = Worker::start_many(4, "validate", &folder.keep());
    for round in 0..10 {
        let name = format!("key-{round}");
        keep.write_key(&name, &key(SECRET)).unwrap();
        let wrong = wrong_code(&keep, &name, START);
        let answers = ask_all(&mut workers, &format!("{name} {START}{}", format!(" {wrong}").repeat(50)));
        // Five are free and the sixth locks.
        assert_eq!(tally(&answers), BTreeMap::from([("throttled", 194), ("wrong", 6)]), "round {round}");
        let right = code(&keep, &name, START);
        let verdict = keep.validate_code_at(&name, &right, time(START)).unwrap();
        assert_eq!((verdict.outcome, verdict.attempts_left), (Outcome::Throttled, Some(94)));
        // When the lock is over one more is looked at, and locks for longer.
        let later = START + 1;
        let answers = ask_all(&mut workers, &format!("{name} {later}{}", format!(" {wrong}").repeat(50)));
        assert_eq!(tally(&answers), BTreeMap::from([("throttled", 199), ("wrong", 1)]), "round {round}");
    }
}

#[test]
fn processes_that_create_a_keep_at_once_share_one() {
    let folder = Folder::new();
    let mut workers = Worker::start_many(3, "create", &folder.keep());
    for round in 0..40 {
        let path = folder.file(&format!("keep-{round}"));
        for (number, worker) in workers.iter_mut().enumerate() {
            worker.say(&format!("{} key-{number}", path.display()));
        }
        let answers: Vec<_> = workers.iter_mut().map(Worker::answer).collect();
        assert!(answers[0].len() == 32 && answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let keep = Keep::open(&path, &at_any_time()).unwrap();
        assert_eq!(keep.list_keys("").unwrap(), ["key-0", "key-1", "key-2"]);
        assert_eq!(keep.status().unwrap().keep_id, answers[0]);
    }
    let unfinished = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("unfinished"));
    assert_eq!(unfinished.count(), 0);
}

#[test]
fn a_process_sees_at_once_what_another_deleted() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut worker = Worker::start_many(1, "validate", &folder.keep()).remove(0);
    let right = code(&keep, "alice", START);
    keep.delete_key("alice").unwrap();
    worker.say(&format!("alice {START} {right}"));
    assert!(worker.answer().starts_with("key-not-found"));
    assert_eq!(failure(keep.read_key("alice")).kind(), otpkeep::Kind::KeyNotFound);
    keep.write_key("alice", &key(SECRET)).unwrap();
    worker.say(&format!("alice {START} {right}"));
    worker.expect("accepted");
}
