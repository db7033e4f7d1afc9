//! Single use and throttling, through a keep whose clock the tests hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::Arc;

use otpkeep::{Attempts, Keep, KeySpec, Kind, ManualClock, MountSpec, OpenOptions, Outcome, Verdict};
use support::{Folder, OTHER_SECRET, SECRET, START, clocked_options, code, failure, key, time, wrong_code};

const YEAR: i64 = 365 * 86_400;

/// A keep with the key `alice`, and its clock.
struct Scene {
    folder: Folder,
    clock: Arc<ManualClock>,
    options: OpenOptions,
    keep: Keep,
}

impl Scene {
    fn new() -> Scene {
        Scene::with_throttle(MountSpec::default())
    }

    fn with_throttle(throttle: MountSpec) -> Scene {
        let folder = Folder::new();
        let (clock, mut options) = clocked_options();
        options.set_first_mount(throttle);
        let keep = Keep::open(folder.keep(), &options).unwrap();
        keep.write_key("alice", &key(SECRET)).unwrap();
        Scene { folder, clock, options, keep }
    }

    fn reopen(self) -> Scene {
        drop(self.keep);
        let keep = Keep::open(self.folder.keep(), &self.options).unwrap();
        Scene { keep, ..self }
    }

    fn set(&self, seconds: i64) {
        self.clock.set(time(seconds));
    }

    /// Validates a text with the clock at a time.
    fn validate(&self, at: i64, text: &str) -> Verdict {
        self.set(at);
        self.keep.validate_code("alice", text).unwrap()
    }

    /// Validates the code of one time at another.
    fn validate_code_of(&self, code_of: i64, at: i64) -> Verdict {
        self.validate(at, &code(&self.keep, "alice", code_of))
    }

    /// Fails once.
    fn fail(&self, at: i64) -> Verdict {
        self.validate(at, &wrong_code(&self.keep, "alice", at))
    }

    fn attempts(&self) -> Attempts {
        self.keep.read_attempts("alice").unwrap()
    }
}

fn accepted(offset: i32) -> Verdict {
    Verdict { outcome: Outcome::Accepted, offset, retry_after: 0, attempts_left: Some(100) }
}

fn refused(outcome: Outcome, retry_after: u64, attempts_left: u32) -> Verdict {
    Verdict { outcome, offset: 0, retry_after, attempts_left: Some(attempts_left) }
}

#[test]
fn a_code_is_accepted_once_by_all_handles_and_after_reopening() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START, START), accepted(0));
    assert_eq!(scene.validate_code_of(START, START), refused(Outcome::Replayed, 30, 100));
    // The seconds are those to the next code.
    assert_eq!(scene.validate_code_of(START, START + 29), refused(Outcome::Replayed, 1, 100));
    // In the next step the old code is still in the window, and still spent.
    assert_eq!(scene.validate_code_of(START, START + 59), refused(Outcome::Replayed, 0, 100));

    let second = Keep::open(scene.folder.keep(), &scene.options).unwrap();
    let old = code(&second, "alice", START);
    scene.set(START + 10);
    assert_eq!(second.validate_code("alice", &old).unwrap(), refused(Outcome::Replayed, 20, 100));
    drop(second);

    let scene = scene.reopen();
    assert_eq!(scene.validate_code_of(START, START + 10), refused(Outcome::Replayed, 20, 100));
    assert_eq!(scene.validate_code_of(START + 30, START + 30), accepted(0));
}

#[test]
fn an_earlier_step_is_refused_after_a_later_one() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START + 30, START), accepted(1));
    assert_eq!(scene.validate_code_of(START, START), refused(Outcome::Replayed, 60, 100));
    assert_eq!(scene.validate_code_of(START - 30, START), refused(Outcome::Replayed, 60, 100));
    assert_eq!(scene.validate_code_of(START + 60, START + 45), accepted(1));
    assert_eq!(scene.attempts().failures, 0);
}

#[test]
fn the_first_code_after_enrollment_is_single_use() {
    let scene = Scene::new();
    let spec = KeySpec { issuer: Some("Acme".into()), account_name: Some("bob".into()), ..KeySpec::default() };
    scene.keep.generate_key("bob", &spec).unwrap();
    let first = code(&scene.keep, "bob", START);
    assert!(scene.keep.validate_code("bob", &first).unwrap().is_accepted());
    assert_eq!(scene.keep.validate_code("bob", &first).unwrap().outcome, Outcome::Replayed);
}

