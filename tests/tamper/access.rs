//! Rules of access that someone alters who has the file, but no root key: in a closed keep, and under a handle that was
//! used before and remembers what it may do.

use std::path::Path;

use otpkeep::access::TokenRef;
use otpkeep::{Keep, Kind};
use rusqlite::types::Value;

use crate::edits::alterations;
use crate::flips::forget;
use crate::questions::{Answers, Original, differences, name};
use crate::sql::{edit, run, swap};
use crate::support::clocked_options;

/// What picks one row of the records.
pub(crate) const MOUNT: &str = "(family, id) = (1, (SELECT min(id) FROM records WHERE family = 1))";
pub(crate) const OTHER_MOUNT: &str = "(family, id) = (1, (SELECT max(id) FROM records WHERE family = 1))";
pub(crate) const POLICY: &str = "(family, id) = (2, (SELECT min(id) FROM records WHERE family = 2))";
const OTHER_POLICY: &str = "(family, id) = (2, (SELECT max(id) FROM records WHERE family = 2))";
pub(crate) const TOKEN: &str = "(family, id) = (3, (SELECT min(id) FROM records WHERE family = 3))";
pub(crate) const OTHER_TOKEN: &str = "(family, id) = (3, (SELECT max(id) FROM records WHERE family = 3))";
const RULES: [&str; 4] = [POLICY, OTHER_POLICY, TOKEN, OTHER_TOKEN];

fn open(path: &Path) -> Keep {
    let (_, mut options) = clocked_options();
    Keep::open(path, options.set_create(false)).unwrap()
}

/// All that depends on rules, through handles that are there already or with the tokens themselves.
fn ask(original: &Original, keep: &Keep, handles: &[Keep]) -> Answers {
    let mut answers = Answers::new();
    let mut note = |question: String, answer: otpkeep::Result<String>| {
        answers.insert(question, answer.map_err(|error| error.kind()));
    };
    let may = |handle: &Keep| {
        let paths = ["totp/code/key-00", "auth/token/create", "auth/token/lookup-self", "totp/keys/key-00"];
        let found: otpkeep::Result<Vec<_>> = paths.iter().map(|path| handle.capabilities(path)).collect();
        found.map(|found| format!("{found:?}"))
    };
    for (number, token) in original.tokens.iter().enumerate() {
        note(format!("may {number}"), keep.with_token(token).and_then(|handle| may(&handle)));
        if let Some(handle) = handles.get(number) {
            note(format!("may {number}, used before"), may(handle));
        }
        let told = keep.lookup_token(TokenRef::Token(token));
        note(format!("token {number}"), told.map(|token| format!("{token:?}")));
    }
    note("tokens".into(), keep.list_tokens().map(|tokens| format!("{tokens:?}")));
    note("policies".into(), keep.list_policies().map(|policies| format!("{policies:?}")));
    for policy in ["reader", "maker", "default"] {
        note(format!("policy {policy}"), keep.read_policy(policy));
    }
    note("audits".into(), keep.list_audits().map(|files| format!("{files:?}")));
    answers
}

/// What an altered keep answers, opened afterwards, and by handles that were used before.
fn ask_both(original: &Original, alter: impl Fn(&Path)) -> [Answers; 2] {
    let path = original.copy("fresh");
    alter(&path);
    let fresh = ask(original, &open(&path), &[]);
    forget(&path);
    let path = original.copy("warm");
    let keep = open(&path);
    let handles = original.tokens.each_ref().map(|token| keep.with_token(token).unwrap());
    assert!(ask(original, &keep, &handles).values().all(Result::is_ok));
    alter(&path);
    let warm = ask(original, &keep, &handles);
    drop((keep, handles));
    forget(&path);
    [fresh, warm]
}

fn ask_unaltered(original: &Original) -> Answers {
    let [fresh, warm] = ask_both(original, |_| ());
    assert!(fresh.iter().all(|(question, answer)| warm.get(question) == Some(answer)));
    warm
}

#[test]
fn no_edited_rule_gives_a_different_answer() {
    let original = Original::in_memory();
    let expected = ask_unaltered(&original);
    for row in RULES {
        // A row that is nowhere to be found is a deleted one.
        let deleted = ask_both(&original, |path| run(path, &format!("DELETE FROM records WHERE {row}")));
        for (column, moved) in [("family", true), ("id", true), ("version", false), ("sealed", false)] {
            let sql = format!("SELECT {column} FROM records WHERE {row}");
            let value: Value =
                edit(&original.folder.keep(), |connection| connection.query_row(&sql, (), |row| row.get(0)).unwrap());
            for altered in alterations(&value) {
                let sql = format!("UPDATE records SET {column} = ?1 WHERE {row}");
                let told = ask_both(&original, |path| {
                    edit(path, |connection| assert_eq!(connection.execute(&sql, [&altered]).unwrap(), 1));
                });
                for (place, mut answers) in told.into_iter().enumerate() {
                    let what = format!("{row}: {column} = {altered:.40?}, {}", ["fresh", "warm"][place]);
                    assert!(answers.values().any(Result::is_err), "{what}: not noticed");
                    answers.retain(|question, answer| !moved || deleted[place].get(question) != Some(answer));
                    assert_eq!(differences(&expected, &answers), [""; 0], "{what}");
                }
            }
        }
    }
}

