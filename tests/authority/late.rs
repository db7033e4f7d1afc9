//! Changes by those whose token ends, or may do less, after they were let in, and before anything is changed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

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

/// A clock that stands, and at which something happens once it is looked at.
#[derive(Default)]
struct Meddling {
    happens: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    looks: AtomicI64,
}

impl Clock for Meddling {
    fn now(&self) -> UnixTime {
        let happens = self.happens.lock().unwrap().take();
        happens.into_iter().for_each(|happens| happens());
        self.looks.fetch_add(1, Ordering::SeqCst);
        time(START)
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

const ALL: &str = r#"path "*" { capabilities = ["create", "update", "delete", "read", "sudo"] }"#;

fn another() -> OpenOptions {
    let mut another = OpenOptions::new();
    another.set_root_key(&[9; 32]).unwrap();
    another
}

fn open_at(clock: &Arc<impl Clock + 'static>, folder: &Folder) -> Keep {
    let mut options = options();
    options.set_clock(Arc::clone(clock) as Arc<dyn Clock>);
    Keep::open(folder.keep(), &options).unwrap()
}

/// A keep with something of everything.
fn full(folder: &Folder, clock: &Arc<impl Clock + 'static>) -> Keep {
    let keep = open_at(clock, folder);
    keep.write_key("alice", &key(SECRET)).unwrap();
    keep.mount("old", &MountSpec::default()).unwrap();
    keep.write_policy("old", "").unwrap();
    keep.rotate().unwrap();
    assert_eq!(keep.add_slot(&another()).unwrap(), 2);
    keep
}

/// A keep at a ticking clock, and a handle with a root token that ends.
fn scene() -> (Folder, Arc<Ticking>, Keep, Keep, i64) {
    let folder = Folder::in_memory();
    let clock = Arc::new(Ticking(AtomicI64::new(START)));
    let keep = full(&folder, &clock);
    let spec = TokenSpec { ttl: Some(1_000), ..TokenSpec::default() };
    let issued = keep.create_token(&spec).unwrap();
    let end = issued.token.expires.unwrap().seconds() as i64;
    let holder = keep.with_token(issued.secret.expose()).unwrap();
    (folder, clock, keep, holder, end)
}

/// To be looked at while all tokens live.
fn what_is_there(keep: &Keep) -> String {
    let key = keep.read_key("alice").map(|key| format!("{key:?}"));
    let attempts = keep.read_attempts("alice");
    assert_eq!(attempts.is_ok(), key.is_ok());
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
        clock.0.store(START + 100, Ordering::SeqCst);
        let before = what_is_there(&keep);
        clock.0.store(end - (times - 1), Ordering::SeqCst);
        let refused = change(&holder).map_err(|error| error.kind());
        assert_eq!(refused, Err(Kind::BadToken), "{name}");
        clock.0.store(START + 100, Ordering::SeqCst);
        assert_eq!(what_is_there(&keep), before, "{name}");
    }
}

/// What a change by a new token comes to when something is done to the keep between the two questions whether it may be
/// made: its error, whether there were two questions, and whether anything else is different in the keep afterwards.
fn meddled_with(
    change: fn(&Keep) -> otpkeep::Result<()>,
    policy: &str,
    meddle: fn(&Keep, &str),
) -> (Option<Kind>, bool, bool) {
    let folder = Folder::in_memory();
    let keep = Arc::new(full(&folder, &Arc::new(Ticking(AtomicI64::new(START)))));
    keep.write_policy("all", ALL).unwrap();
    let spec = TokenSpec { policies: Some(vec![policy.into()]), ttl: Some(100_000), ..TokenSpec::default() };
    let issued = keep.create_token(&spec).unwrap();
    let clock = Arc::new(Meddling::default());
    let holder = open_at(&clock, &folder).with_token(issued.secret.expose()).unwrap();
    clock.looks.store(0, Ordering::SeqCst);

    let there = Arc::new(Mutex::new(String::new()));
    let (other, seen, accessor) = (Arc::clone(&keep), Arc::clone(&there), issued.token.accessor);
    *clock.happens.lock().unwrap() = Some(Box::new(move || {
        meddle(&other, &accessor);
        *seen.lock().unwrap() = what_is_there(&other);
    }));
    let refused = change(&holder).err().map(|error| error.kind());
    let seen = there.lock().unwrap().clone();
    (refused, clock.looks.load(Ordering::SeqCst) > 1, seen != what_is_there(&keep))
}

#[test]
fn a_token_that_is_revoked_before_the_change_changes_nothing() {
    for (name, _, change) in CHANGES {
        let revoke = |keep: &Keep, accessor: &str| keep.revoke_token(TokenRef::Accessor(accessor)).unwrap();
        assert_eq!(meddled_with(*change, "root", revoke), (Some(Kind::BadToken), true, false), "{name}");
    }
}

#[test]
fn a_policy_that_is_taken_back_before_the_change_allows_nothing() {
    let mut by_policy = 0;
    for (name, _, change) in CHANGES {
        let is_allowed = |policy| meddled_with(*change, policy, |_, _| {}).0.is_none();
        if !is_allowed("all") || is_allowed("none") {
            // Root's alone, or every token's.
            continue;
        }
        by_policy += 1;
        let take_back = |keep: &Keep, _: &str| keep.write_policy("all", "").unwrap();
        assert_eq!(meddled_with(*change, "all", take_back), (Some(Kind::PermissionDenied), true, false), "{name}");
    }
    assert_eq!(by_policy, CHANGES.len() - 6);
}