#[test]
fn the_window_begins_and_ends_on_the_second() {
    let scene = Scene::new();
    for period in [1, 7, 30, 86_400] {
        for skew in [0, 1] {
            // The step that begins at `start`; every second tried has a key of its own.
            let start = START - START % i64::from(period);
            let (length, skewed) = (i64::from(period), i64::from(skew) * i64::from(period));
            let inside = [
                (start - skewed, i32::from(skew > 0)),
                (start - 1, i32::from(skew > 0)),
                (start, 0),
                (start + length - 1, 0),
                (start + length, -i32::from(skew > 0)),
                (start + length + skewed - 1, -i32::from(skew > 0)),
            ];
            let outside = [start - skewed - 1, start + length + skewed];
            let spec = KeySpec {
                period: Some(period),
                skew: Some(skew as u32),
                digits: Some(8),
                overwrite: true,
                ..key(SECRET)
            };
            let verdict_at = |at: i64| {
                scene.keep.delete_key("alice").unwrap();
                scene.keep.write_key("alice", &spec).unwrap();
                scene.validate_code_of(start, at)
            };
            for (at, offset) in inside {
                if (start - skewed..start + length + skewed).contains(&at) {
                    assert_eq!(verdict_at(at), accepted(offset), "period {period}, skew {skew}, {}", at - start);
                }
            }
            for at in outside {
                let expected = refused(Outcome::Wrong, 0, 99);
                assert_eq!(verdict_at(at), expected, "period {period}, skew {skew}, {}", at - start);
            }
        }
    }
}

#[test]
fn locks_double_up_to_the_longest_and_the_hundredth_failure_disables() {
    let scene = Scene::new();
    let mut now = START;
    for failures in 1..=100_u32 {
        let lock = match failures {
            0..=5 | 100 => 0,
            6..=14 => 1 << (failures - 6),
            _ => 300,
        };
        assert_eq!(scene.fail(now), refused(Outcome::Wrong, lock, 100 - failures), "failure {failures}");
        if lock > 0 {
            assert_eq!(scene.attempts().locked_until, Some(time(now + lock as i64)));
            // Locked up to the last second of the lock, and free at the next.
            let last = now + lock as i64 - 1;
            assert_eq!(scene.fail(last), refused(Outcome::Throttled, 1, 100 - failures));
            assert_eq!(scene.attempts().failures, failures, "an attempt while locked is not counted");
            now = last + 1;
        }
    }
    let disabled = refused(Outcome::Disabled, 0, 0);
    for later in [now, now + 301, now + 10 * YEAR] {
        assert_eq!(scene.fail(later), disabled);
        assert_eq!(scene.validate_code_of(later, later), disabled);
        assert_eq!(scene.validate(later, "not a code"), disabled);
    }
    let scene = scene.reopen();
    assert_eq!(scene.validate_code_of(now, now), disabled);

    scene.keep.reset_attempts("alice").unwrap();
    let cleared = Attempts { failures: 0, locked_until: None, disabled: false, attempts_left: Some(100) };
    assert_eq!(scene.attempts(), cleared);
    assert_eq!(scene.validate_code_of(now, now), accepted(0));
}

#[test]
fn an_accepted_code_clears_the_count_and_a_reset_keeps_what_was_spent() {
    let scene = Scene::new();
    for failures in 1..=5 {
        assert_eq!(scene.fail(START), refused(Outcome::Wrong, 0, 100 - failures));
    }
    assert_eq!(scene.validate_code_of(START, START), accepted(0));
    assert_eq!(scene.attempts().failures, 0);
    for failures in 1..=5 {
        assert_eq!(scene.fail(START), refused(Outcome::Wrong, 0, 100 - failures));
    }
    assert_eq!(scene.fail(START), refused(Outcome::Wrong, 1, 94));
    scene.keep.reset_attempts("alice").unwrap();
    assert_eq!(scene.validate_code_of(START, START), refused(Outcome::Replayed, 30, 100));
}

#[test]
fn a_locked_key_answers_alike_whatever_the_code() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START - 30, START), accepted(-1));
    for _ in 0..6 {
        let _ = scene.fail(START + 1);
    }
    let now = START + 1;
    let (right, spent) = (code(&scene.keep, "alice", now), code(&scene.keep, "alice", START - 30));
    let wrong = wrong_code(&scene.keep, "alice", now);
    for text in [right.as_str(), &spent, &wrong, "", "x", "1234567", "\0", "１２３４５６"] {
        assert_eq!(scene.validate(now, text), refused(Outcome::Throttled, 1, 94), "{text:?}");
    }
    assert_eq!(scene.validate(now + 1, &right), accepted(0));
}

