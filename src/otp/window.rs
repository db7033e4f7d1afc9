use crate::clock::UnixTime;
use crate::otp::{Period, Skew};

/// A time step, `floor(unix_time / period)` in 64 bits (RFC 6238 §4.2), the moving factor of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(u64);

impl Step {
    /// The step with this number.
    pub const fn from_number(number: u64) -> Step {
        Step(number)
    }

    /// The step that holds at this time.
    pub const fn at(time: UnixTime, period: Period) -> Step {
        Step(time.seconds() / period.seconds() as u64)
    }

    /// The number of this step.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The first second of this step; at the end of time, the last second there is.
    pub const fn starts_at(self, period: Period) -> u64 {
        self.0.saturating_mul(period.seconds() as u64)
    }

    /// The last second of this step.
    pub const fn ends_at(self, period: Period) -> u64 {
        self.next().starts_at(period).saturating_sub(1)
    }

    /// The step after this one.
    pub const fn next(self) -> Step {
        Step(self.0.saturating_add(1))
    }

    /// The step `skew` later.
    pub const fn plus(self, skew: Skew) -> Step {
        Step(self.0.saturating_add(skew.steps() as u64))
    }

    const fn minus(self, skew: Skew) -> Step {
        Step(self.0.saturating_sub(skew.steps() as u64))
    }
}

/// The steps whose codes are acceptable at a time: the current one and `skew` on each side (RFC 6238 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The earliest acceptable step.
    pub first: Step,
    /// The step that holds now.
    pub current: Step,
    /// The latest acceptable step.
    pub last: Step,
}

impl Window {
    /// The window around the step that holds at `time`.
    pub const fn at(time: UnixTime, period: Period, skew: Skew) -> Window {
        let current = Step::at(time, period);
        Window { first: current.minus(skew), current, last: current.plus(skew) }
    }

    /// The steps, earliest first.
    pub fn steps(self) -> impl Iterator<Item = Step> {
        (self.first.0..=self.last.0).map(Step)
    }

    /// How far a step of this window lies from the current one: +1 when the device is ahead.
    pub fn offset(self, step: Step) -> i32 {
        if step > self.current {
            1
        } else if step < self.current {
            -1
        } else {
            0
        }
    }
}
