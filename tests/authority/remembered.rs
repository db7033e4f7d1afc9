//! A handle that was used before remembers what it may do, and never for longer than it is so: whatever another handle
//! to the same file changes, and whatever ends by itself, holds at the next call.

use std::sync::Arc;

use otpkeep::access::{IssuedToken, TokenRef, TokenSpec};
use otpkeep::{Keep, Kind, ManualClock};

use crate::support::{Folder, START, clocked_options, time};

const PATH: &str = "totp/code/alice";
const MAKER: &str = r#"path "auth/token/create" { capabilities = ["update"] }"#;
/// What these tests need of the policy `default`.
const ASKER: &str = r#"path "sys/capabilities-self" { capabilities = ["update"] }"#;

/// One file opened twice, under one clock.
struct Twice {
    clock: Arc<ManualClock>,
    here: Keep,
    there: Keep,
    _folder: Folder,
}

impl Twice {
    fn new() -> Twice {
        let folder = Folder::in_memory();
        let (clock, options) = clocked_options();
        let open = || Keep::open(folder.keep(), &options).unwrap();
        let (here, there) = (open(), open());
        here.write_policy("maker", MAKER).unwrap();
        Twice { clock, here, there, _folder: folder }
    }

    fn at(&self, seconds: i64) {
        self.clock.set(time(START + seconds));
    }

    /// A handle here with a new token, used once.
    fn warm(&self, issued: &IssuedToken) -> Keep {
        let handle = self.here.with_token(issued.secret.expose()).unwrap();
        assert!(lives(&handle));
        handle
    }

    /// Tokens of so many seconds: a parent, its child, and the child of that, each with a handle here that was used.
    fn line(&self, seconds: [u64; 3]) -> [(IssuedToken, Keep); 3] {
        let [first, second, third] = seconds.map(|ttl| TokenSpec { ttl: Some(ttl), ..spec(&["maker"]) });
        let add = |maker: &Keep, spec| {
            let issued = maker.create_token(spec).unwrap();
            let handle = self.warm(&issued);
            (issued, handle)
        };
        let parent = add(&self.here, &first);
        let child = add(&parent.1, &second);
        let grandchild = add(&child.1, &third);
        [parent, child, grandchild]
    }
}

fn spec(policies: &[&str]) -> TokenSpec {
    TokenSpec { policies: Some(policies.iter().map(|name| (*name).into()).collect()), ..TokenSpec::default() }
}

/// A policy that allows one capability at one path.
fn allowing(capability: &str, path: &str) -> String {
    format!(r#"path "{path}" {{ capabilities = ["{capability}"] }}"#)
}

/// Whether a token lives, asked in a way that what is remembered can answer alone.
fn lives(handle: &Keep) -> bool {
    match handle.capabilities(PATH) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), Kind::BadToken);
            false
        }
    }
}

#[test]
fn a_parent_that_expires_ends_the_children_that_were_used() {
    for (seconds, shortest) in [([10, 60, 60], 0), ([60, 10, 60], 1), ([60, 60, 10], 2)] {
        let keeps = Twice::new();
        let line = keeps.line(seconds);
        for (moment, living) in [(9, 3), (10, shortest)] {
            keeps.at(moment);
            let told = line.each_ref().map(|(_, handle)| lives(handle));
            assert_eq!(told, [0, 1, 2].map(|place| place < living), "{seconds:?} after {moment} s");
        }
    }
}

#[test]
fn a_renewed_parent_keeps_the_children_alive_and_a_revoked_one_ends_them() {
    let keeps = Twice::new();
    let [(parent, _), (child, child_handle), (_, grandchild_handle)] = &keeps.line([10, 60, 60]);
    let handles = [child_handle, grandchild_handle];
    keeps.at(9);
    keeps.there.renew_token(TokenRef::Token(parent.secret.expose()), None).unwrap();
    for moment in [9, 10, 18] {
        keeps.at(moment);
        assert_eq!(handles.map(lives), [true, true], "after {moment} s");
    }
    keeps.at(19);
    assert_eq!(handles.map(lives), [false, false]);
    // The clock alone, set back, lets the line live again.
    keeps.at(18);
    assert_eq!(handles.map(lives), [true, true]);
    keeps.there.revoke_token(TokenRef::Accessor(&child.token.accessor)).unwrap();
    assert_eq!(handles.map(lives), [false, false]);
}

