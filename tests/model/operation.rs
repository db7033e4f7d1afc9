//! What is done to both.

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::START;

/// An operation. A key is named by its number.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Write {
        key: usize,
        secret: usize,
        period: u32,
        skew: u32,
        overwrite: bool,
    },
    Generate {
        key: usize,
        overwrite: bool,
    },
    Delete {
        key: usize,
    },
    /// The code of the step so many steps from the current one.
    Validate {
        key: usize,
        steps: i64,
    },
    /// As of so many seconds from the clock.
    ValidateAt {
        key: usize,
        seconds: i64,
    },
    Wrong {
        key: usize,
    },
    Malformed {
        key: usize,
    },
    ReadCode {
        key: usize,
    },
    ReadAttempts {
        key: usize,
    },
    Reset {
        key: usize,
    },
    Tune {
        throttle: bool,
        free: u32,
        lock: u32,
        longest: u32,
        failures: u32,
    },
    /// The clock goes forward or back.
    Jump {
        seconds: i64,
    },
    /// The clock is set.
    Set {
        seconds: i64,
    },
    Rotate,
    Rewrap,
    Reopen,
    BackUp,
    Restore,
}

const YEAR: i64 = 365 * 86_400;

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let key = || 0..3_usize;
    let jump = (select(&[0, 1, 7, 29, 30, 31, 60, 90, 3_600, YEAR][..]), prop::bool::weighted(0.7))
        .prop_map(|(seconds, forward)| Jump { seconds: if forward { seconds } else { -seconds } });
    // 1970, 2038, 2106, the last second of 9999, and the end of time.
    let times = [0, i32::MAX as i64, u32::MAX as i64, 253_402_300_799, i64::MAX - 31, i64::MAX];
    let set = prop_oneof![2 => Just(START), 1 => select(times.to_vec())].prop_map(|seconds| Set { seconds });
    prop_oneof![
        6 => (key(), 0..2_usize, select(&[30, 60, 45][..]), 0..2_u32, prop::bool::weighted(0.7))
            .prop_map(|(key, secret, period, skew, overwrite)| Write { key, secret, period, skew, overwrite }),
        2 => (key(), any::<bool>()).prop_map(|(key, overwrite)| Generate { key, overwrite }),
        1 => key().prop_map(|key| Delete { key }),
        20 => (key(), -2..=2_i64).prop_map(|(key, steps)| Validate { key, steps }),
        4 => (key(), select(&[-YEAR, -60, -30, -1, 0, 1, 30, 60, 90, YEAR][..]))
            .prop_map(|(key, seconds)| ValidateAt { key, seconds }),
        14 => key().prop_map(|key| Wrong { key }),
        2 => key().prop_map(|key| Malformed { key }),
        3 => key().prop_map(|key| ReadCode { key }),
        6 => key().prop_map(|key| ReadAttempts { key }),
        2 => key().prop_map(|key| Reset { key }),
        2 => (prop::bool::weighted(0.8), 0..4_u32, 1..3_u32, 2..40_u32, 3..9_u32).prop_map(
            |(throttle, free, lock, longest, failures)| Tune { throttle, free, lock, longest, failures }
        ),
        12 => jump,
        1 => set,
        1 => Just(Rotate),
        1 => Just(Rewrap),
        2 => Just(Reopen),
        1 => Just(BackUp),
        1 => Just(Restore),
    ]
}
