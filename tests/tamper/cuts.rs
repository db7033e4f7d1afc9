//! Files that are cut short, logs that belong elsewhere, and logs as power cuts leave them.

use std::fs;
use std::path::Path;

use otpkeep::{Keep, Kind, MountSpec, OpenOptions};

use crate::flips::{beside, forget, write_private};
use crate::questions::{Answers, Original, all_names, differences, keys, name, spec};
use crate::support::{START, clocked_options, failure, wrong_code};

/// Bytes of a page, and of what stands before it in a log.
const PAGE: usize = 4096;
const FRAME_HEAD: usize = 24;
const LOG_HEAD: usize = 32;

/// The places to cut at: the ends of units after a head, and their middles.
fn cuts(length: usize, head: usize, unit: usize) -> Vec<usize> {
    let ends = (0..).map(|number| head + number * unit).take_while(|end| *end < length);
    let mut cuts: Vec<usize> =
        ends.flat_map(|end| [end, end + 1, end + unit / 2]).filter(|cut| *cut < length).collect();
    cuts.extend([0, 1, head / 2]);
    cuts
}

/// Also while another holds the lock, as one does that opens the keep at the same moment: a log that looks damaged and
/// cannot be looked at in peace is not believed.
#[test]
fn a_damaged_log_is_believed_by_nobody() {
    let original = Original::in_memory();
    let (_, mut options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    for number in 0..4 {
        let _ = keep.validate_code(&name(number), wrong_code(&keep, &name(number), START)).unwrap();
    }
    let (file, mut log) = left_behind(&original);
    log[LOG_HEAD + FRAME_HEAD + 100] ^= 1;
    let path = original.folder.file("damaged");
    put(&path, &file, &log);
    options.set_create(false).set_busy_timeout(100).unwrap();
    let kind = |options: &OpenOptions| Keep::open(&path, options).map(drop).map_err(|error| error.kind());
    assert_eq!(kind(&options), Err(Kind::Corrupt));
    let lock = fs::File::open(beside(&path, ".lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(kind(&options), Err(Kind::Busy));
    drop(lock);
    assert_eq!(kind(&options), Err(Kind::Corrupt));
}

/// A keep in use, as a kill would leave its file and log.
fn left_behind(original: &Original) -> (Vec<u8>, Vec<u8>) {
    let path = original.folder.keep();
    (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap())
}

fn put(path: &Path, file: &[u8], log: &[u8]) {
    forget(path);
    write_private(path, file);
    write_private(&beside(path, "-wal"), log);
}

#[test]
fn a_file_cut_short_gives_errors_or_no_difference() {
    let original = Original::in_memory();
    let content = fs::read(original.folder.keep()).unwrap();
    let path = original.folder.file("cut");
    let (cuts, mut refused) = (cuts(content.len(), 0, PAGE), 0);
    for cut in &cuts {
        write_private(&path, &content[..*cut]);
        let answers = original.ask(&path, &all_names(), &all_names());
        assert_eq!(original.silently_different(&answers), [""; 0], "cut to {cut} bytes");
        refused += usize::from(answers.values().any(Result::is_err));
        forget(&path);
    }
    eprintln!("cuts of the file: {refused} of {} refused", cuts.len());
    assert!(refused > cuts.len() / 2, "the cuts reach what matters");
}

#[test]
fn a_log_cut_short_gives_the_answers_of_one_moment() {
    let original = Original::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    let path = original.folder.file("cut");
    let asked = [name(0), name(5), name(6), name(10)];
    let ask = |file: &[u8], log: &[u8]| -> Answers {
        put(&path, file, log);
        original.ask(&path, &asked, &asked)
    };
    let moment = || {
        let (file, log) = left_behind(&original);
        ask(&file, &log)
    };
    let mut moments = vec![moment()];
    for key in &asked {
        let _ = keep.validate_code(key, wrong_code(&keep, key, START)).unwrap();
        moments.push(moment());
    }
    let (file, log) = left_behind(&original);
    let cuts = cuts(log.len(), LOG_HEAD, FRAME_HEAD + PAGE);
    for cut in &cuts {
        let answers = ask(&file, &log[..*cut]);
        let nearest = moments.iter().map(|expected| differences(expected, &answers)).min_by_key(Vec::len).unwrap();
        assert_eq!(nearest, [""; 0], "cut to {cut} bytes");
        assert!(answers.values().all(Result::is_ok), "a power cut leaves such a log");
    }
    eprintln!("cuts of the log: {}", cuts.len());
}

#[test]
fn the_log_of_another_keep_gives_errors_or_no_difference() {
    let (original, other) = (Original::in_memory(), Original::in_memory());
    let (_, options) = clocked_options();
    let keep = Keep::open(other.folder.keep(), &options).unwrap();
    let path = original.folder.file("mixed");
    let content = fs::read(original.folder.keep()).unwrap();
    let (mut asked, mut refused) = (0, 0);
    for (number, key) in all_names().iter().enumerate() {
        let _ = keep.validate_code(key, wrong_code(&keep, key, START));
        if number % (keys() / 40) != 0 {
            continue;
        }
        if number % 10 == 0 {
            keep.mount(&format!("more-{number}"), &MountSpec::default()).unwrap();
        }
        asked += 1;
        let (_, log) = left_behind(&other);
        put(&path, &content, &log);
        let answers = original.ask(&path, &all_names(), &all_names());
        assert_eq!(original.silently_different(&answers), [""; 0], "after {key}");
        refused += usize::from(answers.values().any(Result::is_err));
    }
    eprintln!("logs of another keep: {refused} of {asked} refused");
    assert!(refused > asked / 2);
}

/// Breaks one byte of a frame's page.
fn tear(log: &mut [u8], frame: usize) {
    log[LOG_HEAD + frame * (FRAME_HEAD + PAGE) + FRAME_HEAD + 100] ^= 0xff;
}

fn frames(log: &[u8]) -> usize {
    (log.len() - LOG_HEAD) / (FRAME_HEAD + PAGE)
}

/// Opens a keep with this log, validates a wrong code for a key, and takes what a kill would leave.
fn write_once(path: &Path, file: &[u8], log: &[u8], key: &str) -> (Vec<u8>, Vec<u8>) {
    put(path, file, log);
    let (_, options) = clocked_options();
    let keep = Keep::open(path, &options).unwrap();
    let _ = keep.validate_code(key, wrong_code(&keep, key, START)).unwrap();
    let left = (fs::read(path).unwrap(), fs::read(beside(path, "-wal")).unwrap());
    drop(keep);
    left
}

#[test]
fn what_power_cuts_leave_of_a_log_is_no_damage() {
    let original = Original::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(original.folder.keep(), &options).unwrap();
    let path = original.folder.file("torn");
    let _ = keep.validate_code(&name(0), wrong_code(&keep, &name(0), START)).unwrap();
    let (_, small) = left_behind(&original);
    // A commit of many frames.
    keep.write_key("another", &spec(1, false)).unwrap();
    let (file, log) = left_behind(&original);
    let before = frames(&small);
    let commits: Vec<usize> = (0..frames(&log))
        .filter(|frame| {
            let at = LOG_HEAD + frame * (FRAME_HEAD + PAGE) + 4;
            log[at..at + 4] != [0; 4]
        })
        .collect();
    let last = commits[commits.len() - 2] + 1..frames(&log);
    assert!(last.start >= before && last.len() > 2, "the last commit has many frames: {last:?}");
    let opens = |file: &[u8], log: &[u8]| {
        put(&path, file, log);
        Keep::open(&path, &options).map(drop)
    };
    for frame in last.clone() {
        let mut torn = log.clone();
        tear(&mut torn, frame);
        opens(&file, &torn).unwrap();
        // And all frames before it.
        (last.start..frame).for_each(|frame| tear(&mut torn, frame));
        opens(&file, &torn).unwrap();
    }
    // The next commit is shorter, so that the end of the torn one stays behind it; then it is torn as well.
    let mut torn = log.clone();
    tear(&mut torn, last.start);
    let (_, mut twice) = write_once(&path, &file, &torn, &name(5));
    assert_eq!(twice.len(), log.len());
    tear(&mut twice, last.start);
    opens(&file, &twice).unwrap();
    // A log that had grown when the power failed, and nothing in it.
    opens(&file, &vec![0; log.len()]).unwrap();
    let mut grown = small.clone();
    grown.resize(log.len(), 0);
    opens(&file, &grown).unwrap();
    // The commit before the last was on the disk before the last began.
    let mut damaged = log.clone();
    tear(&mut damaged, last.start - 1);
    assert_eq!(failure(opens(&file, &damaged)).kind(), Kind::Corrupt);
}
