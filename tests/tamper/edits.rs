//! Edits that someone makes who knows the format and has the file, but no root key.

use std::path::Path;

use otpkeep::{Keep, KeySpec, Kind};
use rusqlite::types::Value;

use crate::access::{MOUNT, OTHER_MOUNT, OTHER_TOKEN, POLICY, TOKEN};
use crate::flips::forget;
use crate::questions::{Answers, Original, all_names, name};
use crate::sql::{edit, run, swap};
use crate::support::{Folder, SECRET, START, clocked_options, code, failure, key};

/// What picks the state of a key.
const STATE_05: &str = "id = (SELECT id FROM keys WHERE name = 'key-05')";
const STATE_07: &str = "id = (SELECT id FROM keys WHERE name = 'key-07')";
const STATE_10: &str = "id = (SELECT id FROM keys WHERE name = 'key-10')";

/// Tables and their columns that can be edited, with what picks one row.
const COLUMNS: [(&str, &str, &[&str]); 9] = [
    ("keep", "id = 1", &["id", "keep_id"]),
    ("slots", "id = 1", &["id", "slot"]),
    ("keyring", "id = 1", &["id", "epoch", "sealed"]),
    ("records", MOUNT, &["family", "id", "version", "sealed"]),
    ("records", POLICY, &["family", "id", "version", "sealed"]),
    ("records", TOKEN, &["family", "id", "version", "sealed"]),
    ("records", OTHER_TOKEN, &["family", "id", "version", "sealed"]),
    ("keys", "name = 'key-07'", &["id", "mount", "name", "version", "sealed"]),
    ("states", STATE_07, &["id", "version", "last_step", "failures", "locked_until", "flags", "tag"]),
];

fn ask_all(original: &Original, path: &Path) -> Answers {
    original.ask(path, &all_names(), &all_names())
}

/// The kinds of the errors among some answers.
fn errors(answers: &Answers) -> Vec<Kind> {
    answers.values().filter_map(|answer| answer.as_ref().err().copied()).collect()
}

/// Values to try in place of one that is there.
pub(crate) fn alterations(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => {
            let others = [number.wrapping_add(1), number.wrapping_sub(1), 0, 1, -1, -2, i64::MAX, i64::MIN, number ^ 8];
            others.into_iter().filter(|other| other != number).map(Value::Integer).collect()
        }
        Value::Blob(bytes) => {
            let flipped = (0..bytes.len()).step_by(5).map(|place| {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1;
                flipped
            });
            let cut = [bytes[..bytes.len() - 1].to_vec(), bytes[1..].to_vec(), Vec::new(), vec![0; bytes.len()]];
            let longer = [bytes.as_slice(), &[0]].concat();
            flipped.chain(cut).chain([longer, vec![0xff; 1 << 20]]).map(Value::Blob).collect()
        }
        Value::Text(text) => {
            let others = ["", "key-99", "KEY-07", "other\0", "key-070"];
            others.into_iter().filter(|other| other != text).map(|other| Value::Text(other.into())).collect()
        }
        other => panic!("no column holds {other:?}"),
    }
}

