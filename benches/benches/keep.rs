//! A keep through the C interface: reading codes as keys grow, and validating them durably.

#![allow(missing_docs)]

use std::ffi::CString;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otpkeep_benches::{Folder, c, fill, median_fsync, name};

/// Names of keys all over a keep, in an order that no cache foresees; side by side in memory, so that fetching the name is
/// no part of what is measured.
fn scattered(keys: usize, count: usize) -> Vec<c::Name> {
    (0..count).map(|number| c::Name::new(&name(number.wrapping_mul(7_919_993) % keys))).collect()
}

fn read(criterion: &mut Criterion) {
    let folder = Folder::new("read");
    let mut group = criterion.benchmark_group("read_code, C");
    for keys in [1_000, 100_000, 1_000_000] {
        let path = folder.file("auth.keep");
        let _ = std::fs::remove_file(&path);
        fill(&path, keys);
        let keep = c::Keep::open(&path);
        let names = scattered(keys, 1 << 17);
        let mut next = names.iter().cycle();
        group.bench_function(format!("{keys} keys"), |bencher| {
            bencher.iter(|| next.next().map(|name| black_box(keep.read_code(name))));
        });
    }
    group.finish();
}

fn open(criterion: &mut Criterion) {
    let folder = Folder::new("open");
    let path = folder.file("auth.keep");
    fill(&path, 1_000);
    criterion.bench_function("open and close, raw root key", |bencher| {
        bencher.iter(|| c::Keep::open(&path));
    });
}

fn validate(criterion: &mut Criterion) {
    let folder = Folder::new("validate");
    let path = folder.file("auth.keep");
    fill(&path, 100_000);
    let keep = c::Keep::open(&path);
    // A wrong code is counted as durably as a right one is spent; this one is right three times in a million.
    let Ok(wrong) = CString::new("000000") else { return };
    println!("median fsync: {:?}", median_fsync(&folder));

    let mut group = criterion.benchmark_group("validate_code, durable, C");
    group.measurement_time(Duration::from_secs(5)).throughput(Throughput::Elements(1));
    let names = scattered(100_000, 1 << 16);
    let mut next = names.iter().cycle();
    group.bench_function("1 caller", |bencher| {
        bencher.iter(|| next.next().map(|name| keep.validate_code(name, &wrong)));
    });
    group.bench_function("64 threads", |bencher| {
        bencher.iter_custom(|count| {
            let share = count.div_ceil(64) as usize;
            let began = Instant::now();
            thread::scope(|scope| {
                for names in names.chunks(names.len() / 64).take(64) {
                    let (keep, wrong) = (&keep, &wrong);
                    scope.spawn(move || {
                        for name in names.iter().cycle().take(share) {
                            black_box(keep.validate_code(name, wrong));
                        }
                    });
                }
            });
            // As many were validated as were asked for, up to the last round of the threads.
            began.elapsed().mul_f64(count as f64 / (64 * share) as f64)
        });
    });
    group.throughput(Throughput::Elements(512));
    let mut next = names.chunks_exact(512).cycle();
    group.bench_function("validate_codes of 512", |bencher| {
        bencher.iter(|| next.next().map(|names| keep.validate_codes(names, &wrong)));
    });
    group.finish();
    println!("median fsync: {:?}", median_fsync(&folder));
}

criterion_group!(benches, read, open, validate);
criterion_main!(benches);