#[test]
fn rules_in_each_others_place_are_corrupt() {
    let original = Original::in_memory();
    let expected = ask_unaltered(&original);
    let pairs = [
        (POLICY, OTHER_POLICY),
        (TOKEN, OTHER_TOKEN),
        (POLICY, TOKEN),
        (OTHER_POLICY, OTHER_TOKEN),
        (MOUNT, TOKEN),
        (MOUNT, POLICY),
    ];
    let columns: [&[&str]; 3] = [&["sealed"], &["version"], &["version", "sealed"]];
    for (one, other) in pairs {
        for columns in columns {
            let [fresh, warm] = ask_both(&original, |path| swap(path, "records", columns, one, other));
            for answers in [&fresh, &warm] {
                assert_eq!(differences(&expected, answers), [""; 0], "{one}, {other}: {columns:?}");
            }
            for (row, question) in [(one, "policies"), (one, "tokens"), (other, "policies"), (other, "tokens")] {
                let concerned = row.contains(if question == "policies" { "(2," } else { "(3," });
                if concerned {
                    assert_eq!(fresh[question], Err(Kind::Corrupt), "{one}, {other}: {columns:?} {question}");
                    assert_eq!(warm[question], Err(Kind::Corrupt), "{one}, {other}: {columns:?} {question}");
                }
            }
            // What is remembered by its version is noticed by it.
            if columns.contains(&"version") && (one, other) == (TOKEN, OTHER_TOKEN) {
                for question in ["may 0", "may 0, used before", "may 1", "may 1, used before"] {
                    assert_eq!(warm[question], Err(Kind::Corrupt), "{columns:?}: {question}");
                }
            }
        }
    }
}

#[test]
fn a_damaged_audit_file_lets_nothing_happen() {
    let original = Original::in_memory();
    for column in ["id", "version", "sealed"] {
        let path = original.copy("audited");
        let keep = open(&path);
        keep.enable_audit("file", original.folder.file("audit.log").to_str().unwrap()).unwrap();
        assert_eq!(keep.list_audits().unwrap().len(), 1);
        let handle = keep.with_token(&original.tokens[0]).unwrap();
        assert!(handle.read_code(&name(0)).is_ok());
        let other = if column == "sealed" { "zeroblob(length(sealed))".into() } else { format!("{column} + 1") };
        run(&path, &format!("UPDATE records SET {column} = {other} WHERE family = 4"));
        for keep in [&keep, &open(&path)] {
            assert_eq!(keep.list_audits().unwrap_err().kind(), Kind::Corrupt, "{column}");
            assert_eq!(keep.write_policy("more", "").unwrap_err().kind(), Kind::Corrupt, "{column}");
            // These two have a shorter way, for keeps without an audit log.
            assert_eq!(keep.read_code(&name(0)).map(drop).unwrap_err().kind(), Kind::Corrupt, "{column}");
            assert_eq!(keep.validate_code(&name(0), "000000").unwrap_err().kind(), Kind::Corrupt, "{column}");
            let by_token = keep.with_token(&original.tokens[0]).and_then(|handle| handle.read_code(&name(0)).map(drop));
            assert_eq!(by_token.unwrap_err().kind(), Kind::Corrupt, "{column}");
        }
        assert_eq!(handle.read_code(&name(0)).map(drop).unwrap_err().kind(), Kind::Corrupt, "{column}");
        drop((keep, handle));
        forget(&path);
    }
}

#[test]
fn a_damaged_token_goes_on_where_it_is_remembered_until_it_is_revoked() {
    let original = Original::in_memory();
    let path = original.copy("damaged");
    let (keep, fresh) = (open(&path), open(&path));
    let [parent, _] = &original.tokens;
    let accessor = keep.lookup_token(TokenRef::Token(parent)).unwrap().accessor;
    let handle = keep.with_token(parent).unwrap();
    let before = handle.capabilities("totp/code/key-00").unwrap();
    run(&path, "UPDATE records SET sealed = zeroblob(length(sealed)) WHERE family = 3");
    assert_eq!(handle.capabilities("totp/code/key-00").unwrap(), before);
    assert_eq!(fresh.with_token(parent).map(drop).unwrap_err().kind(), Kind::Corrupt);
    fresh.revoke_token(TokenRef::Accessor(&accessor)).unwrap();
    assert_eq!(handle.capabilities("totp/code/key-00").unwrap_err().kind(), Kind::BadToken);
    for keep in [&keep, &fresh] {
        assert_eq!(keep.with_token(parent).map(drop).unwrap_err().kind(), Kind::BadToken);
    }
}
