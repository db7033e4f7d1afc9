//! Waiting for other writers: never longer than the deadline, and in turn.

use std::time::{Duration, Instant};

use otpkeep::{Keep, KeySpec, Kind, Outcome};

use crate::support::{Folder, SECRET, START, code, failure, key, time};
use crate::unix::{signal, wait_until_stopped};
use crate::worker::{Worker, at_any_time};

const DEADLINE: Duration = Duration::from_millis(200);

fn impatient(folder: &Folder) -> Keep {
    let mut options = at_any_time();
    options.set_busy_timeout(DEADLINE.as_millis() as u32).unwrap();
    Keep::open(folder.keep(), &options).unwrap()
}

#[test]
fn a_stopped_lock_holder_makes_writers_busy_at_their_deadline_and_readers_not_at_all() {
    let folder = Folder::new();
    let keep = impatient(&folder);
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut holder = Worker::start("hold the lock", &folder.keep());
    holder.expect("held");
    signal(holder.process(), libc::SIGSTOP);
    wait_until_stopped(holder.process());
    let right = code(&keep, "alice", START);
    for _ in 0..3 {
        let began = Instant::now();
        let error = failure(keep.validate_code_at("alice", &right, time(START)));
        let waited = began.elapsed();
        assert_eq!(error.kind(), Kind::Busy);
        assert!(waited >= DEADLINE && waited < DEADLINE + Duration::from_secs(3), "{waited:?}");
    }
    // In a batch the lock is the trouble of those alone that need it.
    let items = [("alice", "12".as_bytes()), ("nobody", b"123456"), ("alice", right.as_bytes())];
    let told: Vec<_> = keep
        .validate_codes_at(&items, time(START))
        .unwrap()
        .into_iter()
        .map(|result| result.map(|verdict| verdict.outcome).map_err(|error| error.kind()))
        .collect();
    assert_eq!(told, [Ok(Outcome::Malformed), Err(Kind::KeyNotFound), Err(Kind::Busy)]);
    // Several threads wait for one deadline, not one after the other.
    let began = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let keep = &keep;
            scope.spawn(move || {
                let written = keep.write_key(&format!("key-{number}"), &key(SECRET));
                assert_eq!(failure(written).kind(), Kind::Busy);
            });
        }
    });
    assert!(began.elapsed() < DEADLINE + Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
    assert_eq!(keep.read_attempts("alice").unwrap().failures, 0);
    keep.backup(folder.file("backup")).unwrap();

    signal(holder.process(), libc::SIGCONT);
    holder.say("let it go");
    holder.expect("released");
    // Nothing was spent meanwhile.
    assert!(keep.validate_code_at("alice", &right, time(START)).unwrap().is_accepted());
    for number in 0..8 {
        keep.write_key(&format!("key-{number}"), &key(SECRET)).unwrap();
    }
}

#[test]
fn a_writer_stopped_in_the_middle_of_its_work_goes_on_with_it() {
    let folder = Folder::new();
    let keep = impatient(&folder);
    keep.write_key("alice", &key(SECRET)).unwrap();
    let mut writer = Worker::start_many(1, "write", &folder.keep()).remove(0);
    writer.say("bob 1000000");
    while keep.read_key("bob").is_err() {
        std::thread::yield_now();
    }
    let overwrite = || keep.write_key("alice", &KeySpec { overwrite: true, ..key(SECRET) });
    let (mut busy, deadline) = (0, Instant::now() + Duration::from_secs(30));
    // On a busy machine it may be stopped many times before it goes on at all.
    while busy < 3 && Instant::now() < deadline {
        signal(writer.process(), libc::SIGSTOP);
        wait_until_stopped(writer.process());
        match overwrite() {
            // It was stopped between two writes.
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), Kind::Busy, "{error}");
                assert!(keep.read_code("bob").is_ok());
                busy += 1;
            }
        }
        signal(writer.process(), libc::SIGCONT);
    }
    assert!(busy > 0, "the writer was never stopped while it held the lock");
    let before = keep.read_key("bob").unwrap().last_used;
    let deadline = Instant::now() + Duration::from_secs(30);
    while keep.read_key("bob").unwrap().last_used == before {
        assert!(Instant::now() < deadline, "the writer does not go on");
        std::thread::yield_now();
    }
    let patient = Keep::open(folder.keep(), &at_any_time()).unwrap();
    patient.write_key("carol", &key(SECRET)).unwrap();
}

/// Clock ticks that all processors were busy and idle, from `/proc/stat`.
fn ticks_of_all() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<u64> = stat.lines().next().unwrap().split(' ').filter_map(|tick| tick.parse().ok()).collect();
    let idle = ticks[3] + ticks[4];
    (ticks.iter().take(8).sum::<u64>() - idle, idle)
}

/// Clock ticks that a process was busy.
fn ticks_of(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// One measurement of writers who all want to write.
struct Fairness {
    /// What the least served writer got, in parts of the mean.
    least_share: f64,
    longest_wait: Duration,
    /// The part of the machine that other programs used meanwhile.
    others: f64,
}

impl Fairness {
    fn measure(workers: &mut [Worker], round: usize) -> Fairness {
        let ours = |workers: &[Worker]| workers.iter().map(|worker| ticks_of(worker.process())).sum::<u64>();
        let (ours_before, (busy_before, idle_before)) = (ours(workers), ticks_of_all());
        for (number, worker) in workers.iter_mut().enumerate() {
            worker.say(&format!("key-{round}-{number} 5000"));
        }
        let (mut counts, mut longest) = (Vec::new(), 0);
        for worker in workers.iter_mut() {
            let answer = worker.answer();
            let (count, wait) = answer.split_once(' ').unwrap();
            counts.push(count.parse::<f64>().unwrap());
            longest = longest.max(wait.parse().unwrap());
        }
        let (ours, (busy, idle)) = (ours(workers) - ours_before, ticks_of_all());
        let (busy, idle) = (busy - busy_before, idle - idle_before);
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let least = counts.iter().copied().fold(f64::INFINITY, f64::min);
        let fairness = Fairness {
            least_share: least / mean,
            longest_wait: Duration::from_micros(longest),
            others: busy.saturating_sub(ours) as f64 / (busy + idle) as f64,
        };
        eprintln!(
            "16 writers: {:.0} writes/s, least {least} and mean {mean:.0} writes, longest wait {:?}, others used {:.0} %",
            mean * counts.len() as f64 / 5.0,
            fairness.longest_wait,
            fairness.others * 100.0,
        );
        fairness
    }
}

#[test]
fn sixteen_writers_share_fairly() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &at_any_time()).unwrap();
    let mut workers = Worker::start_many(16, "write", &folder.keep());
    let mut measured = Vec::new();
    for round in 0..3 {
        let fairness = Fairness::measure(&mut workers, round);
        if fairness.least_share >= 0.25 && fairness.longest_wait < Duration::from_millis(500) {
            return;
        }
        measured.push(fairness);
    }
    drop(keep);
    // Even then nobody starves, as writers do that wait by polling.
    let served = |fairness: &Fairness| fairness.least_share > 0.02 && fairness.longest_wait < Duration::from_secs(4);
    assert!(measured.iter().any(served), "a writer starves");
    // Who waits for a processor waits with the lock. On a machine that is busy with other things nothing is measured.
    let busy_elsewhere = measured.iter().all(|fairness| fairness.others > 0.25);
    assert!(busy_elsewhere, "writers wait for each other too long");
    eprintln!("the machine was too busy with other things to measure how fairly writers share");
}
