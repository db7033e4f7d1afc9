//! A code from a secret in hand: no keep, no clock.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use otpkeep::UnixTime;
use otpkeep::otp::{Parameters, Step, code_of, decode_secret};
use otpkeep_benches::{SECRET, oath};

fn codes(criterion: &mut Criterion) {
    let Ok(secret) = decode_secret(SECRET) else { return };
    let parameters = Parameters::default();
    let mut group = criterion.benchmark_group("a code from a secret, SHA-1, 20 bytes");
    group.bench_function("otpkeep", |bencher| {
        let mut at = UnixTime::EPOCH;
        bencher.iter(|| {
            at = at.saturating_add(30);
            code_of(black_box(&secret), &parameters, Step::at(at, parameters.period))
        });
    });
    group.bench_function("liboath", |bencher| {
        let mut at = 0;
        bencher.iter(|| {
            at += 30;
            oath::code(black_box(secret.expose()), at)
        });
    });
    group.bench_function("totp-rs", |bencher| {
        let mut at = 0;
        let totp = totp_rs::Builder::new().with_secret(secret.expose()).build_noncompliant();
        bencher.iter(|| {
            at += 30;
            black_box(&totp).generate(at)
        });
    });
    group.finish();
}

criterion_group!(benches, codes);
criterion_main!(benches);