#[test]
fn no_edited_column_gives_a_different_answer() {
    let original = Original::new();
    let asked = [name(6), name(7), name(8)];
    let mut different = Vec::new();
    for (table, row, columns) in COLUMNS {
        for column in columns {
            let sql = format!("SELECT {column} FROM {table} WHERE {row}");
            let value: Value =
                edit(&original.folder.keep(), |connection| connection.query_row(&sql, (), |row| row.get(0)).unwrap());
            // Nothing hangs on the number of the only row. A policy that is nowhere to be found is a deleted one, which
            // may be one that the tokens here do not need; `access.rs` asks for each.
            let harmless = [("keep", "id"), ("keyring", "id")].contains(&(table, *column));
            let may_be_gone = row == POLICY && ["family", "id"].contains(column);
            let (mut tried, mut noticed) = (0, 0);
            for altered in alterations(&value) {
                let path = original.copy("edited");
                let done = edit(&path, |connection| {
                    connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {row}"), [&altered])
                });
                // The place of another row cannot be taken.
                if done.is_ok() {
                    tried += 1;
                    let answers = original.ask(&path, &asked, &asked);
                    let what = format!("{table}.{column} = {altered:.40?}");
                    let missed = errors(&answers).is_empty();
                    noticed += usize::from(!missed);
                    if missed && !harmless && !may_be_gone {
                        different.push(format!("{what}: not noticed"));
                    }
                    let told = original.silently_different(&answers);
                    different.extend(told.into_iter().map(|answer| format!("{what}: {answer}")));
                }
                forget(&path);
            }
            assert!(tried > 0, "{table}.{column}: no alteration could be made");
            assert!(noticed > 0 || harmless, "no alteration of {table}.{column} was noticed");
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn rows_in_each_others_place_are_corrupt() {
    let original = Original::new();
    let (first, second) = ("name = 'key-05'", "name = 'key-10'");
    let swaps: [(&str, &[&str], &str, &str); 6] = [
        ("keys", &["sealed"], first, second),
        ("keys", &["version"], first, second),
        ("keys", &["version", "sealed"], first, second),
        ("states", &["last_step", "failures", "locked_until", "flags", "tag"], STATE_05, STATE_10),
        ("states", &["version", "last_step", "failures", "locked_until", "flags", "tag"], STATE_05, STATE_10),
        ("states", &["tag"], STATE_05, STATE_10),
    ];
    for (table, columns, one, other) in swaps {
        let path = original.copy("swapped");
        swap(&path, table, columns, one, other);
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{table} {columns:?}");
        for name in [name(5), name(10)] {
            assert_eq!(answers[&format!("validate {name}")], Err(Kind::Corrupt), "{table} {columns:?}");
            assert_eq!(answers[&format!("key {name}")], Err(Kind::Corrupt), "{table} {columns:?}");
        }
        assert_eq!(answers["validate key-00"], original.answers["validate key-00"], "others are not touched");
        forget(&path);
    }
}

#[test]
fn keys_under_each_others_id_are_corrupt() {
    let original = Original::new();
    let path = original.copy("swapped");
    run(
        &path,
        "CREATE TEMP TABLE ids AS SELECT name, id FROM keys WHERE name IN ('key-05', 'key-10');
         UPDATE keys SET id = 1 WHERE name = 'key-05';
         UPDATE keys SET id = (SELECT id FROM ids WHERE name = 'key-05') WHERE name = 'key-10';
         UPDATE keys SET id = (SELECT id FROM ids WHERE name = 'key-10') WHERE name = 'key-05'",
    );
    let answers = ask_all(&original, &path);
    assert_eq!(original.silently_different(&answers), [""; 0]);
    for name in [name(5), name(10)] {
        assert_eq!(answers[&format!("code {name}")], Err(Kind::Corrupt));
        assert_eq!(answers[&format!("validate {name}")], Err(Kind::Corrupt));
    }
}

#[test]
fn mounts_in_each_others_place_are_corrupt() {
    let original = Original::new();
    let columns: [&[&str]; 3] = [&["sealed"], &["version"], &["version", "sealed"]];
    for columns in columns {
        let path = original.copy("swapped");
        swap(&path, "records", columns, MOUNT, OTHER_MOUNT);
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{columns:?}");
        assert_eq!(answers["code key-00"], Err(Kind::Corrupt), "{columns:?}");
        forget(&path);
    }
    // A key that is moved to another mount belongs nowhere.
    let path = original.copy("moved");
    run(
        &path,
        "DELETE FROM keys WHERE name = 'key-00' AND mount = (SELECT mount FROM keys WHERE name = 'key-01');
         UPDATE keys SET mount = (SELECT mount FROM keys WHERE name = 'key-01') WHERE name = 'key-00'",
    );
    let answers = ask_all(&original, &path);
    assert_eq!(original.silently_different(&answers), [""; 0]);
    assert_eq!((&answers["code key-00"], &answers["code other"]), (&Err(Kind::Corrupt), &Err(Kind::KeyNotFound)));
}

#[test]
fn what_is_deleted_is_missed() {
    let original = Original::new();
    let cases = [
        ("states", STATE_05, "validate key-05", Kind::Corrupt),
        ("states", "1", "validate key-00", Kind::Corrupt),
        ("keys", "name = 'key-05'", "validate key-05", Kind::KeyNotFound),
        ("records", "1", "validate key-05", Kind::MountNotFound),
        ("keyring", "1", "open", Kind::Corrupt),
        ("keep", "1", "open", Kind::Corrupt),
        ("slots", "1", "open", Kind::WrongRootKey),
    ];
    for (table, row, question, kind) in cases {
        let path = original.copy("deleted");
        run(&path, &format!("DELETE FROM {table} WHERE {row}"));
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{table}");
        assert_eq!(answers[question], Err(kind), "{table}");
        run(&path, &format!("DROP TABLE {table}"));
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{table}");
        assert!(errors(&answers).contains(&Kind::Corrupt), "{table} {answers:?}");
        forget(&path);
    }
}

#[test]
fn a_lowered_step_frees_no_code() {
    let original = Original::new();
    for last_step in ["-1", "0", "last_step - 1", "last_step - 100"] {
        let path = original.copy("lowered");
        run(&path, &format!("UPDATE states SET last_step = {last_step}"));
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{last_step}");
        assert_eq!(answers["validate key-01"], Err(Kind::Corrupt), "{last_step}");
        forget(&path);
    }
}

#[test]
fn the_state_of_an_earlier_version_of_a_key_is_not_taken_back() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let right = code(&keep, "alice", START);
    drop(keep);
    let earlier = folder.file("earlier");
    std::fs::copy(folder.keep(), &earlier).unwrap();
    let overwrite = KeySpec { overwrite: true, ..key(SECRET) };
    let keep = Keep::open(folder.keep(), &options).unwrap();
    assert!(keep.validate_code("alice", &right).unwrap().is_accepted());
    keep.write_key("alice", &overwrite).unwrap();
    drop(keep);
    let attach = format!("ATTACH '{}' AS earlier;", earlier.display());
    run(&folder.keep(), &(attach + "DELETE FROM states; INSERT INTO states SELECT * FROM earlier.states"));
    let keep = Keep::open(folder.keep(), &options).unwrap();
    assert_eq!(failure(keep.validate_code("alice", &right)).kind(), Kind::Corrupt);
    drop(keep);
    // With the version made to fit, the tag does not.
    run(&folder.keep(), "UPDATE states SET version = (SELECT version FROM keys)");
    let keep = Keep::open(folder.keep(), &options).unwrap();
    assert_eq!(failure(keep.validate_code("alice", &right)).kind(), Kind::Corrupt);
    assert_eq!(failure(keep.reset_attempts("alice")).kind(), Kind::Corrupt);
    assert_eq!(failure(keep.write_key("alice", &overwrite)).kind(), Kind::Corrupt);
    // What is damaged can be deleted, and written anew.
    keep.delete_key("alice").unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    assert!(keep.validate_code("alice", &right).unwrap().is_accepted());
}

#[test]
fn rows_of_another_keep_do_not_fit() {
    let original = Original::new();
    // Made alike and opened with the same root key, but another keep.
    let other = Original::new();
    let mixtures: [&[&str]; 8] = [
        &["keys"],
        &["states"],
        &["keys", "states"],
        &["records"],
        &["keyring"],
        &["slots"],
        &["keep"],
        &["records", "keys", "states"],
    ];
    for tables in mixtures {
        let path = original.copy("mixed");
        let mut sql = format!("ATTACH '{}' AS other;", other.folder.keep().display());
        for table in tables {
            sql += &format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM other.{table};");
        }
        run(&path, &sql);
        let answers = ask_all(&original, &path);
        assert_eq!(original.silently_different(&answers), [""; 0], "{tables:?}");
        assert!(!errors(&answers).is_empty(), "{tables:?}");
        for question in ["validate key-00", "validate key-01"] {
            assert!(answers.get(question).is_none_or(Result::is_err), "{tables:?} {question}");
        }
        forget(&path);
    }
}
