//! Changes by those whose token ends after they were let in, and before anything is changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use otpkeep::access::{TokenRef, TokenSpec};
use otpkeep::{Clock, Keep, KeySpec, Kind, MountSpec, OpenOptions, Status, UnixTime};

use crate::support::{Folder, SECRET, START, key, options, time};

/// A clock that is a second further each time it is read.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> UnixTime {
        time(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A change, and how often it asks for the time: to be let in, for itself where it needs the time, and last before each
/// of its transactions changes anything.
type Change = (&'static str, i64, fn(&Keep) -> otpkeep::Result<()>);

const CHANGES: &[Change] = &[
    ("write_key", 3, |keep| keep.write_key("carol", &key(SECRET)).map(drop)),
    ("generate_key", 3, |keep| {
        let spec = KeySpec { issuer: Some("A".into()), account_name: Some("b".into()), ..KeySpec::default() };
        keep.generate_key("bob", &spec).map(drop)
    }),
    ("delete_key", 2, |keep| keep.delete_key("alice")),
    ("validate_code", 4, |keep| keep.validate_code("alice", "000000").map(drop)),
    ("validate_codes", 4, |keep| {
        let items = [("alice", "000000".as_bytes()), ("alice", b"000001"), ("alice", b"000002")];
        keep.validate_codes(&items)?.into_iter().try_for_each(|verdict| verdict.map(drop))
    }),
    ("reset_attempts", 3, |keep| keep.reset_attempts("alice")),
    ("mount", 3, |keep| keep.mount("new", &MountSpec::default()).map(drop)),
    ("unmount", 2, |keep| keep.unmount("old")),
    ("tune_mount", 2, |keep| {
        keep.tune_mount("old", &MountSpec { throttle: Some(false), ..MountSpec::default() }).map(drop)
    }),
    ("write_policy", 2, |keep| keep.write_policy("new", "")),
    ("delete_policy", 2, |keep| keep.delete_policy("old")),
    ("create_token", 3, |keep| keep.create_token(&TokenSpec::default()).map(drop)),
    ("renew_token", 3, |keep| keep.renew_token(TokenRef::Own, None).map(drop)),
    ("revoke_token", 2, |keep| keep.revoke_token(TokenRef::Own)),
    ("enable_audit", 3, |keep| keep.enable_audit("null", "/dev/null")),
    ("rotate", 3, |keep| keep.rotate().map(drop)),
    ("rewrap", 11, |keep| keep.rewrap().map(drop)),
    ("add_slot", 3, |keep| keep.add_slot(&another()).map(drop)),
    ("remove_slot", 2, |keep| keep.remove_slot(2)),
];

fn another() -> OpenOptions {
    let mut another = OpenOptions::new();
    another.set_root_key(&[9; 32]).unwrap();
    another
}

/// A keep with something of everything, at a ticking clock, and a handle with a root token that ends.
fn scene() -> (Folder, Arc<Ticking>, Keep, Keep, i64) {
    let folder = Folder::in_memory();
    let clock = Arc::new(Ticking(AtomicI64::new(START)));
    let mut options = options();
    options.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.mount("old", &MountSpec::default()).unwrap();
    keep.write_policy("old", "").unwrap();
    keep.rotate().unwrap();
    assert_eq!(keep.add_slot(&another()).unwrap(), 2);
    let spec = TokenSpec { ttl: Some(1_000), ..TokenSpec::default() };
    let issued = keep.create_token(&spec).unwrap();
    let end = issued.token.expires.unwrap().seconds() as i64;
    let holder = keep.with_token(issued.secret.expose()).unwrap();
    (folder, clock, keep, holder, end)
}

/// Looked at while all tokens live.
fn what_is_there(keep: &Keep, clock: &Ticking) -> String {
    clock.0.store(START + 100, Ordering::SeqCst);
    let key = keep.read_key("alice").map(|key| format!("{key:?}"));
    let attempts = keep.read_attempts("alice").unwrap();
    // Its bytes grow by what was sealed anew before the end.
    let (status, audits) = (Status { bytes: 0, ..keep.status().unwrap() }, keep.list_audits().unwrap());
    let names = (keep.list_keys("").unwrap(), keep.list_policies().unwrap());
    let told = |accessor: &String| keep.lookup_token(TokenRef::Accessor(accessor)).unwrap();
    let tokens: Vec<_> = keep.list_tokens().unwrap().iter().map(told).collect();
    format!("{key:?} {attempts:?} {status:?} {audits:?} {names:?} {tokens:?} {:?}", keep.list_mounts().unwrap())
}

#[test]
fn a_token_that_ends_before_the_change_changes_nothing() {
    for (name, times, change) in CHANGES {
        let (_folder, clock, _keep, holder, _) = scene();
        let began = clock.0.load(Ordering::SeqCst);
        change(&holder).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(clock.0.load(Ordering::SeqCst) - began, *times, "{name}");

        let (_folder, clock, keep, holder, end) = scene();
        let before = what_is_there(&keep, &clock);
        clock.0.store(end - (times - 1), Ordering::SeqCst);
        let refused = change(&holder).map_err(|error| error.kind());
        assert_eq!(refused, Err(Kind::BadToken), "{name}");
        assert_eq!(what_is_there(&keep, &clock), before, "{name}");
    }
}
