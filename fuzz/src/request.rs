use otpkeep::Keep;
use otpkeep::paths::{Data, Operation};
use serde_json::Value;

use crate::check_honest;
use crate::scratch::{Scratch, options, sample};

/// At most so many requests on one keep.
const REQUESTS: usize = 12;

/// Requests by path, one a line: a letter for the operation, the path, and the fields as JSON after a space. Whatever
/// they are, the keep answers or refuses them, and does not call itself broken.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let scratch = Scratch::new();
    let keep = Keep::open(scratch.write("keep", &sample().file), &options()).expect("the sample");
    let keep = keep.with_token(&sample().token).expect("its token");
    for line in text.lines().take(REQUESTS) {
        let (asked, json) = line.split_once(' ').unwrap_or((line, ""));
        let mut letters = asked.chars();
        let operation = match letters.next() {
            Some('w') => Operation::Write,
            Some('l') => Operation::List,
            Some('d') => Operation::Delete,
            Some('h') => Operation::Help,
            _ => Operation::Read,
        };
        let fields: Data = serde_json::from_str(json).unwrap_or_default();
        match keep.request(operation, letters.as_str(), &fields) {
            Ok(answer) => {
                let text = answer.into_json().map(|json| json.to_string());
                text.map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
            }
            Err(refusal) => {
                check_honest(refusal.kind);
                assert!(!refusal.sentence.is_empty());
                assert!(!IMPOSSIBLE.contains(&refusal.kind), "{}", refusal.kind);
            }
        }
    }
}

/// What would be the fault of the storage, or of the server in HTTP.
const IMPOSSIBLE: &[otpkeep::Kind] = &[
    otpkeep::Kind::Busy,
    otpkeep::Kind::Closed,
    otpkeep::Kind::Corrupt,
    otpkeep::Kind::DiskFull,
    otpkeep::Kind::Forked,
    otpkeep::Kind::Io,
    otpkeep::Kind::ReadOnly,
    otpkeep::Kind::StoreReplaced,
    otpkeep::Kind::UnknownTerm,
];
