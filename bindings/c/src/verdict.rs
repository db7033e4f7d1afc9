use std::ffi::c_char;

use engine::{Error, Keep, Kind, Outcome, Result, UnixTime, Verdict, limits};

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, array, borrow, bytes_before_nul, text};
use crate::status::{OTPKEEP_INTERNAL, OTPKEEP_OK, otpkeep_status, status_of};

/// Bytes that are read of what a person typed. No text of more than 32 is a code, so one that is cut here is malformed
/// either way.
const TYPED_BYTES: usize = 64;

/// Codes that one call of `otpkeep_validate_codes` takes at most.
pub const OTPKEEP_BATCH_LIMIT: usize = 4096;

const _: () = assert!(OTPKEEP_BATCH_LIMIT == limits::BATCH_ITEMS);

/// `attempts_left` of a mount that does not throttle.
pub const OTPKEEP_UNLIMITED: u32 = u32::MAX;

/// The answer to validating a code. Only `outcome == OTPKEEP_OK` means that the code is accepted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct otpkeep_verdict {
    /// What the call came to: always the status it returned; in a batch the status of the item.
    pub outcome: i32,
    /// When accepted: 1 when the device's clock is a period ahead of ours, -1 when it is behind, else 0.
    pub offset: i32,
    /// Seconds until another attempt can succeed; 0 when at once, or when waiting does not help. After
    /// `OTPKEEP_REPLAYED_CODE` these are the seconds to the next code.
    pub retry_after: u64,
    /// Wrong codes that remain before the key is disabled; `OTPKEEP_UNLIMITED` when throttling is off; 0 after an
    /// error.
    pub attempts_left: u32,
    /// Zeros.
    pub reserved: [u32; 3],
}

impl otpkeep_verdict {
    /// A verdict without an answer. `outcome` is no success, so that nobody can read it as one.
    const fn of_status(outcome: otpkeep_status) -> otpkeep_verdict {
        otpkeep_verdict { outcome, offset: 0, retry_after: 0, attempts_left: 0, reserved: [0; 3] }
    }

    const CLEARED: otpkeep_verdict = otpkeep_verdict::of_status(OTPKEEP_INTERNAL);
}

impl From<Verdict> for otpkeep_verdict {
    fn from(verdict: Verdict) -> otpkeep_verdict {
        let Verdict { outcome, offset, retry_after, attempts_left } = verdict;
        otpkeep_verdict {
            outcome: outcome.kind().map_or(OTPKEEP_OK, status_of),
            offset,
            retry_after,
            attempts_left: attempts_left.unwrap_or(OTPKEEP_UNLIMITED),
            reserved: [0; 3],
        }
    }
}

/// Validates a code, exactly once: of all callers in all threads and processes one gets `OTPKEEP_OK`, and only when that
/// is stored durably.
///
/// Returns `OTPKEEP_OK` only when the code is accepted. Else `OTPKEEP_WRONG_CODE`, `OTPKEEP_MALFORMED_CODE`,
/// `OTPKEEP_REPLAYED_CODE`, `OTPKEEP_THROTTLED`, `OTPKEEP_KEY_DISABLED`, `OTPKEEP_CLOCK_BEHIND`, or the status of an
/// error, which never means that the code is right or wrong.
///
/// `code` is what a person typed: ASCII digits, with white space anywhere and dashes between digits. Any other bytes are
/// malformed. `verdict` may be NULL. Validate only after the first factor: whoever can validate can lock the key.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`). After
/// an error that says so the code may be spent.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_validate_code(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    code: *const c_char,
    verdict: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { validate(keep, name, code, verdict, error, |keep, name, code| keep.validate_code(name, code)) }
}

/// Validates a code as of a time in Unix seconds, which drives the window and the throttle alike. Otherwise as
/// `otpkeep_validate_code`.
///
/// Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative, or later than the window of the clock (unless the keep
/// was opened with `otpkeep_options_set_manual_clock`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_validate_code_at(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    code: *const c_char,
    at: i64,
    verdict: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe {
        validate(keep, name, code, verdict, error, |keep, name, code| {
            keep.validate_code_at(name, code, UnixTime::from_seconds(at)?)
        })
    }
}

/// Validates `count` codes, at most `OTPKEEP_BATCH_LIMIT`, with one durable commit: `codes[i]` for the key `names[i]`.
///
/// READ EVERY VERDICT. `OTPKEEP_OK` means that the batch was judged, NOT that any code is accepted: `codes[i]` is
/// accepted only when `verdicts[i].outcome == OTPKEEP_OK`. What is wrong with one item (a name that is NULL, malformed
/// or unknown, say) is the outcome of that item and leaves the others alone; what is wrong with a commit,
/// `OTPKEEP_BUSY` say, is that of the items which waited for it. After any other status nothing is accepted, and every
/// outcome is that status.
///
/// `names` and `codes` have `count` texts; `verdicts` has room for `count` and must not be NULL. With `count` 0 all
/// three may be.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_validate_codes(
    keep: *mut otpkeep_keep,
    names: *const *const c_char,
    codes: *const *const c_char,
    count: usize,
    verdicts: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { validate_batch(keep, names, codes, count, verdicts, error, |keep, items| keep.validate_codes(items)) }
}

