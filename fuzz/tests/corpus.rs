//! The short form of the fuzzing: each body runs on its corpus and on mutations of it, the same in every run.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use otpkeep_fuzz::TARGETS;

/// How long each body runs on mutations. How many that are depends on the machine; which ones they are does not.
const TIME: Duration = Duration::from_millis(1500);
/// No input may take longer.
const LONGEST: Duration = Duration::from_secs(10);

/// SplitMix64 (Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % bound.max(1)
    }

    /// A seed with a few bytes flipped, set, removed, repeated or taken from another seed.
    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut data = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let place = self.below(data.len() + 1);
            let end = (place + 1 + self.below(16)).min(data.len());
            match self.below(5) {
                0 if place < data.len() => data[place] ^= 1 << self.below(8),
                1 if place < data.len() => data[place] = self.below(256) as u8,
                2 if place < data.len() => drop(data.drain(place..end)),
                3 if place < data.len() => {
                    let part = data[place..end].to_vec();
                    data.splice(place..place, part);
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    let part = &other[from..(from + 1 + self.below(32)).min(other.len())];
                    data.splice(place..place, part.iter().copied());
                }
            }
        }
        data
    }
}

#[test]
fn every_body_bears_its_corpus_and_mutations_of_it() {
    for (target, body) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        assert!(!seeds.is_empty(), "{target} has a corpus");
        let run = |data: &[u8]| {
            let began = Instant::now();
            if catch_unwind(|| body(data)).is_err() {
                panic!("{target} fails on {:?}", data.escape_ascii().to_string());
            }
            assert!(began.elapsed() < LONGEST, "{target} is slow on {:?}", data.escape_ascii().to_string());
        };
        seeds.iter().for_each(|seed| run(seed));
        let (began, mut dice, mut mutations) = (Instant::now(), Dice(1), 0);
        while began.elapsed() < TIME {
            run(&dice.mutate(&seeds));
            mutations += 1;
        }
        eprintln!("{target}: {} seeds and {mutations} mutations", seeds.len());
    }
}
