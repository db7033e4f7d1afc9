//! What the documentation says that a keep answers. It shares nothing with the keep but the names of the outcomes.

use otpkeep::Outcome::{self, Accepted, ClockBehind, Disabled, Malformed, Replayed, Throttled, Wrong};

/// The last second that there is.
pub(crate) const END: i128 = i64::MAX as i128;

/// What is known of a key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) secret: String,
    pub(crate) period: i128,
    pub(crate) skew: i128,
    /// The last step that is spent.
    last: Option<i128>,
    failures: i128,
    locked_until: i128,
    disabled: bool,
}

/// The options of the mount.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) throttle: bool,
    pub(crate) free: i128,
    pub(crate) lock: i128,
    pub(crate) longest: i128,
    pub(crate) failures: i128,
}

/// Outcome, offset, seconds to wait, and attempts left.
pub(crate) type Answer = (Outcome, i128, i128, Option<i128>);

impl Key {
    pub(crate) fn new(secret: &str, period: i128, skew: i128) -> Key {
        Key { secret: secret.into(), period, skew, last: None, failures: 0, locked_until: 0, disabled: false }
    }

    /// The key after it was written again. Only the same secret keeps what is spent, by time.
    pub(crate) fn overwritten(&self, secret: &str, period: i128, skew: i128) -> Key {
        if secret != self.secret {
            return Key::new(secret, period, skew);
        }
        let last = self.last.map(|last| ((last + 1) * self.period - 1) / period);
        Key { period, skew, last, ..self.clone() }
    }

    /// The steps of the window at a time.
    pub(crate) fn window(&self, now: i128) -> std::ops::RangeInclusive<i128> {
        let current = now / self.period;
        (current - self.skew).max(0)..=current + self.skew
    }

    /// Validates. `matching` are the steps of the window that have the code; `None` when it is none by its form.
    pub(crate) fn validate(&mut self, rules: &Rules, now: i128, matching: Option<&[i128]>) -> Answer {
        let left = |failures: i128| rules.throttle.then(|| (rules.failures - failures).max(0));
        let refuse = |key: &Key, outcome, wait: i128| (outcome, 0, wait.max(0), left(key.failures));
        if self.disabled {
            return refuse(self, Disabled, 0);
        }
        if let Some(until) = self.locked_until(rules, now) {
            self.locked_until = until;
            return refuse(self, Throttled, until - now);
        }
        if let Some(last) = self.last.filter(|last| last > self.window(now).end()) {
            // Until the window reaches the step after it.
            return refuse(self, ClockBehind, (last + 1 - self.skew) * self.period - now);
        }
        let Some(matching) = matching else { return refuse(self, Malformed, 0) };
        let Some(&step) = matching.iter().max() else { return self.fail(rules, now) };
        match self.last {
            Some(last) if step <= last => refuse(self, Replayed, (last + 1) * self.period - now),
            _ => {
                *self = Key { last: Some(step), ..Key::new(&self.secret, self.period, self.skew) };
                (Accepted, (step - now / self.period).signum(), 0, left(0))
            }
        }
    }

    fn fail(&mut self, rules: &Rules, now: i128) -> Answer {
        self.failures += 1;
        if !rules.throttle {
            return (Wrong, 0, 0, None);
        }
        let nth = self.failures - rules.free;
        let lock = if nth > 0 { (rules.lock << (nth - 1).min(60)).min(rules.longest) } else { 0 };
        if lock > 0 {
            self.locked_until = (now + lock).min(END);
        }
        self.disabled = self.failures >= rules.failures;
        (Wrong, 0, if self.disabled { 0 } else { lock }, Some((rules.failures - self.failures).max(0)))
    }

    fn locked_until(&self, rules: &Rules, now: i128) -> Option<i128> {
        (rules.throttle && self.locked_until > now).then(|| self.locked_until.min(now + rules.longest).min(END))
    }

    /// Failures, end of the lock, whether disabled, attempts left.
    pub(crate) fn attempts(&self, rules: &Rules, now: i128) -> (i128, Option<i128>, bool, Option<i128>) {
        let left = rules.throttle.then(|| (rules.failures - self.failures).max(0));
        (self.failures, self.locked_until(rules, now), self.disabled, left)
    }

    pub(crate) fn reset(&mut self, now: i128) {
        let last = self.last.map(|last| last.min(*self.window(now).end()));
        *self = Key { last, ..Key::new(&self.secret, self.period, self.skew) };
    }

    /// The key in a backup that is restored: what may have been accepted since is spent.
    pub(crate) fn restored(&self, now: i128) -> Key {
        Key { last: self.last.max(Some(*self.window(now).end())), ..self.clone() }
    }
}
