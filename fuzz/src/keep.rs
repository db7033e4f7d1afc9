use otpkeep::{Keep, Kind};

use crate::check_honest;
use crate::scratch::{Scratch, options, sample};

/// Any file is opened as a keep and asked everything, or refused.
///
/// A first byte of 0 lets the rest be the file itself. Otherwise the bytes change a small keep: each five of them are a
/// place in it (two), what happens there, and two values.
pub(crate) fn run(data: &[u8]) {
    let file = match data {
        [] => return,
        [0, file @ ..] => file.to_vec(),
        [_, edits @ ..] => edited(sample().file.clone(), edits),
    };
    let scratch = Scratch::new();
    let path = scratch.write("keep", &file);
    let honest = |error: otpkeep::Error| check_stored(error.kind());
    let keep = match Keep::open(&path, &options()) {
        Ok(keep) => keep,
        Err(error) => return honest(error),
    };
    // Whatever was changed, no key has another code than the one it was written with.
    let code = |keep: &Keep, name: &str, expected: &str| match keep.read_code(name) {
        Ok(code) => assert_eq!(code.value(), expected, "another code"),
        Err(error) => honest(error),
    };
    let open = keep.with_mount("open").expect("a path");
    code(&keep, "alice", ALICE);
    code(&open, "bob", BOB);
    keep.list_keys("").err().map(honest);
    keep.list_mounts().err().map(honest);
    keep.list_policies().err().map(honest);
    keep.list_tokens().err().map(honest);
    keep.list_audits().err().map(honest);
    keep.status().err().map(honest);
    keep.read_key("alice").err().map(honest);
    keep.read_attempts("alice").err().map(honest);
    keep.with_token(&sample().token).err().map(honest);
    for (keep, name, code) in [(&keep, "alice", ALICE), (&open, "bob", BOB)] {
        match keep.validate_code(name, code) {
            Ok(verdict) => {
                assert!(verdict.is_accepted(), "a right code is {}", verdict.outcome.name());
                let again = keep.validate_code(name, code);
                assert!(!again.is_ok_and(|verdict| verdict.is_accepted()), "accepted twice");
            }
            Err(error) => honest(error),
        }
    }
    keep.rotate().err().map(honest);
    keep.rewrap().err().map(honest);
    keep.backup(scratch.file("backup")).err().map(honest);
}

/// The codes of the sample's keys at the time of the clock.
const ALICE: &str = "508564";
const BOB: &str = "30596828";

fn check_stored(kind: Kind) {
    check_honest(kind);
    // The caller has done nothing wrong, and a file has no say over the process.
    assert!(!matches!(kind, Kind::InvalidArgument | Kind::Forked | Kind::Closed), "{kind}");
}

fn edited(mut file: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for edit in edits.chunks_exact(5) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % file.len().max(1);
        let many = (place + usize::from(edit[4])).min(file.len());
        match edit[2] % 8 {
            _ if file.is_empty() => return file,
            0 | 1 => file[place] = edit[3],
            2 | 3 => file[place] ^= 1 << (edit[3] % 8),
            4 => file[place..many].fill(edit[3]),
            5 => drop(file.drain(place..many)),
            6 => file.truncate(place),
            // A page over another.
            _ => {
                let (from, to) = (usize::from(edit[3]) * 4096, usize::from(edit[4]) * 4096);
                if let (Some(page), true) = (file.get(from..from + 4096).map(<[u8]>::to_vec), to + 4096 <= file.len()) {
                    file[to..to + 4096].copy_from_slice(&page);
                }
            }
        }
    }
    file
}
