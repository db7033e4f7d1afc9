//! Contents that only someone with the keys can have written: what is read from a keep is not believed because its tag
//! is right.

mod forgery;
mod format;
mod questions;

use std::sync::OnceLock;

use forgery::{Kind, Part, forge, token};
use otpkeep::Keep;
use questions::Questions;
use rusqlite::Connection;

use crate::scratch::{Scratch, options};

/// At most so many contents in one keep.
const PARTS: usize = 8;
const KINDS: [Kind; 8] =
    [Kind::Mount, Kind::Policy, Kind::Token, Kind::Audit, Kind::Key, Kind::State, Kind::Keyring, Kind::Slot];

/// Any contents are sealed with the right keys, put into a keep, and the keep is asked everything.
pub(crate) fn run(data: &[u8]) {
    faults(data);
}

/// What the file is blamed for, when a keep with these contents is asked everything. The input is a row of parts: a byte
/// for the kind and the place, two for the length, the content.
pub fn faults(data: &[u8]) -> Vec<String> {
    let parts = parts(data);
    if parts.iter().any(|part| part.kind == Kind::Audit && !is_harmless(part.content)) {
        return Vec::new();
    }
    let scratch = Scratch::new();
    let path = scratch.write("keep", orderly());
    let connection = Connection::open(&path).expect("the keep");
    for part in &parts {
        part.put(&connection).expect("a row");
    }
    drop(connection);
    let mut questions = Questions::default();
    if let Some(keep) = questions.answer(Keep::open(&path, &options())) {
        questions.ask(&keep, &scratch);
        for place in 0..2 {
            if let Some(keep) = questions.permitted(keep.with_token(&token(place))) {
                questions.ask_as_holder(&keep);
            }
        }
        questions.ask_last(&keep, &scratch);
    }
    // Were everything refused, nothing would be shown by that.
    assert!(!parts.is_empty() || questions.refusals.is_empty(), "{:?}", questions.refusals);
    questions.faults
}

/// The file of a keep in which all is in order.
fn orderly() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let scratch = Scratch::new();
        let path = scratch.write("keep", &[]);
        let connection = Connection::open(&path).expect("a new file");
        forge(&connection).expect("a keep");
        connection.close().expect("a whole file");
        std::fs::read(path).expect("the keep")
    })
}

fn parts(mut data: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    while let ([kind, high, low, rest @ ..], true) = (data, parts.len() < PARTS) {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (content, rest) = rest.split_at(length);
        let kind = usize::from(*kind);
        parts.push(Part { kind: KINDS[kind % 8], place: kind / 8 % 2, content });
        data = rest;
    }
    parts
}

/// Whether the audit log would go nowhere, if the content names a file at all: it is ours to choose what is written to.
fn is_harmless(content: &[u8]) -> bool {
    let Some(path) = second_text(content).and_then(|path| std::str::from_utf8(path).ok()) else { return true };
    let nowhere = ["/dev/null/", "nowhere/"];
    ["", "/", "/dev/null", "/dev/full"].contains(&path)
        || path.contains('\0')
        || nowhere.iter().any(|place| path.starts_with(place)) && !path.contains("..")
}

/// The second of the texts that an encoding begins with.
fn second_text(content: &[u8]) -> Option<&[u8]> {
    let text = |encoding: &[u8]| Some(u32::from_be_bytes(*encoding.first_chunk()?) as usize);
    let rest = content.get(4 + text(content)?..)?;
    rest.get(4..4 + text(rest)?)
}
