//! A keep put together from contents, under keys that are known.

use data_encoding::BASE64URL_NOPAD;
use rusqlite::Connection;

use super::format::{Encoding, Key, blob, digest, expand, gcm, row, tag};
use crate::scratch::{NOW, ROOT_KEY};

const KEEP_ID: [u8; 16] = [4; 16];
const KEK: Key = [5; 32];
const FIXED_KEY: Key = [2; 32];
/// The data keys of the terms 1 and 2. What is forged is sealed under the first, so that there is something to rewrap.
const DATA_KEYS: [Key; 2] = [[1; 32], [6; 32]];
const VERSION: i64 = 1;

/// The secrets of the two tokens, the second of which is a child of the first.
const TOKENS: [Key; 2] = [[3; 32], [9; 32]];
const POLICIES: [&str; 2] = ["all", "default"];
const AUDITS: [&str; 2] = ["one", "two"];
/// The keys' names, each in the mount of its place.
const KEYS: [&str; 2] = ["alice", "bob"];

const TABLES: &str = "
    PRAGMA journal_mode = WAL; PRAGMA application_id = 0x4f54504b; PRAGMA user_version = 1;
    CREATE TABLE keep    (id INTEGER PRIMARY KEY CHECK (id = 1), keep_id BLOB NOT NULL) STRICT;
    CREATE TABLE slots   (id INTEGER PRIMARY KEY, slot BLOB NOT NULL) STRICT;
    CREATE TABLE keyring (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE records (family INTEGER NOT NULL, id INTEGER NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL,
                          PRIMARY KEY (family, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE keys    (id INTEGER PRIMARY KEY, mount INTEGER NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
                          sealed BLOB NOT NULL, UNIQUE (mount, name)) STRICT;
    CREATE TABLE states  (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, last_step INTEGER NOT NULL,
                          failures INTEGER NOT NULL, locked_until INTEGER NOT NULL, flags INTEGER NOT NULL,
                          tag BLOB NOT NULL) STRICT;";

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Mount,
    Policy,
    Token,
    Audit,
    Key,
    /// Four columns: last step, failures, locked until, flags.
    State,
    /// The epoch, and what is sealed.
    Keyring,
    /// The slot's id, and its fields.
    Slot,
}

/// A content and where it goes: a keep has two of each kind, but one keyring.
pub(super) struct Part<'a> {
    pub(super) kind: Kind,
    pub(super) place: usize,
    pub(super) content: &'a [u8],
}

/// Makes an empty file a keep in which all is in order.
pub(super) fn forge(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.execute("INSERT INTO keep VALUES (1, ?1)", [KEEP_ID])?;
    for (kind, place, content) in orderly() {
        Part { kind, place, content: &content }.put(connection)?;
    }
    Ok(())
}

/// The token of a place, as its holder has it.
pub(super) fn token(place: usize) -> String {
    format!("otk_{}", BASE64URL_NOPAD.encode(&TOKENS[place]))
}

/// The contents of a keep in which all is in order. It has no audit file: while there is one, some ways are not taken.
fn orderly() -> Vec<(Kind, usize, Vec<u8>)> {
    let now = NOW as u64;
    let mount = |path, throttle| {
        let plain = Encoding::plain().bytes(path).bytes("a mount");
        plain.number(throttle).number(5).number(1).number(300).number(100).number(now).done()
    };
    let token = |place: usize, parent: String| {
        let plain = Encoding::plain().bytes(accessor_text(place)).bytes(parent).bytes("a token");
        let plain = plain.number(now).number(now + 3_600).number(3_600).number(1).number(1).bytes("all");
        plain.number(1).bytes("a").bytes("b").done()
    };
    let key = |secret: [u8; 20], parameters| {
        let plain = Encoding::plain().bytes(secret).bytes("Issuer").bytes("account");
        plain.number(parameters).number(now).done()
    };
    let state = [-1_i64, 0, 0, 0].map(i64::to_be_bytes).concat();
    let keyring = Encoding::plain().number(0).number(now).bytes(FIXED_KEY).number(2);
    let keyring = keyring.number(1).number(now).bytes(DATA_KEYS[0]).number(2).number(now).bytes(DATA_KEYS[1]);
    let policy = r#"path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }"#;
    vec![
        (Kind::Slot, 0, slot()),
        (Kind::Keyring, 0, keyring.done()),
        (Kind::Mount, 0, mount("totp/", 1)),
        (Kind::Mount, 1, mount("open/", 0)),
        (Kind::Policy, 0, Encoding::plain().bytes("all").bytes(policy).done()),
        (Kind::Token, 0, token(0, String::new())),
        (Kind::Token, 1, token(1, accessor_text(0))),
        (Kind::Key, 0, key([7; 20], 1 << 48 | 6 << 40 | 1 << 32 | 30)),
        (Kind::Key, 1, key([8; 20], 3 << 48 | 8 << 40 | 60)),
        (Kind::State, 0, state.clone()),
        (Kind::State, 1, state),
    ]
}

/// The slot of the root key.
fn slot() -> Vec<u8> {
    let salt = [0; 16];
    let info = |kind| Encoding::of(kind).bytes(KEEP_ID).number(1).bytes(salt);
    let check: [u8; 16] = expand(&ROOT_KEY, info("otpkeep/slot-check"));
    let fields = Encoding::of("otpkeep/slot").number(1).number(NOW as u64).number(0).number(0).bytes(salt).bytes(check);
    let aad = fields.clone().bytes(KEEP_ID).number(1);
    let wrapped = gcm(&expand(&ROOT_KEY, info("otpkeep/slot-wrap")), aad, &KEK);
    [1_u64.to_be_bytes().as_slice(), &fields.bytes(wrapped).done()].concat()
}

impl Part<'_> {
    /// Puts the content into its row, sealed or with a tag as it must be.
    pub(super) fn put(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Part { place, content, .. } = *self;
        let put = |sql, values: &[&dyn rusqlite::ToSql]| connection.execute(sql, values).map(|_| ());
        match self.kind {
            Kind::Mount => put_record(connection, 1, "otpkeep/mount", place as i64 + 1, content),
            Kind::Policy => {
                let id = hashed_row("otpkeep/policy-row-key", POLICIES[place].as_bytes());
                put_record(connection, 2, "otpkeep/policy", id, content)
            }
            Kind::Token => {
                let id = hashed_row("otpkeep/token-row-key", &accessor(place));
                put_record(connection, 3, "otpkeep/token", id, content)
            }
            Kind::Audit => {
                let id = hashed_row("otpkeep/audit-row-key", AUDITS[place].as_bytes());
                put_record(connection, 4, "otpkeep/audit", id, content)
            }
            Kind::Key => {
                let bound = Encoding::of("otpkeep/key").bytes(KEEP_ID).number(place as u64 + 1).bytes(KEYS[place]);
                let (key, id) = (expand(&DATA_KEYS[0], bound.clone()), key_id(place));
                let sealed = blob(1, &key, bound.number(VERSION as u64).number(id as u64), content);
                let values: [&dyn rusqlite::ToSql; 5] = [&id, &(place as i64 + 1), &KEYS[place], &VERSION, &sealed];
                put("INSERT OR REPLACE INTO keys VALUES (?1, ?2, ?3, ?4, ?5)", &values)
            }
            Kind::State => {
                let [last_step, failures, locked_until, flags] = [0, 1, 2, 3].map(|column| number(content, 8 * column));
                let key = expand(&FIXED_KEY, Encoding::of("otpkeep/state-key").bytes(KEEP_ID));
                let bound = Encoding::of("otpkeep/state").bytes(KEEP_ID).number(place as u64 + 1).bytes(KEYS[place]);
                let columns = [last_step, failures, locked_until, flags];
                let message =
                    columns.iter().fold(bound.number(VERSION as u64), |all, column| all.number(*column as u64));
                let tag = tag(&key, &message.done());
                let sql = "INSERT OR REPLACE INTO states VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
                put(sql, &[&key_id(place), &VERSION, &last_step, &failures, &locked_until, &flags, &tag])
            }
            Kind::Keyring => {
                let (epoch, plain) = (number(content, 0), content.get(8..).unwrap_or_default());
                let bound = Encoding::of("otpkeep/keyring").bytes(KEEP_ID);
                let sealed = blob(0, &expand(&KEK, bound.clone()), bound.number(epoch as u64), plain);
                put("INSERT OR REPLACE INTO keyring VALUES (1, ?1, ?2)", &[&epoch, &sealed])
            }
            Kind::Slot => {
                let (id, fields) = (number(content, 0), content.get(8..).unwrap_or_default());
                let message = Encoding::of("otpkeep/slot-checksum").bytes(KEEP_ID).number(id as u64).bytes(fields);
                let slot = [fields, &digest::<16>(message.done())].concat();
                put("INSERT OR REPLACE INTO slots VALUES (?1, ?2)", &[&id, &slot])
            }
        }
    }
}

