//! A keep through the C interface: validating codes durably. What a keep costs as keys grow: `examples/growth.rs`.

#![allow(missing_docs)]

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otpkeep_benches::{Folder, c, fill, median_fsync, scattered};

/// Keys whose states lie on few pages, and keys of which most lie on a page of their own in a batch.
const KEYS: [usize; 2] = [1_000, 100_000];

fn validate(criterion: &mut Criterion) {
    for keys in KEYS {
        validate_in(criterion, keys);
    }
}

fn validate_in(criterion: &mut Criterion, keys: usize) {
    let folder = Folder::new("validate");
    let path = folder.file("auth.keep");
    fill(&path, keys);
    let keep = c::Keep::open(&path);
    // A wrong code is counted as durably as a right one is spent; this one is right three times in a million.
    let wrong = c"000000";
    println!("median fsync: {:?}", median_fsync(&folder));

    let mut group = criterion.benchmark_group(format!("validate_code, durable, C, {keys} keys"));
    group.measurement_time(Duration::from_secs(5)).throughput(Throughput::Elements(1));
    let names = scattered(keys, 1 << 16);
    let mut next = names.iter().cycle();
    group.bench_function("1 caller", |bencher| {
        bencher.iter(|| next.next().map(|name| keep.validate_code(name, wrong)));
    });
    group.bench_function("64 threads", |bencher| {
        bencher.iter_custom(|count| {
            let share = count.div_ceil(64) as usize;
            let began = Instant::now();
            thread::scope(|scope| {
                for names in names.chunks(names.len() / 64).take(64) {
                    let keep = &keep;
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
        bencher.iter(|| next.next().map(|names| keep.validate_codes(names, wrong)));
    });
    group.finish();
    println!("median fsync: {:?}", median_fsync(&folder));
}

criterion_group!(benches, validate);
criterion_main!(benches);
