//! What a keep costs as its keys grow, through the C interface: `growth <keys>...`. Medians of one run, and a line of a
//! table for each number of keys.

use std::hint::black_box;
use std::time::{Duration, Instant};

use otpkeep_benches::{Folder, c, fill, median, median_fsync, scattered};

/// A wrong code is counted as durably as a right one is spent; this one is right three times in a million.
const WRONG: &std::ffi::CStr = c"000000";

fn main() {
    println!("| keys | file | open and close | read_code | read_code, log used | validate_code, durable | an fsync |");
    println!("|---|---|---|---|---|---|---|");
    for keys in std::env::args().skip(1).filter_map(|keys| keys.parse().ok()) {
        measure(keys);
    }
}

fn measure(keys: usize) {
    let folder = Folder::new("growth");
    let path = folder.file("auth.keep");
    fill(&path, keys);
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let open = median((0..51).map(|_| timed(|| c::Keep::open(&path))).collect());

    let keep = c::Keep::open(&path);
    let names = scattered(keys, 1 << 20);
    let (first, rest) = names.split_at(1 << 15);
    // As many for each, so that none was read before in a keep that is large enough.
    let (unused, used) = rest.split_at(rest.len() / 2);
    // What a process that has been at work for a while keeps in memory is kept by then.
    let read_all = |names: &[c::Name]| {
        for name in names {
            black_box(keep.read_code(name));
        }
    };
    read_all(first);
    let read = |names: &[c::Name]| {
        median(names.chunks_exact(1 << 14).map(|names| timed(|| read_all(names)) / (1 << 14)).collect())
    };
    // Until the first commit after the log was merged, SQLite asks the operating system for the file's size in each read.
    let read_before = read(unused);
    let validate = |name| timed(|| keep.validate_code(name, WRONG));
    let validate = median(first.iter().take(1_000).map(validate).collect());
    let read_after = read(used);
    let fsync = median_fsync(&folder);
    let megabytes = bytes as f64 / 1e6;
    println!(
        "| {keys} | {megabytes:.1} MB | {open:.2?} | {read_before:.2?} | {read_after:.2?} | {validate:.1?} | {fsync:.1?} |"
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    black_box(work());
    began.elapsed()
}