#[test]
fn malformed_replayed_and_locked_answers_write_nothing() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START, START), accepted(0));
    for _ in 0..6 {
        let _ = scene.fail(START);
    }
    let contents = || ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", scene.folder.keep().display())).unwrap());
    let before = contents();
    let _ = scene.validate_code_of(START, START);
    let _ = scene.fail(START);
    assert_eq!(scene.attempts().failures, 6);
    for text in ["", "12345", "1234567", "12345x", "-123456", "123456-"] {
        assert_eq!(scene.validate(START + 5, text), refused(Outcome::Malformed, 0, 94), "{text:?}");
    }
    assert_eq!(scene.validate_code_of(START, START + 5), refused(Outcome::Replayed, 25, 94));
    assert!(contents() == before);
}

#[test]
fn with_throttling_off_failures_are_counted_but_neither_lock_nor_disable() {
    let off = MountSpec { throttle: Some(false), max_failures: Some(10), ..MountSpec::default() };
    let scene = Scene::with_throttle(off);
    for failures in 1..=30 {
        let verdict = scene.fail(START);
        assert_eq!((verdict.outcome, verdict.retry_after, verdict.attempts_left), (Outcome::Wrong, 0, None));
        let counted = Attempts { failures, locked_until: None, disabled: false, attempts_left: None };
        assert_eq!(scene.attempts(), counted);
    }
    assert!(scene.validate_code_of(START, START).is_accepted());
    assert_eq!(scene.validate_code_of(START, START).outcome, Outcome::Replayed);
    assert_eq!(scene.attempts().failures, 0);
}

#[test]
fn a_lock_set_when_the_clock_was_a_year_ahead_is_cut_and_then_ends() {
    let scene = Scene::new();
    for _ in 0..6 {
        let _ = scene.fail(START + YEAR);
    }
    assert_eq!(scene.validate_code_of(START, START), refused(Outcome::Throttled, 300, 94));
    assert_eq!(scene.attempts().locked_until, Some(time(START + 300)));
    assert_eq!(scene.validate_code_of(START + 299, START + 299), refused(Outcome::Throttled, 1, 94));
    assert_eq!(scene.validate_code_of(START + 300, START + 300), accepted(0));
}

#[test]
fn a_clock_that_went_back_is_told_apart_from_a_wrong_code_until_it_caught_up() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START + YEAR, START + YEAR), accepted(0));
    // The step after the spent one enters the window one period before it begins.
    let usable = YEAR as u64;
    for text in [code(&scene.keep, "alice", START), wrong_code(&scene.keep, "alice", START), "".into()] {
        assert_eq!(scene.validate(START, &text), refused(Outcome::ClockBehind, usable, 100), "{text:?}");
    }
    assert_eq!(scene.attempts().failures, 0);
    let last = START + YEAR - 31;
    assert_eq!(scene.validate_code_of(last, last), refused(Outcome::ClockBehind, 31, 100));
    // Within the window it is an ordinary replay, and then the next code is good.
    let within = START + YEAR - 30;
    assert_eq!(scene.validate_code_of(within, within), refused(Outcome::Replayed, 60, 100));
    assert_eq!(scene.validate_code_of(START + YEAR + 30, START + YEAR), accepted(1));
}

#[test]
fn resetting_ends_clock_behind_without_freeing_a_code_of_the_window() {
    let scene = Scene::new();
    assert_eq!(scene.validate_code_of(START + YEAR, START + YEAR), accepted(0));
    scene.set(START);
    scene.keep.reset_attempts("alice").unwrap();
    for code_of in [START - 30, START, START + 30] {
        assert_eq!(scene.validate_code_of(code_of, START).outcome, Outcome::Replayed);
    }
    assert_eq!(scene.validate_code_of(START + 60, START + 30), accepted(1));
}