#[test]
fn a_grandparent_that_is_revoked_ends_all_that_were_used() {
    let keeps = Twice::new();
    let line = keeps.line([60, 60, 60]);
    keeps.there.revoke_token(TokenRef::Accessor(&line[0].0.token.accessor)).unwrap();
    assert_eq!(line.each_ref().map(|(_, handle)| lives(handle)), [false; 3]);
}

#[test]
fn a_policy_that_appears_changes_or_goes_takes_effect_at_once() {
    let keeps = Twice::new();
    let handle = keeps.warm(&keeps.here.create_token(&spec(&["early", "later"])).unwrap());
    let told = || handle.capabilities(PATH).unwrap();
    assert_eq!(told(), ["deny"]);
    keeps.there.write_policy("later", &allowing("read", PATH)).unwrap();
    assert_eq!(told(), ["read"]);
    keeps.there.write_policy("early", &allowing("update", PATH)).unwrap();
    assert_eq!(told(), ["read", "update"]);
    keeps.there.write_policy("later", &allowing("deny", PATH)).unwrap();
    assert_eq!(told(), ["deny"]);
    keeps.there.delete_policy("later").unwrap();
    assert_eq!(told(), ["update"]);
}

/// While one token remembers the old rules, another with the same policies must not take them from it.
#[test]
fn tokens_that_share_a_policy_each_learn_of_its_change() {
    let keeps = Twice::new();
    let handles = [(); 2].map(|()| keeps.warm(&keeps.here.create_token(&spec(&["shared"])).unwrap()));
    let [first, second] = &handles;
    let told = |order: [&Keep; 3]| order.map(|handle| handle.capabilities(PATH).unwrap()[0]);
    assert_eq!(told([first, second, first]), ["deny"; 3]);
    for (capability, expected) in [("read", "read"), ("list", "list"), ("deny", "deny"), ("read", "read")] {
        keeps.there.write_policy("shared", &allowing(capability, PATH)).unwrap();
        assert_eq!(told([first, second, first]), [expected; 3]);
    }
    keeps.there.delete_policy("shared").unwrap();
    assert_eq!(told([second, first, second]), ["deny"; 3]);
}

#[test]
fn what_is_written_over_default_takes_effect_at_once() {
    let keeps = Twice::new();
    let handle = keeps.warm(&keeps.here.create_token(&spec(&["none"])).unwrap());
    assert_eq!(handle.capabilities(PATH).unwrap(), ["deny"]);
    keeps.there.write_policy("default", &format!("{ASKER}\n{}", allowing("list", PATH))).unwrap();
    assert_eq!(handle.capabilities(PATH).unwrap(), ["list"]);
    assert_eq!(handle.lookup_token(TokenRef::Own).unwrap_err().kind(), Kind::PermissionDenied);
    keeps.there.write_policy("default", "").unwrap();
    assert_eq!(handle.capabilities(PATH).unwrap_err().kind(), Kind::PermissionDenied);
}

/// More tokens, and more sets of policies, than a keep remembers.
#[test]
fn many_tokens_in_turn_are_told_apart() {
    const POLICIES: usize = 23;
    let keeps = Twice::new();
    let path = |policy: usize| format!("totp/code/p{policy}");
    for policy in 0..POLICIES {
        keeps.here.write_policy(&format!("p{policy}"), &allowing("read", &path(policy))).unwrap();
    }
    let pairs = (0..POLICIES).flat_map(|first| (first..POLICIES).map(move |second| [first, second]));
    let tokens: Vec<_> = pairs
        .map(|pair| {
            let names = pair.map(|policy| format!("p{policy}"));
            let issued = keeps.here.create_token(&spec(&[&names[0], &names[1]])).unwrap();
            (pair, keeps.warm(&issued), issued.token.accessor)
        })
        .collect();
    assert!(tokens.len() > 256);
    let all_are_told_apart = |tokens: &[([usize; 2], Keep, String)]| {
        for ([first, second], handle, accessor) in tokens {
            assert_eq!(handle.lookup_token(TokenRef::Own).unwrap().accessor, *accessor);
            for policy in [*first, *second, (first + 1) % POLICIES] {
                let expected = if [*first, *second].contains(&policy) { "read" } else { "deny" };
                assert_eq!(handle.capabilities(&path(policy)).unwrap(), [expected], "{first} {second}: {policy}");
            }
        }
    };
    all_are_told_apart(&tokens);
    let (revoked, others) = tokens.split_last().unwrap();
    keeps.there.revoke_token(TokenRef::Accessor(&revoked.2)).unwrap();
    assert!(!lives(&revoked.1));
    all_are_told_apart(others);
    assert!(!lives(&revoked.1));
}