fn put_record(connection: &Connection, family: i64, kind: &str, id: i64, content: &[u8]) -> rusqlite::Result<()> {
    let bound = Encoding::of(kind).bytes(KEEP_ID).number(id as u64).bytes("");
    let sealed = blob(1, &expand(&DATA_KEYS[0], bound.clone()), bound.number(VERSION as u64), content);
    let sql = "INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4)";
    connection.execute(sql, (family, id, VERSION, sealed)).map(|_| ())
}

/// The number at a place of a content, which may end before.
fn number(content: &[u8], at: usize) -> i64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(content.get(at..).unwrap_or_default()).for_each(|(byte, given)| *byte = *given);
    i64::from_be_bytes(bytes)
}

fn hash(purpose: &str, message: &[u8]) -> [u8; 16] {
    tag(&expand(&FIXED_KEY, Encoding::of(purpose).bytes(KEEP_ID)), message)
}

fn hashed_row(purpose: &str, message: &[u8]) -> i64 {
    row(&hash(purpose, message))
}

fn accessor(place: usize) -> [u8; 16] {
    hash("otpkeep/token-accessor-key", &TOKENS[place])
}

fn accessor_text(place: usize) -> String {
    format!("oac_{}", BASE64URL_NOPAD.encode(&accessor(place)))
}

fn key_id(place: usize) -> i64 {
    row(&digest::<8>([(place as u64 + 1).to_be_bytes().as_slice(), KEYS[place].as_bytes()].concat()))
}