#[test]
fn overwriting_with_the_same_secret_keeps_what_was_spent_and_counted() {
    let scene = Scene::new();
    let overwrite = |secret, period| {
        let spec = KeySpec { period: Some(period), overwrite: true, ..key(secret) };
        scene.keep.write_key("alice", &spec).unwrap()
    };
    assert_eq!(scene.validate_code_of(START + 30, START + 30), accepted(0));
    let _ = scene.fail(START + 30);
    let rewritten = overwrite(SECRET, 30);
    assert_eq!(rewritten.last_used, Some(time(START + 30)));
    assert_eq!(rewritten.created, time(START));
    assert_eq!(scene.attempts().failures, 1);
    assert_eq!(scene.validate_code_of(START + 30, START + 30), refused(Outcome::Replayed, 30, 99));

    // A step of 60 seconds that overlaps the spent 30 is spent as a whole; so are all steps of ten within it.
    overwrite(SECRET, 60);
    assert_eq!(scene.validate_code_of(START, START + 59), refused(Outcome::Replayed, 1, 99));
    overwrite(SECRET, 10);
    assert_eq!(scene.validate_code_of(START + 59, START + 59), refused(Outcome::Replayed, 1, 99));
    assert_eq!(scene.validate_code_of(START + 60, START + 60), accepted(0));

    let fresh = overwrite(OTHER_SECRET, 10);
    assert_eq!(fresh.last_used, None);
    assert_eq!(scene.validate_code_of(START + 60, START + 60), accepted(0));
}

#[test]
fn each_mount_throttles_by_its_own_options() {
    let scene = Scene::new();
    let strict = MountSpec {
        free_attempts: Some(0),
        lock_seconds: Some(60),
        max_lock_seconds: Some(90),
        max_failures: Some(3),
        ..MountSpec::default()
    };
    scene.keep.mount("strict", &strict).unwrap();
    let keep = scene.keep.with_mount("strict").unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let fail = |at: i64| {
        scene.set(at);
        keep.validate_code("alice", wrong_code(&keep, "alice", at)).unwrap()
    };
    assert_eq!(fail(START), refused(Outcome::Wrong, 60, 2));
    assert_eq!(fail(START + 59), refused(Outcome::Throttled, 1, 2));
    assert_eq!(fail(START + 60), refused(Outcome::Wrong, 90, 1));
    assert_eq!(fail(START + 150), refused(Outcome::Wrong, 0, 0));
    assert_eq!(fail(START + 1_000), refused(Outcome::Disabled, 0, 0));
    assert_eq!(scene.fail(START), refused(Outcome::Wrong, 0, 99));
}

#[test]
fn tuning_a_mount_takes_effect_on_a_handle_that_was_open_before() {
    let scene = Scene::new();
    let second = Keep::open(scene.folder.keep(), &scene.options).unwrap();
    let wrong = wrong_code(&second, "alice", START);
    assert_eq!(second.validate_code("alice", &wrong).unwrap(), refused(Outcome::Wrong, 0, 99));
    let tuned = MountSpec { free_attempts: Some(1), lock_seconds: Some(10), ..MountSpec::default() };
    scene.keep.tune_mount("totp/", &tuned).unwrap();
    assert_eq!(second.validate_code("alice", &wrong).unwrap(), refused(Outcome::Wrong, 10, 98));
    let off = MountSpec { throttle: Some(false), ..MountSpec::default() };
    scene.keep.tune_mount("totp/", &off).unwrap();
    assert_eq!(second.validate_code("alice", &wrong).unwrap().outcome, Outcome::Wrong);
    assert_eq!(second.read_attempts("alice").unwrap().failures, 3);
}

#[test]
fn throttling_survives_reopening() {
    let mut scene = Scene::new();
    for failures in 1..=6 {
        assert_eq!(scene.fail(START).attempts_left, Some(100 - failures));
        scene = scene.reopen();
    }
    assert_eq!(scene.validate_code_of(START, START), refused(Outcome::Throttled, 1, 94));
    assert_eq!(scene.fail(START + 1), refused(Outcome::Wrong, 2, 93));
}

#[test]
fn validating_ahead_of_the_clocks_window_needs_a_manual_clock() {
    let scene = Scene::new();
    let at = |keep: &Keep, seconds| {
        let code = code(&scene.keep, "alice", seconds);
        keep.validate_code_at("alice", code, time(seconds))
    };
    let error = failure(at(&scene.keep, START + 60));
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("at")));
    assert_eq!(at(&scene.keep, START - YEAR).unwrap(), accepted(0));
    assert_eq!(at(&scene.keep, START + 59).unwrap(), accepted(0));

    let (_, mut options) = clocked_options();
    options.set_manual_clock(true);
    let manual = Keep::open(scene.folder.keep(), &options).unwrap();
    assert_eq!(at(&manual, START + YEAR).unwrap(), accepted(0));
}

