use std::collections::BTreeMap;

use otpkeep::access::{Token, TokenRef, TokenSpec};
use otpkeep::{Keep, KeySpec, Kind, SecretText};

use crate::support::{Folder, START, clocked_options, time};

fn spec(policies: &[&str]) -> TokenSpec {
    TokenSpec { policies: Some(policies.iter().map(|name| (*name).into()).collect()), ..TokenSpec::default() }
}

fn token_of(keep: &Keep, spec: &TokenSpec) -> (String, Token) {
    let issued = keep.create_token(spec).unwrap();
    (issued.secret.expose().to_owned(), issued.token)
}

fn kind_of<T>(result: otpkeep::Result<T>) -> Kind {
    result.err().expect("an error").kind()
}

#[test]
fn a_token_is_told_once_and_described_for_ever() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let metadata = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
    let asked = TokenSpec { display_name: Some("ci".into()), metadata, ttl: Some(60), ..spec(&["verifier"]) };
    let (secret, token) = token_of(&keep, &asked);
    assert!(secret.starts_with("otk_") && secret.len() == 47);
    assert!(token.accessor.starts_with("oac_") && token.accessor.len() == 26);
    assert_eq!(token.policies, ["default", "verifier"]);
    assert_eq!((token.display_name.as_str(), token.metadata["team"].as_str()), ("ci", "a"));
    assert_eq!((token.created, token.expires, token.ttl), (time(START), Some(time(START + 60)), 60));
    assert!(token.renewable && token.parent.is_none() && !token.is_root());
    assert_eq!(keep.lookup_token(TokenRef::Token(&secret)).unwrap(), token);
    assert_eq!(keep.lookup_token(TokenRef::Accessor(&token.accessor)).unwrap(), token);
    assert_eq!(keep.with_token(&secret).unwrap().lookup_token(TokenRef::Own).unwrap(), token);
    assert_eq!(keep.list_tokens().unwrap(), [token.accessor.as_str()]);
    assert_ne!(token_of(&keep, &asked).0, secret);
    // Neither lies in the files as it is.
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        for text in [secret.as_str(), &token.accessor, "verifier"] {
            assert!(!content.windows(text.len()).any(|window| window == text.as_bytes()));
        }
    }
}

#[test]
fn an_accessor_gives_no_authority_and_odd_texts_are_bad_tokens() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let (secret, token) = token_of(&keep, &spec(&["a"]));
    let (upper, cut) = (secret.to_uppercase(), &secret[..46]);
    let longer = format!("{secret}A");
    for text in ["", "x", "otk_", &token.accessor, &upper, cut, &longer, "otk_\0", "s.abc", "hvs.abc"] {
        assert_eq!(kind_of(keep.with_token(text)), Kind::BadToken, "{text:?}");
        assert_eq!(kind_of(keep.lookup_token(TokenRef::Token(text))), Kind::BadToken);
    }
    assert_eq!(kind_of(keep.lookup_token(TokenRef::Accessor(&secret))), Kind::BadToken);
    assert_eq!(kind_of(keep.lookup_token(TokenRef::Own)), Kind::InvalidArgument);
}

#[test]
fn a_token_of_as_many_policies_as_there_may_be_has_children() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &clocked_options().1).unwrap();
    let policies: Vec<String> = (0..64).map(|number| format!("p{number}")).collect();
    keep.write_policy("p0", r#"path "auth/token/create" { capabilities = ["update"] }"#).unwrap();
    let (secret, token) = token_of(&keep, &TokenSpec { policies: Some(policies), ..TokenSpec::default() });
    let child = keep.with_token(&secret).unwrap().create_token(&TokenSpec::default()).unwrap().token;
    assert_eq!(child.policies, token.policies);
    let too_many = (0..65).map(|number| format!("p{number}")).collect();
    let too_many = TokenSpec { policies: Some(too_many), ..TokenSpec::default() };
    assert_eq!(kind_of(keep.create_token(&too_many)), Kind::InvalidArgument);
}

