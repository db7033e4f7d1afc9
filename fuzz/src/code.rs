use std::sync::{Mutex, OnceLock, PoisonError};

use otpkeep::{Keep, Outcome, UnixTime};

use crate::scratch::{NOW, Scratch, key, options, sample};

struct Bench {
    keep: Keep,
    codes: Vec<String>,
    _scratch: Scratch,
}

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Bytes of the longest text that is read.
const LONGEST: usize = 32;

/// A text is a code when it has as many digits as the key, with white space anywhere and dashes between digits. It is
/// accepted when it is one of those that hold now, and never twice; any other text is malformed and tries nothing.
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

    let code = code_in(data);
    let is_right = code.as_ref().is_some_and(|code| bench.codes.contains(code));
    match verdict.outcome {
        Outcome::Accepted => {
            assert!(is_right, "accepted what is no code");
            let again = bench.keep.validate_code("carol", data).expect("a verdict");
            assert_eq!(again.outcome, Outcome::Replayed);
            // A key of another secret begins anew.
            bench.keep.delete_key("carol").expect("the key");
            bench.keep.write_key("carol", &key(SECRET)).expect("a key");
        }
        Outcome::Wrong => assert!(code.is_some() && !is_right, "called wrong what is not"),
        Outcome::Malformed => {
            assert!(code.is_none(), "called malformed what is not");
            assert_eq!(bench.keep.read_attempts("carol").expect("the attempts").failures, before);
        }
        other => panic!("{}", other.name()),
    }
}

/// The six digits of a text, if it is a code as people type them.
fn code_in(text: &[u8]) -> Option<String> {
    let is_digit = |place: &usize| text[*place].is_ascii_digit();
    let digits: Vec<usize> = (0..text.len()).filter(is_digit).collect();
    let (&first, &last) = (digits.first()?, digits.last()?);
    let may_stand = |place: usize| match text[place] {
        b'0'..=b'9' | b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' => true,
        b'-' => (first..last).contains(&place),
        _ => false,
    };
    let is_code = digits.len() == 6 && text.len() <= LONGEST && (0..text.len()).all(may_stand);
    is_code.then(|| digits.iter().map(|place| char::from(text[*place])).collect())
}