#[test]
fn a_batch_answers_each_item_in_its_place_and_accepts_a_code_once() {
    let scene = Scene::new();
    scene.keep.write_key("bob", &key(OTHER_SECRET)).unwrap();
    let (alice, bob) = (code(&scene.keep, "alice", START), code(&scene.keep, "bob", START));
    let wrong = wrong_code(&scene.keep, "bob", START);
    let items: [(&str, &[u8]); 7] = [
        ("alice", alice.as_bytes()),
        ("nobody", alice.as_bytes()),
        ("bob", wrong.as_bytes()),
        ("alice", alice.as_bytes()),
        ("", alice.as_bytes()),
        ("bob", bob.as_bytes()),
        ("alice", b"no code"),
    ];
    let results = scene.keep.validate_codes(&items).unwrap();
    let told: Vec<_> = results.iter().map(|result| result.clone().map_err(|error| error.kind())).collect();
    let expected = [
        Ok(accepted(0)),
        Err(Kind::KeyNotFound),
        Ok(refused(Outcome::Wrong, 0, 99)),
        Ok(refused(Outcome::Replayed, 30, 100)),
        Err(Kind::InvalidArgument),
        Ok(accepted(0)),
        Ok(refused(Outcome::Malformed, 0, 100)),
    ];
    assert_eq!(told, expected);
    assert!(scene.keep.validate_codes(&[]).unwrap().is_empty());
    let too_many = vec![("alice", b"123456".as_slice()); 4097];
    assert_eq!(failure(scene.keep.validate_codes(&too_many)).kind(), Kind::InvalidArgument);
    // As many as are allowed, all of one code: one transaction settles 512 at a time, and one item of all is accepted.
    let next = code(&scene.keep, "alice", START + 30);
    let many = vec![("alice", next.as_bytes()); 4096];
    let results = scene.keep.validate_codes(&many).unwrap();
    assert_eq!(results.iter().filter(|result| result.as_ref().unwrap().is_accepted()).count(), 1);
}

#[test]
fn no_text_of_a_code_is_ever_an_error() {
    let scene = Scene::new();
    let mut texts: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte; 6]).collect();
    texts.extend((0..=255).map(|byte| [b"12345".as_slice(), &[byte]].concat()));
    let hostile = ["'; DROP TABLE keys; --", "%s%n%d", "٣٤٥٦٧٨", "１２３４５６", "+12345", "1e5", "-00001", "0x1234"];
    texts.extend(hostile.map(|text| text.as_bytes().to_vec()));
    texts.push(vec![b'1'; 10 << 20]);
    texts.push(vec![0; 10 << 20]);
    texts.push("123456\u{0}".into());
    texts.push("123456\u{200b}".into());
    let off = MountSpec { throttle: Some(false), ..MountSpec::default() };
    scene.keep.tune_mount("totp", &off).unwrap();
    for text in texts {
        let outcome = scene.keep.validate_code("alice", &text).unwrap().outcome;
        let shown = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
        let digits = text.len() == 6 && text.iter().all(u8::is_ascii_digit);
        let expected = if digits { Outcome::Wrong } else { Outcome::Malformed };
        assert_eq!(outcome, expected, "{shown:?}");
    }
    let code = code(&scene.keep, "alice", START);
    let (first, second) = code.split_at(3);
    let typed = format!(" {first} - {second}\r\n");
    assert!(scene.keep.validate_code("alice", typed).unwrap().is_accepted());
}

#[test]
fn a_secret_that_gives_the_same_codes_keeps_what_was_used() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let overwrite = |bytes: &[u8]| KeySpec { overwrite: true, ..key(&data_encoding::BASE32.encode(bytes)) };
    let secret = [7; 20];
    keep.write_key("alice", &overwrite(&secret)).unwrap();
    let used = code(&keep, "alice", START);
    assert!(keep.validate_code("alice", &used).unwrap().is_accepted());
    // An HMAC fills its key with zeros up to the size of a block.
    let longer: Vec<u8> = secret.iter().copied().chain([0, 0, 0]).collect();
    keep.write_key("alice", &overwrite(&longer)).unwrap();
    assert_eq!(code(&keep, "alice", START), used);
    assert_eq!(keep.validate_code("alice", &used).unwrap().outcome, Outcome::Replayed);
}