#[test]
fn expiry_holds_to_the_second_and_renewal_moves_it() {
    let folder = Folder::new();
    let (clock, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let (secret, _) = token_of(&keep, &TokenSpec { ttl: Some(10), ..spec(&["a"]) });
    let handle = keep.with_token(&secret).unwrap();
    clock.set(time(START + 9));
    assert_eq!(handle.lookup_token(TokenRef::Own).unwrap().expires, Some(time(START + 10)));
    assert_eq!(handle.renew_token(TokenRef::Own, Some(5)).unwrap().expires, Some(time(START + 14)));
    // Never by more than it was made for.
    assert_eq!(handle.renew_token(TokenRef::Own, Some(3600)).unwrap().expires, Some(time(START + 19)));
    assert_eq!(handle.renew_token(TokenRef::Own, None).unwrap().expires, Some(time(START + 19)));
    clock.set(time(START + 19));
    assert_eq!(kind_of(handle.lookup_token(TokenRef::Own)), Kind::BadToken);
    assert_eq!(kind_of(handle.renew_token(TokenRef::Own, None)), Kind::BadToken);
    assert_eq!(kind_of(keep.renew_token(TokenRef::Token(&secret), None)), Kind::BadToken);
    assert_eq!(kind_of(keep.with_token(&secret)), Kind::BadToken);
    assert!(keep.list_tokens().unwrap().is_empty());
    let (fixed, _) = token_of(&keep, &TokenSpec { renewable: Some(false), ..spec(&["a"]) });
    assert_eq!(kind_of(keep.renew_token(TokenRef::Token(&fixed), None)), Kind::InvalidArgument);
}

#[test]
fn revoking_takes_the_children_at_once_in_every_handle() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let other = Keep::open(folder.keep(), &options).unwrap();
    keep.write_policy("maker", r#"path "auth/token/create" { capabilities = ["update"] }"#).unwrap();
    let (parent, _) = token_of(&keep, &spec(&["maker"]));
    let parent = keep.with_token(&parent).unwrap();
    let (child, told) = token_of(&parent, &TokenSpec::default());
    assert_eq!(told.policies, ["default", "maker"]);
    assert_eq!(told.parent, Some(parent.lookup_token(TokenRef::Own).unwrap().accessor));
    let child_elsewhere = other.with_token(&child).unwrap();
    let (grandchild, _) = token_of(&child_elsewhere, &TokenSpec::default());
    let grandchild = other.with_token(&grandchild).unwrap();
    assert!(grandchild.lookup_token(TokenRef::Own).is_ok());
    parent.revoke_token(TokenRef::Own).unwrap();
    for handle in [&parent, &child_elsewhere, &grandchild] {
        assert_eq!(kind_of(handle.lookup_token(TokenRef::Own)), Kind::BadToken);
        assert_eq!(kind_of(handle.create_token(&TokenSpec::default())), Kind::BadToken);
    }
    assert_eq!(kind_of(keep.with_token(&child)), Kind::BadToken);
    assert!(keep.list_tokens().unwrap().is_empty());
    // What does not live can be revoked again.
    keep.revoke_token(TokenRef::Token(&child)).unwrap();
    keep.revoke_token(TokenRef::Token("nonsense")).unwrap();
}

#[test]
fn a_child_has_a_subset_of_its_parents_policies() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_policy("maker", r#"path "auth/token/create" { capabilities = ["update"] }"#).unwrap();
    let (parent, _) = token_of(&keep, &spec(&["maker", "a", "b"]));
    let parent = keep.with_token(&parent).unwrap();
    assert_eq!(token_of(&parent, &spec(&["a"])).1.policies, ["a", "default"]);
    for policies in [&["c"][..], &["a", "c"], &["root"]] {
        assert_eq!(kind_of(parent.create_token(&spec(policies))), Kind::PermissionDenied, "{policies:?}");
    }
    let plain = TokenSpec { no_default_policy: true, ..spec(&["a", "maker"]) };
    let (plain, told) = token_of(&parent, &plain);
    assert_eq!(told.policies, ["a", "maker"]);
    // What the parent lacks the child does not get by default either.
    assert_eq!(token_of(&keep.with_token(&plain).unwrap(), &TokenSpec::default()).1.policies, ["a", "maker"]);
    assert_eq!(kind_of(keep.with_token(&plain).unwrap().lookup_token(TokenRef::Own)), Kind::PermissionDenied);
    let root = token_of(&keep, &TokenSpec::default());
    assert_eq!((root.1.policies.as_slice(), root.1.expires, root.1.ttl), (&["root".to_owned()][..], None, 0));
    assert_eq!(token_of(&keep, &spec(&["root", "a"])).1.policies, ["root"]);
}

#[test]
fn no_spelling_of_a_policy_goes_around_a_rule_about_it() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let rule = r#"path "auth/token/create" {
        capabilities = ["update"]
        denied_parameters = { policies = ["admin"] }
    }"#;
    keep.write_policy("maker", rule).unwrap();
    let (maker, _) = token_of(&keep, &spec(&["maker", "admin", "reader"]));
    let maker = keep.with_token(&maker).unwrap();
    for name in ["admin", "ADMIN", "Admin"] {
        assert_eq!(kind_of(maker.create_token(&spec(&[name]))), Kind::PermissionDenied, "{name}");
    }
    assert_eq!(token_of(&maker, &spec(&["Reader"])).1.policies, ["default", "reader"]);
}

#[test]
fn restoring_ends_all_tokens() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let (secret, token) = token_of(&keep, &spec(&["a"]));
    keep.backup(folder.file("backup.keep")).unwrap();
    keep.revoke_token(TokenRef::Token(&secret)).unwrap();
    otpkeep::restore(folder.file("backup.keep"), folder.file("restored.keep"), &options).unwrap();
    let restored = Keep::open(folder.file("restored.keep"), &options).unwrap();
    assert_eq!(kind_of(restored.with_token(&secret)), Kind::BadToken);
    assert_eq!(kind_of(restored.lookup_token(TokenRef::Accessor(&token.accessor))), Kind::BadToken);
    assert!(restored.list_tokens().unwrap().is_empty());
}

