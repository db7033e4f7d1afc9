use std::sync::{Mutex, OnceLock, PoisonError};

use otpkeep::{Keep, Outcome, UnixTime};

use crate::scratch::{NOW, Scratch, key, options, sample};

struct Bench {
    keep: Keep,
    codes: Vec<String>,
    _scratch: Scratch,
}

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A text is accepted when it is one of the codes that hold now, with spaces and dashes as people write them, and never
/// twice; a text that has not as many digits is malformed and tries nothing.
pub(crate) fn run(data: &[u8]) {
    static BENCH: OnceLock<Mutex<Bench>> = OnceLock::new();
    let bench = BENCH.get_or_init(|| {
        let scratch = Scratch::new();
        let keep = Keep::open(scratch.write("keep", &sample().file), &options()).expect("the sample");
        let keep = keep.with_mount("open").expect("a path");
        keep.write_key("carol", &key(SECRET)).expect("a key");
        let at = |at| UnixTime::from_seconds(at).expect("a time");
        let code = |step: i64| keep.read_code_at("carol", at(NOW + 30 * step)).expect("a code").value().to_owned();
        let codes = (-1..=1).map(code).collect();
        Mutex::new(Bench { keep, codes, _scratch: scratch })
    });
    let bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
    let before = bench.keep.read_attempts("carol").expect("the attempts").failures;
    let verdict = bench.keep.validate_code("carol", data).expect("a verdict");

    // The digits, if there is nothing but digits and what may stand between them.
    let digits: String = data.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
    let is_right = bench.codes.contains(&digits);
    match verdict.outcome {
        Outcome::Accepted => {
            assert!(is_right, "accepted what is no code");
            let again = bench.keep.validate_code("carol", data).expect("a verdict");
            assert_eq!(again.outcome, Outcome::Replayed);
            // A key of another secret begins anew.
            bench.keep.delete_key("carol").expect("the key");
            bench.keep.write_key("carol", &key(SECRET)).expect("a key");
        }
        Outcome::Wrong => assert!(!is_right && digits.len() == 6, "called wrong what is not"),
        Outcome::Malformed => {
            let plain = data.len() == 6 && digits.len() == 6;
            assert!(!plain, "called malformed what is not");
            assert_eq!(bench.keep.read_attempts("carol").expect("the attempts").failures, before);
        }
        other => panic!("{}", other.name()),
    }
}
