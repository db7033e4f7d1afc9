//! Single bits that flip: on the disk, in the closed file or in the log of a keep that was not closed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use otpkeep::{Keep, Outcome};

use crate::questions::{Answers, KEYS, Original, all_names, differences, name, spec};
use crate::support::{START, clocked_options, wrong_code};

/// Flips in the file, and in the log.
const FLIPS: usize = 5_000;
const LOG_FLIPS: usize = 1_000;

/// SplitMix64 (Steele et al. 2014): the same numbers in every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % bound
    }
}

/// What became of the flips.
#[derive(Default)]
struct Tally {
    unchanged: usize,
    refused: usize,
    /// What was silently different, by the question.
    different: BTreeMap<String, Vec<String>>,
}

fn forget(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

/// Makes each flip in two threads, asks, and sorts the answers by `judge`.
fn flip_and_ask(
    flips: &[(usize, u8)],
    ask: &(dyn Fn(usize, u8, &Path) -> Answers + Sync),
    judge: &(dyn Fn(&Answers) -> Vec<String> + Sync),
    folder: &Path,
) -> Tally {
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for (worker, share) in flips.chunks(flips.len().div_ceil(2)).enumerate() {
            let (tally, path) = (&tally, folder.join(format!("flipped-{worker}")));
            scope.spawn(move || {
                for &(byte, bit) in share {
                    let answers = catch_unwind(AssertUnwindSafe(|| ask(byte, bit, &path)))
                        .unwrap_or_else(|_| panic!("a panic with bit {bit} of byte {byte}"));
                    forget(&path);
                    let different = judge(&answers);
                    let mut tally = tally.lock().unwrap();
                    match (different.is_empty(), answers.values().all(Result::is_ok)) {
                        (true, true) => tally.unchanged += 1,
                        (true, false) => tally.refused += 1,
                        (false, _) => {
                            let flip = format!("bit {bit} of byte {byte}: {}", different.join("; "));
                            let question = different[0].split([':', ' ']).next().unwrap().to_owned();
                            tally.different.entry(question).or_default().push(flip);
                        }
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

fn report(what: &str, began: Instant, tally: &Tally) {
    eprintln!(
        "{what}: {} unchanged, {} refused, {:?} different, in {:.1} s",
        tally.unchanged,
        tally.refused,
        tally.different.iter().map(|(question, flips)| (question, flips.len())).collect::<Vec<_>>(),
        began.elapsed().as_secs_f64()
    );
}

#[test]
fn a_flipped_bit_in_the_file_gives_an_error_or_no_difference() {
    let began = Instant::now();
    let original = Original::in_memory();
    let content = fs::read(original.folder.keep()).unwrap();
    let names: Vec<(usize, String)> = all_names()
        .into_iter()
        .flat_map(|name| {
            let found = content.windows(name.len()).enumerate().filter(|(_, window)| *window == name.as_bytes());
            found.map(|(place, _)| (place, name.clone())).collect::<Vec<_>>()
        })
        .collect();
    let mut sequence = Sequence(1);
    let flips: Vec<_> = (0..FLIPS).map(|_| (sequence.below(content.len()), sequence.below(8) as u8)).collect();
    let ask = |byte: usize, bit: u8, path: &Path| {
        let mut flipped = content.clone();
        flipped[byte] ^= 1 << bit;
        write_private(path, &flipped);
        // The key whose name lies nearest, and two others.
        let near = names.iter().min_by_key(|(place, _)| place.abs_diff(byte)).unwrap().1.clone();
        let asked = [near, name(byte % 40), name((byte + 17) % 40)];
        original.ask(path, &asked, &asked[byte % 2..=byte % 2])
    };
    let tally = flip_and_ask(&flips, &ask, &|answers| original.silently_different(answers), original.folder.path());
    report("flips in the file", began, &tally);
    assert!(tally.refused > FLIPS / 10, "the flips reach what matters");
    assert!(tally.different.is_empty(), "{:#?}", tally.different);
}

#[test]
fn a_flipped_bit_in_the_log_gives_an_error_or_the_answers_of_one_moment() {
    let began = Instant::now();
    let original = Original::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    let asked = [name(0), name(5), name(6), name(10)];
    let moment = |number: usize| {
        let path = original.folder.file(&format!("moment-{number}"));
        let file = |suffix: &str| fs::read(format!("{}{suffix}", original.folder.keep().display())).unwrap();
        let (file, log) = (file(""), file("-wal"));
        write_private(&path, &file);
        write_private(&path.with_file_name(format!("moment-{number}-wal")), &log);
        let answers = original.ask(&path, &asked, &asked);
        (file, log, answers)
    };
    // SQLite reads a log up to the first frame that is not whole, as a crash may leave one. So a flip undoes the
    // commits from there on, all of them: the keep answers as it did at one moment, and never with a mixture.
    let mut moments = vec![moment(0)];
    for (number, key) in [5, 6, 10, 0, 6, 5].into_iter().enumerate() {
        let failed = keep.validate_code(&name(key), wrong_code(&keep, &name(key), START)).unwrap();
        assert_eq!(failed.outcome, Outcome::Wrong);
        moments.push(moment(number + 1));
    }
    drop(keep);
    let (file, log, _) = moments.last().unwrap();
    assert!(log.len() > 6 * 4000);
    let mut sequence = Sequence(2);
    let flips: Vec<_> = (0..LOG_FLIPS).map(|_| (sequence.below(log.len()), sequence.below(8) as u8)).collect();
    let ask = |byte: usize, bit: u8, path: &Path| {
        let mut flipped = log.clone();
        flipped[byte] ^= 1 << bit;
        write_private(path, file);
        write_private(&path.with_file_name(format!("{}-wal", path.file_name().unwrap().display())), &flipped);
        original.ask(path, &asked, &asked)
    };
    let earlier = AtomicUsize::new(0);
    let judge = |answers: &Answers| {
        let (_, _, last) = moments.last().unwrap();
        earlier.fetch_add(usize::from(!differences(last, answers).is_empty()), Ordering::Relaxed);
        let nearest = moments.iter().map(|(_, _, expected)| differences(expected, answers)).min_by_key(Vec::len);
        nearest.unwrap()
    };
    let tally = flip_and_ask(&flips, &ask, &judge, original.folder.path());
    report("flips in the log", began, &tally);
    let earlier = earlier.into_inner();
    eprintln!("{earlier} of them gave the answers of an earlier moment");
    assert!(earlier > LOG_FLIPS / 10, "the flips reach what matters");
    assert!(tally.different.is_empty(), "{:#?}", tally.different);
}

#[test]
fn a_flipped_bit_in_the_log_of_a_keep_in_use_gives_an_error_or_no_difference() {
    let began = Instant::now();
    let original = Original::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    let asked = [name(0), name(5), name(6), name(10)];
    for key in &asked {
        keep.write_key(key, &spec(KEYS + 1, true)).unwrap();
        let _ = keep.validate_code(key, wrong_code(&keep, key, START)).unwrap();
    }
    // While `keep` is open the index of the log is taken as it is and frames are not checked. With the lock held by
    // someone else, no handle merges the log into the file when it closes.
    let lock = fs::File::open(original.folder.file("auth.keep.lock")).unwrap();
    lock.lock().unwrap();
    let log = fs::OpenOptions::new().read(true).write(true).open(original.folder.file("auth.keep-wal")).unwrap();
    let length = log.metadata().unwrap().len() as usize;
    let ask = || original.ask(&original.folder.keep(), &asked, &[]);
    let expected = ask();
    assert!(expected.values().all(Result::is_ok));
    let mut sequence = Sequence(3);
    let (mut refused, mut different) = (0, Vec::new());
    for _ in 0..LOG_FLIPS {
        let (byte, bit) = (sequence.below(length), sequence.below(8));
        let mut content = [0];
        log.read_exact_at(&mut content, byte as u64).unwrap();
        log.write_all_at(&[content[0] ^ (1 << bit)], byte as u64).unwrap();
        let answers = ask();
        log.write_all_at(&content, byte as u64).unwrap();
        refused += usize::from(answers.values().any(Result::is_err));
        let told = differences(&expected, &answers);
        different.extend(told.into_iter().map(|answer| format!("bit {bit} of byte {byte}: {answer}")));
    }
    eprintln!("flips in the log in use: {refused} of {LOG_FLIPS} refused, in {:.1} s", began.elapsed().as_secs_f64());
    assert!(refused > 0, "the flips reach what matters");
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(ask(), expected);
}

fn write_private(path: &Path, content: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(content).unwrap();
}
