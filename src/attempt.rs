//! The rule that turns a key's state and an attempt into the next state and a verdict.
//!
//! Single use and throttling live here and nowhere else. Pure: the engine reads the state, calls [`decide`] inside the
//! write transaction and stores what comes back.

use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::otp::{Period, Skew, Step, Window};

/// What the keep remembers of a key between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The step of the last accepted code; no step up to it is ever accepted again (RFC 6238 §5.2).
    pub(crate) last_step: Option<Step>,
    /// Wrong codes since the last accepted one.
    pub(crate) failures: u32,
    /// No code is looked at before this time.
    pub(crate) locked_until: UnixTime,
    /// Set when `failures` reached the maximum; only [`State::reset`] clears it.
    pub(crate) disabled: bool,
}

impl State {
    /// The state of a key that has never been validated.
    pub(crate) const fn fresh() -> State {
        State { last_step: None, failures: 0, locked_until: UnixTime::EPOCH, disabled: false }
    }

    /// The same history under another period: the last accepted step becomes the one that held at its last second, so
    /// that no time already used is usable again.
    pub(crate) fn with_period(self, old: Period, new: Period) -> State {
        let last_step = self.last_step.map(|step| Step::from_number(step.ends_at(old) / u64::from(new.seconds())));
        State { last_step, ..self }
    }

    /// What `reset_attempts` leaves: no failures, no lock, not disabled, and a last step that lies ahead of the window
    /// (the clock went back) drawn into it.
    pub(crate) fn reset(self, window: Window) -> State {
        State { last_step: self.last_step.map(|step| step.min(window.last)), ..State::fresh() }
    }

    /// What restoring a backup leaves: every step up to the window's last is spent, since the backup cannot know which
    /// codes were accepted after it was made.
    pub(crate) fn restored(self, window: Window) -> State {
        State { last_step: self.last_step.max(Some(window.last)), ..self }
    }
}

/// How wrong codes slow a key down: an option of its mount.
///
/// The first `free_attempts` consecutive wrong codes cost nothing; the n-th after that locks the key for
/// `lock_seconds · 2^(n-1)`, at most `max_lock_seconds`; at `max_failures` the key is disabled until its attempts are
/// reset (NIST SP 800-63B-4 §3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Whether wrong codes lock and disable at all; off only where the host limits guesses itself.
    pub enabled: bool,
    /// Wrong codes that cost nothing, 0 to 1 000; 5 by default.
    pub free_attempts: u32,
    /// Seconds of the first lock, 1 to 86 400; 1 by default.
    pub lock_seconds: u32,
    /// Seconds of the longest lock, from `lock_seconds` to 86 400; 300 by default.
    pub max_lock_seconds: u32,
    /// Wrong codes that disable the key, 1 to 1 000 000; 100 by default.
    pub max_failures: u32,
}

impl Default for Throttle {
    fn default() -> Throttle {
        Throttle { enabled: true, free_attempts: 5, lock_seconds: 1, max_lock_seconds: 300, max_failures: 100 }
    }
}

impl Throttle {
    /// Checks every bound.
    ///
    /// # Errors
    /// `invalid-argument` for the field that is out of its range.
    pub fn check(&self) -> Result<()> {
        if !limits::FREE_ATTEMPTS.contains(&self.free_attempts) {
            return Err(Error::argument("free_attempts", "must be 0 to 1000"));
        }
        if !limits::LOCK_SECONDS.contains(&self.lock_seconds) {
            return Err(Error::argument("lock_seconds", "must be 1 to 86400 seconds"));
        }
        if !(self.lock_seconds..=*limits::LOCK_SECONDS.end()).contains(&self.max_lock_seconds) {
            return Err(Error::argument("max_lock_seconds", "must be lock_seconds to 86400 seconds"));
        }
        if !limits::MAX_FAILURES.contains(&self.max_failures) {
            return Err(Error::argument("max_failures", "must be 1 to 1000000"));
        }
        Ok(())
    }

    /// Seconds that the `failures`-th consecutive wrong code locks for.
    fn lock_after(&self, failures: u32) -> u64 {
        match failures.checked_sub(self.free_attempts) {
            None | Some(0) => 0,
            Some(nth) => {
                let doubled = u64::from(self.lock_seconds).saturating_mul(1 << (nth - 1).min(32));
                doubled.min(u64::from(self.max_lock_seconds))
            }
        }
    }

    /// The time until which a state is locked, if it is: never later than the longest lock from now, since a later one
    /// stems from a clock that was ahead.
    pub(crate) fn locked_until(&self, state: &State, now: UnixTime) -> Option<UnixTime> {
        let longest = now.saturating_add(u64::from(self.max_lock_seconds));
        (self.enabled && state.locked_until > now).then(|| state.locked_until.min(longest))
    }

    /// Wrong codes that remain before the key is disabled; `None` when throttling is off.
    pub(crate) fn attempts_left(&self, failures: u32) -> Option<u32> {
        self.enabled.then(|| self.max_failures.saturating_sub(failures))
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The code is right and is now spent, with all earlier ones.
    Accepted,
    /// The code is not one of the window's.
    Wrong,
    /// The text is not a code of the key's length; nothing was counted.
    Malformed,
    /// The code is right but it, or a later one, was accepted before.
    Replayed,
    /// The key is locked; the code was not looked at.
    Throttled,
    /// The key is disabled; the code was not looked at.
    Disabled,
    /// A code ahead of the whole window was accepted before: the clock went back. The code was not looked at.
    ClockBehind,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 7] = [
        Outcome::Accepted,
        Outcome::Wrong,
        Outcome::Malformed,
        Outcome::Replayed,
        Outcome::Throttled,
        Outcome::Disabled,
        Outcome::ClockBehind,
    ];

