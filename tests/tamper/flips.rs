//! Single bits that flip: on the disk, in the closed file or in the log of a keep that was not closed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use otpkeep::{Keep, Outcome};

use crate::questions::{Answers, Original, all_names, differences, keys, name, spec};
use crate::support::{START, clocked_options, size, wrong_code};

/// Flips in the file, and in a log. At length each byte has its turn.
const FLIPS: usize = 5_000;
const LOG_FLIPS: usize = 1_000;

/// So many bits of as many bytes, or one bit of each byte there is.
fn flips(sequence: &mut Sequence, usual: usize, length: usize) -> Vec<(usize, u8)> {
    let mut one = |byte| (byte, sequence.below(8) as u8);
    let bytes: Vec<usize> = size(vec![], (0..length).collect());
    if bytes.is_empty() {
        let mut places = Sequence(usual as u64);
        return (0..usual).map(|_| one(places.below(length))).collect();
    }
    bytes.into_iter().map(one).collect()
}

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

/// Where a log has its salts.
const SALTS: std::ops::Range<usize> = 16..24;

/// What became of the flips.
#[derive(Default)]
struct Tally {
    unchanged: usize,
    refused: usize,
    /// What was silently different, by the question.
    different: BTreeMap<String, Vec<String>>,
}

pub(crate) fn forget(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

/// Makes each flip in two threads, asks, and sorts the answers by `judge`.
fn flip_and_ask(
    flips: &[(usize, u8)],
    ask: &(dyn Fn(usize, u8, &Path) -> Answers + Sync),
    judge: &(dyn Fn(usize, &Answers) -> Vec<String> + Sync),
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
                    let different = judge(byte, &answers);
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
    let flips = flips(&mut sequence, FLIPS, content.len());
    let ask = |byte: usize, bit: u8, path: &Path| {
        let mut flipped = content.clone();
        flipped[byte] ^= 1 << bit;
        write_private(path, &flipped);
        // The key whose name lies nearest, and two others.
        let near = names.iter().min_by_key(|(place, _)| place.abs_diff(byte)).unwrap().1.clone();
        let asked = [near, name(byte % keys()), name((byte + 17) % keys())];
        original.ask(path, &asked, &asked[byte % 2..=byte % 2])
    };
    let tally = flip_and_ask(&flips, &ask, &|_, answers| original.silently_different(answers), original.folder.path());
    report("flips in the file", began, &tally);
    assert!(tally.refused > flips.len() / 10, "the flips reach what matters");
    assert!(tally.different.is_empty(), "{:#?}", tally.different);
}

#[test]
fn a_flipped_bit_in_the_log_gives_an_error_or_undoes_the_last_commit() {
    let began = Instant::now();
    let original = Original::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    let touched = &[5, 6, 10, 0, 1, 11, 15, 16, 20, 21][..size(6, 10)];
    let asked: Vec<String> = touched.iter().copied().map(name).collect();
    let moment = |number: usize| {
        let path = original.folder.file(&format!("moment-{number}"));
        let file = |suffix: &str| fs::read(format!("{}{suffix}", original.folder.keep().display())).unwrap();
        let (file, log) = (file(""), file("-wal"));
        write_private(&path, &file);
        write_private(&beside(&path, "-wal"), &log);
        let answers = original.ask(&path, &asked, &asked);
        (file, log, answers)
    };
    let mut moments = vec![moment(0)];
    for (number, key) in asked.iter().enumerate() {
        let failed = keep.validate_code(key, wrong_code(&keep, key, START)).unwrap();
        assert_eq!(failed.outcome, Outcome::Wrong);
        moments.push(moment(number + 1));
    }
    drop(keep);
    let (file, log, _) = moments.last().unwrap();
    assert!(log.len() > asked.len() * 4000);
    let mut sequence = Sequence(2);
    let flips = flips(&mut sequence, LOG_FLIPS, log.len());
    let ask = |byte: usize, bit: u8, path: &Path| {
        let mut flipped = log.clone();
        flipped[byte] ^= 1 << bit;
        write_private(path, file);
        write_private(&beside(path, "-wal"), &flipped);
        original.ask(path, &asked, &asked)
    };
    // The last commit cannot be told from one that a power cut tore, and undone it is, as a whole. The salts name the
    // log: under another name it is an old one, whose commits are in the file.
    let judge = |byte: usize, answers: &Answers| {
        let possible = if SALTS.contains(&byte) { &moments[..1] } else { &moments[moments.len() - 2..] };
        possible.iter().map(|(_, _, expected)| differences(expected, answers)).min_by_key(Vec::len).unwrap()
    };
    let tally = flip_and_ask(&flips, &ask, &judge, original.folder.path());
    report("flips in the log", began, &tally);
    assert!(tally.refused > flips.len() / 2, "the flips reach what matters");
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
        keep.write_key(key, &spec(keys() + 1, true)).unwrap();
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
    let flips = flips(&mut sequence, LOG_FLIPS, length);
    for &(byte, bit) in &flips {
        let mut content = [0];
        log.read_exact_at(&mut content, byte as u64).unwrap();
        log.write_all_at(&[content[0] ^ (1 << bit)], byte as u64).unwrap();
        let answers = ask();
        log.write_all_at(&content, byte as u64).unwrap();
        refused += usize::from(answers.values().any(Result::is_err));
        let told = differences(&expected, &answers);
        different.extend(told.into_iter().map(|answer| format!("bit {bit} of byte {byte}: {answer}")));
    }
    eprintln!(
        "flips in the log in use: {refused} of {} refused, in {:.1} s",
        flips.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(refused > 0, "the flips reach what matters");
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(ask(), expected);
}

/// The path of a file beside another.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

pub(crate) fn write_private(path: &Path, content: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(content).unwrap();
}
