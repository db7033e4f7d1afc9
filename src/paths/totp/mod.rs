//! The paths of a mount: keys, codes and attempts.

mod attempts;
mod codes;
mod key_check;
mod keys;

use super::route::{Family, Field, Route, Source};
use super::{Operation, Refusal};
use crate::access::FieldType;
use crate::error::{Error, Kind};

pub(super) static FAMILY: Family = Family {
    mount_type: "totp",
    place: "totp/",
    in_mount: true,
    description: "\
The TOTP engine makes and checks time-based one-time passwords, the codes of authenticator apps.

Write a key under `keys/`: import one that a site gave you, to read its codes, or generate one for a person, to check
the codes that this person types. Then read codes from `code/`, or write codes there to check them. Each code is
accepted once.",
    routes: &[KEYS, KEY, CODE, ATTEMPTS],
};

const NAME: Field = Field::of_path(
    "name",
    Source::KeyName,
    "Name of the key: 1 to 512 ASCII letters, digits and _, with - . @ + allowed inside.",
);

const KEYS: Route = Route {
    pattern: "keys/",
    synopsis: "Lists the names of the keys.",
    description: "Names come in byte order. `after` and `limit` give them in pages; an empty page means that no more follow.",
    fields: &[
        Field::new("after", FieldType::Text, "Begins after this name, which need not exist.").or("the first name"),
        Field::new("limit", FieldType::Integer, "How many names, at most; 0 or less for all.").or("0"),
    ],
    operations: &[(Operation::List, keys::list)],
    sudo: false,
    examples: &["list {}keys", "list {}keys after=alice limit=100"],
};

const KEY: Route = Route {
    pattern: "keys/:name",
    synopsis: "Manages a key: what determines its codes, and whose it is.",
    description: "\
Writing imports a key from an otpauth URL (`url`) or a base32 secret (`key`), or generates one (`generate`) and returns
its URL and barcode, this once and never again. A key of the same name is replaced as a whole; what is not given takes
its default. Replaced by the same secret, a key keeps the memory of its used codes.

Reading tells all but the secret. Deleting forgets the key and its used codes.",
    fields: &[
        NAME,
        Field::new("generate", FieldType::Boolean, "Makes a key with a new random secret instead of importing one.")
            .or("false"),
        Field::new(
            "exported",
            FieldType::Boolean,
            "Returns URL and barcode of the generated key; without, no one ever sees them.",
        )
        .or("true"),
        Field::new("key_size", FieldType::Integer, "Bytes of the generated secret, 16 to 64.").or("20"),
        Field::new(
            "key",
            FieldType::Text,
            "The secret to import, in base32, of 1 to 128 bytes. Required unless there is a `url` or `generate`.",
        )
        .secret(),
        Field::new("issuer", FieldType::Text, "Who runs the service, at most 200 bytes. Required with `generate`."),
        Field::new("account_name", FieldType::Text, "Whose key it is, at most 200 bytes. Required with `generate`."),
        Field::new("period", FieldType::Seconds, "How long each code holds, 1 second to 1 day.").or("30"),
        Field::new("algorithm", FieldType::Text, "The hash: SHA1, SHA256 or SHA512.").or("SHA1"),
        Field::new("digits", FieldType::Integer, "Digits of a code, 6 or 8.").or("6"),
        Field::new(
            "skew",
            FieldType::Integer,
            "Periods before and after the current one whose codes are accepted, 0 or 1.",
        )
        .or("1"),
        Field::new("qr_size", FieldType::Integer, "Side of the barcode in pixels, at most 4096; 0 for none.").or("200"),
        Field::new(
            "url",
            FieldType::Text,
            "The otpauth URL to import, at most 4096 bytes. What it states comes before the other fields.",
        )
        .secret(),
    ],
    operations: &[(Operation::Read, keys::read), (Operation::Write, keys::write), (Operation::Delete, keys::delete)],
    sudo: false,
    examples: &[
        "write {}keys/alice generate=true issuer=Acme account_name=alice@acme.com",
        "write {}keys/github url=-",
        "write {}keys/github url=@github.url",
        "write {}keys/wiki key=- digits=8 period=1m",
        "read {}keys/alice",
        "delete {}keys/wiki",
    ],
};

const CODE: Route = Route {
    pattern: "code/:name",
    synopsis: "Reads a code of a key, or checks one.",
    description: "\
Reading gives the code of this moment and does not use it up. Writing checks a code that a person typed: `valid` says
whether it is right, and each code is right only once. A used code is an error, as is any code while too many wrong
ones lock the key.",
    fields: &[
        NAME,
        Field::new("code", FieldType::Text, "The code to check. Spaces, and dashes between digits, do not matter.")
            .secret(),
    ],
    operations: &[(Operation::Read, codes::read), (Operation::Write, codes::write)],
    sudo: false,
    examples: &["read {}code/alice", "write {}code/alice code=-"],
};

const ATTEMPTS: Route = Route {
    pattern: "attempts/:name",
    synopsis: "Tells how often wrong codes were tried, and resets that.",
    description: "\
Reading tells the wrong codes since the last right one, until when the key is locked, whether it is disabled, and how
many more wrong codes disable it. Deleting clears all this.",
    fields: &[NAME],
    operations: &[(Operation::Read, attempts::read), (Operation::Delete, attempts::delete)],
    sudo: false,
    examples: &["read {}attempts/alice", "delete {}attempts/alice"],
};

/// The refusal for what was asked of a key, with the sentence for one that does not exist.
fn refusal(error: Error, name: &str) -> Refusal {
    if error.kind() == Kind::KeyNotFound {
        return Refusal::new(Kind::KeyNotFound, format!("unknown key: {name}"));
    }
    error.into()
}