    /// The name: `accepted`, `wrong`, `malformed`, `replayed`, `throttled`, `disabled` or `clock_behind`.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Wrong => "wrong",
            Outcome::Malformed => "malformed",
            Outcome::Replayed => "replayed",
            Outcome::Throttled => "throttled",
            Outcome::Disabled => "disabled",
            Outcome::ClockBehind => "clock_behind",
        }
    }

    /// The kind of the table of errors that says the same; `None` for accepted.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Outcome::Accepted => None,
            Outcome::Wrong => Some(Kind::WrongCode),
            Outcome::Malformed => Some(Kind::MalformedCode),
            Outcome::Replayed => Some(Kind::ReplayedCode),
            Outcome::Throttled => Some(Kind::Throttled),
            Outcome::Disabled => Some(Kind::KeyDisabled),
            Outcome::ClockBehind => Some(Kind::ClockBehind),
        }
    }
}

/// The answer to validating a code.
#[must_use = "a code is accepted only when the verdict says so"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What became of the attempt.
    pub outcome: Outcome,
    /// When accepted: +1 when the device's clock is a step ahead of ours, -1 when it is behind, else 0.
    pub offset: i32,
    /// Seconds until another attempt can succeed; 0 when at once, or when waiting does not help.
    pub retry_after: u64,
    /// Wrong codes that remain before the key is disabled; `None` when throttling is off.
    pub attempts_left: Option<u32>,
}

impl Verdict {
    /// True only when the code was accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.outcome == Outcome::Accepted
    }
}

/// When and against which rules an attempt is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) now: UnixTime,
    pub(crate) period: Period,
    pub(crate) skew: Skew,
    pub(crate) throttle: Throttle,
}

impl Circumstances {
    pub(crate) fn window(&self) -> Window {
        Window::at(self.now, self.period, self.skew)
    }

    /// Seconds from now until `time`.
    fn until(&self, time: u64) -> u64 {
        time.saturating_sub(self.now.seconds())
    }
}

/// The state to store, when it changes, and the verdict.
pub(crate) type Decision = (Option<State>, Verdict);

/// The verdict of a key that answers without looking at the code: disabled, locked, or with its last step ahead of the
/// window. It comes before any HMAC, whatever the code.
pub(crate) fn screen(state: State, circumstances: &Circumstances) -> Option<Decision> {
    let throttle = &circumstances.throttle;
    let verdict = |outcome, retry_after| Verdict {
        outcome,
        offset: 0,
        retry_after,
        attempts_left: throttle.attempts_left(state.failures),
    };
    if state.disabled {
        return Some((None, verdict(Outcome::Disabled, 0)));
    }
    if let Some(lock) = throttle.locked_until(&state, circumstances.now) {
        // A lock that is too long is cut once and for all. Were it only read as shorter, it would stay ahead of the clock
        // for as long as the clock was wrong.
        let cut = (lock < state.locked_until).then_some(State { locked_until: lock, ..state });
        return Some((cut, verdict(Outcome::Throttled, circumstances.until(lock.seconds()))));
    }
    let window = circumstances.window();
    let last_step = state.last_step.filter(|step| *step > window.last)?;
    let first_window = last_step.next().starts_at(circumstances.period);
    let head_start = u64::from(circumstances.skew.steps()) * u64::from(circumstances.period.seconds());
    let retry_after = circumstances.until(first_window.saturating_sub(head_start));
    Some((None, verdict(Outcome::ClockBehind, retry_after)))
}

/// The verdict on a text that is no code of the key's length. Nothing is counted.
pub(crate) fn malformed(state: State, circumstances: &Circumstances) -> Verdict {
    let attempts_left = circumstances.throttle.attempts_left(state.failures);
    Verdict { outcome: Outcome::Malformed, offset: 0, retry_after: 0, attempts_left }
}

/// Decides an attempt whose code matched `matching`, the latest step of the window with that code, or none.
pub(crate) fn decide(state: State, matching: Option<Step>, circumstances: &Circumstances) -> Decision {
    if let Some(decision) = screen(state, circumstances) {
        return decision;
    }
    match matching {
        None => fail(state, circumstances),
        Some(step) if Some(step) <= state.last_step => (None, replay(state, circumstances)),
        Some(step) => accept(step, circumstances),
    }
}

fn accept(step: Step, circumstances: &Circumstances) -> Decision {
    let state = State { last_step: Some(step), ..State::fresh() };
    let verdict = Verdict {
        outcome: Outcome::Accepted,
        offset: circumstances.window().offset(step),
        retry_after: 0,
        attempts_left: circumstances.throttle.attempts_left(0),
    };
    (Some(state), verdict)
}

fn replay(state: State, circumstances: &Circumstances) -> Verdict {
    let next_code = state.last_step.map_or(0, |step| step.next().starts_at(circumstances.period));
    Verdict {
        outcome: Outcome::Replayed,
        offset: 0,
        retry_after: circumstances.until(next_code),
        attempts_left: circumstances.throttle.attempts_left(state.failures),
    }
}

fn fail(state: State, circumstances: &Circumstances) -> Decision {
    let throttle = &circumstances.throttle;
    let failures = state.failures.saturating_add(1);
    let lock = if throttle.enabled { throttle.lock_after(failures) } else { 0 };
    let disabled = throttle.enabled && failures >= throttle.max_failures;
    // Without a new lock the old one, which is over, stays as it is.
    let locked_until = if lock > 0 { circumstances.now.saturating_add(lock) } else { state.locked_until };
    let verdict = Verdict {
        outcome: Outcome::Wrong,
        offset: 0,
        retry_after: if disabled { 0 } else { lock },
        attempts_left: throttle.attempts_left(failures),
    };
    (Some(State { failures, locked_until, disabled, ..state }), verdict)
}