#[test]
fn lines_of_tokens_end() {
    let folder = Folder::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_policy("maker", r#"path "auth/token/create" { capabilities = ["update"] }"#).unwrap();
    let mut last = keep.with_token(&token_of(&keep, &spec(&["maker"])).0).unwrap();
    for _ in 1..16 {
        last = keep.with_token(&token_of(&last, &TokenSpec::default()).0).unwrap();
    }
    assert_eq!(kind_of(last.create_token(&TokenSpec::default())), Kind::InvalidArgument);
}

#[test]
fn a_root_token_may_do_what_the_root_key_may() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let root = keep.with_token(&token_of(&keep, &TokenSpec::default()).0).unwrap();
    assert!(keep.has_root_key() && !root.has_root_key());
    root.write_key(
        "alice",
        &KeySpec { secret: Some(SecretText::copy_of(crate::support::SECRET)), ..KeySpec::default() },
    )
    .unwrap();
    assert_eq!(root.rotate().unwrap(), 2);
    assert_eq!(root.status().unwrap().keys, 1);
    assert_eq!(root.rewrap().unwrap(), 3, "a key, a mount and a token");
    root.read_code_at("alice", time(START)).unwrap();
    assert_eq!(root.capabilities("anything").unwrap(), ["root"]);
    root.revoke_token(TokenRef::Own).unwrap();
    assert_eq!(kind_of(root.status()), Kind::BadToken);
}

#[test]
fn bounds_of_a_token_are_errors_that_name_the_field() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let many: Vec<String> = (0..65).map(|number| format!("p{number}")).collect();
    let entries = (0..65).map(|number| (number.to_string(), String::new())).collect();
    let cases = [
        ("ttl", TokenSpec { ttl: Some(0), ..spec(&["a"]) }),
        ("ttl", TokenSpec { ttl: Some(315_360_001), ..spec(&["a"]) }),
        ("policies", TokenSpec { policies: Some(many), ..TokenSpec::default() }),
        ("policies", spec(&["a b"])),
        ("policies", spec(&[])),
        ("policies", spec(&[""])),
        ("display_name", TokenSpec { display_name: Some("x".repeat(257)), ..spec(&["a"]) }),
        ("metadata", TokenSpec { metadata: entries, ..spec(&["a"]) }),
        ("metadata", TokenSpec { metadata: BTreeMap::from([("x".into(), "y".repeat(513))]), ..spec(&["a"]) }),
    ];
    for (field, spec) in cases {
        let error = keep.create_token(&spec).unwrap_err();
        assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some(field)));
    }
    assert!(keep.list_tokens().unwrap().is_empty());
}

/// As large as their bounds allow: nothing that is accepted fails to be stored, read, sealed anew or backed up.
#[test]
fn the_largest_policy_and_the_largest_token_are_kept() {
    let folder = Folder::in_memory();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let names: Vec<String> = (0..64).map(|number| format!("{number:0128}")).collect();
    let rule = r#"path "totp/code/*" { capabilities = ["read"] }"#;
    let text = format!("{rule} # {}", "x".repeat(64 * 1024 - rule.len() - 3));
    keep.write_policy(&names[0], &text).unwrap();
    let metadata = (0..64).map(|number| (format!("{number:0512}"), "v".repeat(512))).collect();
    let asked = TokenSpec {
        policies: Some(names.clone()),
        display_name: Some("d".repeat(256)),
        metadata,
        ..TokenSpec::default()
    };
    let (secret, token) = token_of(&keep, &asked);
    keep.rotate().unwrap();
    keep.rewrap().unwrap();
    keep.backup(folder.file("backup")).unwrap();
    for path in [folder.keep(), folder.file("backup")] {
        let keep = Keep::open(path, &options).unwrap();
        assert_eq!(keep.read_policy(&names[0]).unwrap(), text);
        let handle = keep.with_token(&secret).unwrap();
        assert_eq!(handle.lookup_token(TokenRef::Own).unwrap().metadata, token.metadata);
        assert_eq!(handle.read_code("alice").map(drop).unwrap_err().kind(), Kind::KeyNotFound);
    }
}

#[test]
fn expired_tokens_do_not_gather() {
    let folder = Folder::in_memory();
    let (clock, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let before = keep.status().unwrap().bytes;
    for round in 0..400 {
        clock.set(time(START + 10 * round));
        keep.create_token(&TokenSpec { ttl: Some(5), ..spec(&["a"]) }).unwrap();
    }
    // Each new one looks over sixteen of those that follow a random place.
    drop(keep);
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let rows: i64 = rusqlite::Connection::open(folder.keep())
        .unwrap()
        .query_row("SELECT count(*) FROM records WHERE family = 3", (), |row| row.get(0))
        .unwrap();
    assert!(rows < 60, "{rows} rows of tokens that have all expired but one; {before} bytes before");
    assert_eq!(keep.list_tokens().unwrap().len(), 1);
}
