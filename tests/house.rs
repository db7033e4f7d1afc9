//! The rooms of the core import one way only. What a room may know is written here once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room of `src/`, with the rooms it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("limits", &[]),
    ("secret", &[]),
    ("clock", &["error"]),
    ("otp", &["clock", "error", "limits", "secret"]),
    ("enroll", &["error", "limits", "otp", "secret"]),
    ("attempt", &["clock", "error", "limits", "otp"]),
    ("seal", &["error", "limits", "secret"]),
    ("store", &["error"]),
    ("records", &["error", "seal", "secret", "store"]),
    ("engine", &["attempt", "clock", "enroll", "error", "limits", "otp", "records", "seal", "secret", "store"]),
    ("access", &["clock", "error", "limits", "records", "seal", "secret", "store"]),
    ("keep", &["access", "attempt", "clock", "engine", "error", "limits", "seal", "secret", "store"]),
    ("paths", &["access", "attempt", "clock", "enroll", "engine", "error", "keep", "limits", "otp", "secret"]),
];

/// Crates that only one room may use.
const KEPT_TO: &[(&str, &str)] = &[
    ("rusqlite::", "store"),
    ("nix::", "store"),
    ("aes_gcm::", "seal"),
    ("argon2::", "seal"),
    ("hkdf::", "seal"),
    ("hcl_edit::", "access"),
    ("qrcode::", "enroll"),
    ("image::", "enroll"),
    ("sha1::", "otp"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The room of a source file: its folder, or its name, directly under `src/`.
fn room_of(path: &Path, root: &Path) -> String {
    let first = path.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").into()
}

/// Code without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The names right after each `crate::`; in braces, each of them.
fn imported(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let paths = code.match_indices("crate::").map(|(at, found)| &code[at + found.len()..]);
    paths
        .flat_map(|path| match path.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').map(|name| word(name.trim())).collect(),
            None => vec![word(path)],
        })
        // Types at the root are re-exports of the rooms below; `Error`, `Kind` and `Result` come from `error`.
        .filter(|name| name.starts_with(char::is_lowercase))
        .collect()
}

#[test]
fn imports_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = BTreeSet::new();
    for path in sources(&root) {
        let room = room_of(&path, &root);
        if room == "lib" {
            continue;
        }
        let (_, allowed) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("no room {room}"));
        for name in imported(&code(&path)) {
            let known = name == room || allowed.contains(&name.as_str());
            assert!(known, "{} imports {name}, which {room} may not know", path.display());
        }
        seen.insert(room);
    }
    assert_eq!(seen.len(), ROOMS.len(), "a room of the table has no source");
}

/// Whether a path that begins with `foreign` occurs, as in `use nix::fcntl` but not in `std::os::unix::fs`.
fn uses(code: &str, foreign: &str) -> bool {
    code.match_indices(foreign)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn each_foreign_crate_stays_in_its_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let (room, code) = (room_of(&path, &root), code(&path));
        for (foreign, home) in KEPT_TO {
            assert!(room == *home || !uses(&code, foreign), "{} uses {foreign}", path.display());
        }
    }
}
