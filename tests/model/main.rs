//! A keep beside a small oracle: random operations, and every answer compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod operation;
mod oracle;
mod pair;
#[path = "../support/mod.rs"]
mod support;

use proptest::collection::vec;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

use crate::operation::operation;
use crate::pair::Pair;

#[test]
fn a_keep_answers_as_its_oracle() {
    let config = Config {
        cases: support::size(80, 10_000),
        max_shrink_iters: 2_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/model/regressions.txt"))),
        ..Config::default()
    };
    let counted = std::cell::RefCell::new(std::collections::BTreeMap::<String, usize>::new());
    let outcome = TestRunner::new(config).run(&vec(operation(), 1..80), |operations| {
        let mut pair = Pair::new();
        for (number, operation) in operations.iter().enumerate() {
            let (found, expected) = pair.perform(operation);
            if found != expected {
                let what = format!("operation {number}, {operation:?}:\n  keep   {found}\n  oracle {expected}");
                return Err(TestCaseError::fail(what));
            }
            let word = found.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
            *counted.borrow_mut().entry(word).or_default() += 1;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let counted = counted.into_inner();
    eprintln!("the keep answered as the oracle: {counted:?}");
    for word in ["Accepted", "Wrong", "Malformed", "Replayed", "Throttled", "Disabled", "ClockBehind"] {
        assert!(counted.contains_key(word), "no operation was {word}");
    }
}