/// Validates many codes as of a time in Unix seconds, which drives the windows and the throttle alike. Otherwise as
/// `otpkeep_validate_codes`.
///
/// Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative; an item whose window `at` leaves behind, as in
/// `otpkeep_validate_code_at`, has that status as its outcome.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_validate_codes_at(
    keep: *mut otpkeep_keep,
    names: *const *const c_char,
    codes: *const *const c_char,
    count: usize,
    at: i64,
    verdicts: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe {
        validate_batch(keep, names, codes, count, verdicts, error, |keep, items| {
            keep.validate_codes_at(items, UnixTime::from_seconds(at)?)
        })
    }
}

/// A name and a code of a batch. What is no name becomes the empty one, which no key has: the engine refuses it, and that
/// item alone.
///
/// # Safety
/// `name` and `code` are each NULL or a text.
unsafe fn item<'a>(name: *const c_char, code: *const c_char) -> (&'a str, &'a [u8]) {
    // SAFETY: the caller's promise is the same.
    let item: Result<_> = unsafe { read_item(name, code) };
    item.unwrap_or(("", b""))
}

/// # Safety
/// `name` and `code` are each NULL or a text.
unsafe fn read_item<'a>(name: *const c_char, code: *const c_char) -> Result<(&'a str, &'a [u8])> {
    // SAFETY: the caller's promise is the same.
    unsafe { Ok((text("name", name, limits::NAME_BYTES)?, bytes_before_nul("code", code, TYPED_BYTES)?)) }
}

/// # Safety
/// `keep` is NULL or a living handle, `names` and `codes` NULL or arrays of `count` texts, `verdicts` NULL or room for
/// `count`, `error` NULL or writable.
unsafe fn validate_batch(
    keep: *mut otpkeep_keep,
    names: *const *const c_char,
    codes: *const *const c_char,
    count: usize,
    verdicts: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
    judge: impl FnOnce(&Keep, &[(&str, &[u8])]) -> Result<Vec<Result<Verdict>>>,
) -> otpkeep_status {
    // More do not fit into memory, so there can be no such array.
    let room = if verdicts.is_null() || count > isize::MAX as usize / size_of::<otpkeep_verdict>() { 0 } else { count };
    let fill = |verdict| {
        for index in 0..room {
            // SAFETY: there is room for `count` verdicts, as the caller's promise says.
            unsafe { verdicts.add(index).write(verdict) };
        }
    };
    fill(otpkeep_verdict::CLEARED);
    let body = || {
        // SAFETY: NULL or a living handle, as the caller's promise says.
        let keep = unsafe { borrow("keep", keep) }?;
        if count > OTPKEEP_BATCH_LIMIT {
            return Err(Error::argument("count", "at most 4096 codes at once"));
        }
        if verdicts.is_null() && count > 0 {
            return Err(Error::argument("verdicts", "must not be NULL"));
        }
        // SAFETY: NULL or `count` pointers, as the caller's promise says.
        let (names, codes) = unsafe { (array("names", names, count)?, array("codes", codes, count)?) };
        // SAFETY: each NULL or a text, as the caller's promise says.
        let items: Vec<_> = names.iter().zip(codes).map(|(name, code)| unsafe { item(*name, *code) }).collect();
        for (index, result) in judge(&keep.core, &items)?.into_iter().enumerate().take(room) {
            let verdict = result.map_or_else(|error| otpkeep_verdict::of_status(status_of(error.kind())), Into::into);
            // SAFETY: there is room for `count` verdicts, as the caller's promise says.
            unsafe { verdicts.add(index).write(verdict) };
        }
        Ok(())
    };
    // SAFETY: NULL or writable, as the caller's promise says.
    let status = unsafe { operation(error, body) };
    if status != OTPKEEP_OK {
        fill(otpkeep_verdict::of_status(status));
    }
    status
}

/// # Safety
/// `keep` is NULL or a living handle, `name` and `code` NULL or texts, `verdict` and `error` NULL or writable.
unsafe fn validate(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    code: *const c_char,
    verdict: *mut otpkeep_verdict,
    error: *mut *mut otpkeep_error,
    judge: impl FnOnce(&Keep, &str, &[u8]) -> Result<Verdict>,
) -> otpkeep_status {
    // SAFETY: the caller's promise is the same.
    let answer = unsafe { Output::optional(verdict, otpkeep_verdict::CLEARED) };
    let mut judged = None;
    let body = || {
        // SAFETY: the caller's promise is the same.
        let (keep, (name, code)) = unsafe { (borrow("keep", keep)?, read_item(name, code)?) };
        let verdict = judge(&keep.core, name, code)?;
        judged = Some(verdict);
        refusal(verdict.outcome).map_or(Ok(()), Err)
    };
    // SAFETY: the caller's promise is the same.
    let status = unsafe { operation(error, body) };
    answer.set(judged.map_or(otpkeep_verdict::of_status(status), otpkeep_verdict::from));
    status
}

/// Why a code was not accepted, in words; `None` when it was.
fn refusal(outcome: Outcome) -> Option<Error> {
    let (kind, reason) = match outcome {
        Outcome::Accepted => return None,
        Outcome::Wrong => (Kind::WrongCode, "the code is not the key's code at this time"),
        Outcome::Malformed => (Kind::MalformedCode, "the text is not a code of the key's length"),
        Outcome::Replayed => (Kind::ReplayedCode, "the code, or a later one, was accepted before"),
        Outcome::Throttled => (Kind::Throttled, "too many wrong codes: the key is locked for some seconds"),
        Outcome::Disabled => {
            (Kind::KeyDisabled, "too many wrong codes: the key is disabled until its attempts are reset")
        }
        Outcome::ClockBehind => (Kind::ClockBehind, "a later code was accepted before: the clock went back"),
    };
    Some(Error::new(kind, reason))
}
