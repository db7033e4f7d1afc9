use otpkeep::access::TokenSpec;
use otpkeep::{Keep, KeySpec, Kind, MountSpec, OpenOptions, Outcome, SecretText};

use crate::support::{Folder, ROOT_KEY, SECRET, START, clocked_options, failure, time};

/// A handle with a token that has just this policy, and nothing else.
fn with_policy(keep: &Keep, text: &str) -> Keep {
    keep.write_policy("only", text).unwrap();
    let spec = TokenSpec { policies: Some(vec!["only".into()]), no_default_policy: true, ..TokenSpec::default() };
    keep.with_token(keep.create_token(&spec).unwrap().secret.expose()).unwrap()
}

fn secret() -> KeySpec {
    KeySpec { secret: Some(SecretText::copy_of(SECRET)), overwrite: true, ..KeySpec::default() }
}

fn generated() -> KeySpec {
    KeySpec { issuer: Some("A".into()), account_name: Some("b".into()), overwrite: true, ..KeySpec::default() }
}

type Operation = (&'static str, &'static str, &'static str, fn(&Keep) -> otpkeep::Result<()>);

/// Every operation that has a path: its name, the capability, the path, and how it is called on a key that is there.
const OPERATIONS: &[Operation] = &[
    ("write_key", "update", "totp/keys/alice", |keep| keep.write_key("alice", &secret()).map(drop)),
    ("generate_key", "update", "totp/keys/alice", |keep| keep.generate_key("alice", &generated()).map(drop)),
    ("read_key", "read", "totp/keys/alice", |keep| keep.read_key("alice").map(drop)),
    ("list_keys", "list", "totp/keys", |keep| keep.list_keys("").map(drop)),
    ("delete_key", "delete", "totp/keys/alice", |keep| keep.delete_key("alice")),
    ("read_code", "read", "totp/code/alice", |keep| keep.read_code("alice").map(drop)),
    ("validate_code", "update", "totp/code/alice", |keep| keep.validate_code("alice", "000000").map(drop)),
    ("read_attempts", "read", "totp/attempts/alice", |keep| keep.read_attempts("alice").map(drop)),
    ("reset_attempts", "delete", "totp/attempts/alice", |keep| keep.reset_attempts("alice")),
    ("mount", "update", "sys/mounts/new", |keep| keep.mount("new/", &MountSpec::default()).map(drop)),
    ("unmount", "delete", "sys/mounts/old", |keep| keep.unmount("old")),
    ("tune_mount", "update", "sys/mounts/old/tune", |keep| keep.tune_mount("old", &MountSpec::default()).map(drop)),
    ("list_mounts", "read", "sys/mounts", |keep| keep.list_mounts().map(drop)),
    ("write_policy", "update", "sys/policies/acl/p", |keep| keep.write_policy("p", "")),
    ("read_policy", "read", "sys/policies/acl/default", |keep| keep.read_policy("default").map(drop)),
    ("list_policies", "list", "sys/policies/acl", |keep| keep.list_policies().map(drop)),
    ("delete_policy", "delete", "sys/policies/acl/p", |keep| keep.delete_policy("p")),
    ("create_token", "update", "auth/token/create", |keep| {
        let spec = TokenSpec { no_default_policy: true, ..TokenSpec::default() };
        keep.create_token(&spec).map(drop)
    }),
    ("lookup_token", "read", "auth/token/lookup-self", |keep| {
        keep.lookup_token(otpkeep::access::TokenRef::Own).map(drop)
    }),
    ("renew_token", "update", "auth/token/renew-self", |keep| {
        keep.renew_token(otpkeep::access::TokenRef::Own, None).map(drop)
    }),
    ("revoke_token", "update", "auth/token/revoke-self", |keep| keep.revoke_token(otpkeep::access::TokenRef::Own)),
    ("capabilities", "update", "sys/capabilities-self", |keep| keep.capabilities("x").map(drop)),
];

const CAPABILITIES: &[&str] = &["create", "read", "update", "delete", "list", "sudo", "patch", "deny"];

#[test]
fn each_operation_needs_its_capability_on_its_path_and_nothing_else() {
    let folder = Folder::in_memory();
    let keep = keep_with_things(&folder);
    for (name, needed, path, call) in OPERATIONS {
        for capability in CAPABILITIES {
            restore_things(&keep);
            let exact = with_policy(&keep, &format!(r#"path "{path}" {{ capabilities = ["{capability}"] }}"#));
            let outcome = call(&exact);
            match capability == needed {
                true => outcome.unwrap_or_else(|error| panic!("{name} with {capability}: {error}")),
                false => assert_eq!(outcome.unwrap_err().kind(), Kind::PermissionDenied, "{name} with {capability}"),
            }
        }
        restore_things(&keep);
        let all = r#"["create", "read", "update", "delete", "list", "patch"]"#;
        let elsewhere = with_policy(&keep, &format!(r#"path "{path}x" {{ capabilities = {all} }}"#));
        assert_eq!(call(&elsewhere).unwrap_err().kind(), Kind::PermissionDenied, "{name} elsewhere");
        let denied = format!("path \"*\" {{ capabilities = {all} }}\npath \"{path}\" {{ capabilities = [\"deny\"] }}");
        let denied = with_policy(&keep, &denied);
        assert_eq!(call(&denied).unwrap_err().kind(), Kind::PermissionDenied, "{name} denied");
    }
}

fn keep_with_things(folder: &Folder) -> Keep {
    let (_, options) = clocked_options();
    Keep::open(folder.keep(), &options).unwrap()
}

fn restore_things(keep: &Keep) {
    keep.write_key("alice", &secret()).unwrap();
    let _ = keep.unmount("new");
    let _ = keep.mount("old", &MountSpec::default());
}

#[test]
fn a_refusal_tells_nothing_of_what_exists() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    restore_things(&keep);
    let nobody = with_policy(&keep, "");
    for (name, _, _, call) in OPERATIONS {
        assert_eq!(call(&nobody).unwrap_err().kind(), Kind::PermissionDenied, "{name}");
    }
    for name in ["alice", "nobody", "", "-", "../x"] {
        for elsewhere in ["totp", "nowhere"] {
            let handle = nobody.with_mount(elsewhere).unwrap();
            assert_eq!(handle.read_key(name).unwrap_err().kind(), Kind::PermissionDenied);
            assert_eq!(handle.validate_code(name, "").unwrap_err().kind(), Kind::PermissionDenied);
            assert_eq!(failure(handle.read_code(name)).kind(), Kind::PermissionDenied);
            assert_eq!(handle.write_key(name, &KeySpec::default()).unwrap_err().kind(), Kind::PermissionDenied);
        }
    }
}

#[test]
fn administration_is_roots_alone() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    restore_things(&keep);
    let all = r#"path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo", "patch"] }"#;
    let all = with_policy(&keep, all);
    let mut root_key = OpenOptions::new();
    root_key.set_root_key(&[8; 32]).unwrap();
    let backup = folder.file("backup.keep");
    let refused = [
        all.rotate().map(drop),
        all.rewrap().map(drop),
        all.add_slot(&root_key).map(drop),
        all.remove_slot(1),
        all.backup(&backup),
        all.status().map(drop),
        all.read_code_at("alice", time(START)).map(drop),
        all.validate_code_at("alice", "000000", time(START)).map(drop),
    ];
    for (number, result) in refused.into_iter().enumerate() {
        assert_eq!(result.unwrap_err().kind(), Kind::PermissionDenied, "number {number}");
    }
    assert!(!backup.exists());
    assert_eq!(keep.read_attempts("alice").unwrap().failures, 0);
    // The rest is allowed, audit among it, which needs sudo.
    all.list_audits().unwrap();
    all.list_tokens().unwrap();
    let less = with_policy(&keep, r#"path "*" { capabilities = ["read", "update", "list"] }"#);
    assert_eq!(less.list_audits().unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(less.list_tokens().unwrap_err().kind(), Kind::PermissionDenied);
}

#[test]
fn may_validate_but_not_read_codes() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    restore_things(&keep);
    let code = keep.read_code("alice").unwrap();
    let verifier = with_policy(&keep, r#"path "totp/code/*" { capabilities = ["update"] }"#);
    assert_eq!(failure(verifier.read_code("alice")).kind(), Kind::PermissionDenied);
    assert_eq!(verifier.read_key("alice").unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(verifier.validate_code("alice", code.value()).unwrap().outcome, Outcome::Accepted);
    assert_eq!(verifier.validate_code("alice", code.value()).unwrap().outcome, Outcome::Replayed);
}

#[test]
fn may_read_one_keys_codes_and_nothing_else() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    restore_things(&keep);
    keep.write_key("bob", &secret()).unwrap();
    let reader = with_policy(&keep, r#"path "totp/code/alice" { capabilities = ["read"] }"#);
    reader.read_code("alice").unwrap();
    assert_eq!(failure(reader.read_code("bob")).kind(), Kind::PermissionDenied);
    assert_eq!(reader.validate_code("alice", "000000").unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(reader.list_keys("").unwrap_err().kind(), Kind::PermissionDenied);
}

#[test]
fn may_enroll_but_not_read_back() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    let enroller = with_policy(&keep, r#"path "totp/keys/*" { capabilities = ["update"] }"#);
    enroller.generate_key("alice", &generated()).unwrap();
    assert_eq!(enroller.read_key("alice").unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(failure(enroller.read_code("alice")).kind(), Kind::PermissionDenied);
    assert_eq!(enroller.delete_key("alice").unwrap_err().kind(), Kind::PermissionDenied);
}

#[test]
fn parameters_decide_for_typed_calls_too() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    let policy = r#"path "totp/keys/*" {
        capabilities = ["update"]
        required_parameters = ["issuer"]
        allowed_parameters = { generate = [true], issuer = ["Acme*"], account_name = [], digits = ["8"], period = ["1m"] }
    }"#;
    let enroller = with_policy(&keep, policy);
    let allowed = || KeySpec { issuer: Some("Acme Ltd".into()), account_name: Some("b".into()), ..KeySpec::default() };
    enroller.generate_key("a", &KeySpec { digits: Some(8), period: Some(60), ..allowed() }).unwrap();
    enroller.generate_key("b", &allowed()).unwrap();
    let denied = [
        KeySpec { digits: Some(6), ..allowed() },
        KeySpec { period: Some(30), ..allowed() },
        KeySpec { skew: Some(0), ..allowed() },
        KeySpec { issuer: Some("Other".into()), ..allowed() },
        KeySpec { issuer: None, ..allowed() },
    ];
    for (number, spec) in denied.iter().enumerate() {
        assert_eq!(failure(enroller.generate_key("c", spec)).kind(), Kind::PermissionDenied, "number {number}");
    }
    // An import says no `generate`, and its secret is not among what is allowed.
    let import = KeySpec { secret: Some(SecretText::copy_of(SECRET)), ..allowed() };
    assert_eq!(enroller.write_key("c", &import).unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(keep.list_keys("").unwrap(), ["a", "b"]);
}

#[test]
fn a_batch_refuses_what_is_refused_and_judges_the_rest() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    for name in ["alice", "bob", "carol"] {
        keep.write_key(name, &secret()).unwrap();
    }
    let code = keep.read_code("alice").unwrap();
    let verifier = with_policy(
        &keep,
        r#"path "totp/code/+" { capabilities = ["update"] }
        path "totp/code/bob" { capabilities = ["deny"] }"#,
    );
    let code = code.value().as_bytes();
    let results = verifier.validate_codes(&[("alice", code), ("bob", code), ("carol", code), ("alice", code)]).unwrap();
    let told: Vec<_> = results.iter().map(|result| result.as_ref().map(|v| v.outcome).map_err(|e| e.kind())).collect();
    let expected = [Ok(Outcome::Accepted), Err(Kind::PermissionDenied), Ok(Outcome::Accepted), Ok(Outcome::Replayed)];
    assert_eq!(told, expected);
    let nobody = with_policy(&keep, "");
    assert!(nobody.validate_codes(&[]).unwrap().is_empty());
    assert!(nobody.validate_codes(&[("alice", code)]).unwrap()[0].is_err());
}

#[test]
fn a_changed_policy_holds_at_once_in_every_handle() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    restore_things(&keep);
    let reader = with_policy(&keep, r#"path "totp/code/*" { capabilities = ["read"] }"#);
    reader.read_code("alice").unwrap();
    let mut options = OpenOptions::new();
    options.set_root_key(&ROOT_KEY).unwrap();
    let other = Keep::open(folder.keep(), &options).unwrap();
    other.write_policy("only", r#"path "totp/code/*" { capabilities = ["update"] }"#).unwrap();
    assert_eq!(failure(reader.read_code("alice")).kind(), Kind::PermissionDenied);
    assert_eq!(reader.validate_code("alice", "1").unwrap().outcome, Outcome::Malformed);
    other.delete_policy("only").unwrap();
    assert_eq!(reader.validate_code("alice", "1").unwrap_err().kind(), Kind::PermissionDenied);
}

#[test]
fn policies_are_kept_as_they_were_written() {
    let folder = Folder::new();
    let keep = keep_with_things(&folder);
    assert_eq!(keep.list_policies().unwrap(), ["default", "root"]);
    assert!(keep.read_policy("default").unwrap().contains("auth/token/lookup-self"));
    assert_eq!(keep.read_policy("root").unwrap(), "");
    let text = "# a comment\npath \"totp/*\" { capabilities = [\"read\"] }\n";
    keep.write_policy("Team-A", text).unwrap();
    assert_eq!(keep.read_policy("team-a").unwrap(), text);
    assert_eq!(keep.list_policies().unwrap(), ["default", "root", "team-a"]);
    let error = keep.write_policy("team-a", "path \"x\" { capabilities = [\"banana\"] }").unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidPolicy);
    assert_eq!(keep.read_policy("team-a").unwrap(), text, "a bad policy changes nothing");
    assert_eq!(keep.read_policy("other").unwrap_err().kind(), Kind::PolicyNotFound);
    for (name, result) in [("root", keep.write_policy("root", "")), ("root", keep.delete_policy("ROOT"))] {
        assert_eq!(result.unwrap_err().argument_name(), Some("name"), "{name}");
    }
    assert!(keep.delete_policy("default").is_err());
    keep.write_policy("default", "").unwrap();
    assert_eq!(keep.read_policy("default").unwrap(), "");
    keep.delete_policy("team-a").unwrap();
    keep.delete_policy("team-a").unwrap();
    keep.rotate().unwrap();
    assert_eq!(keep.rewrap().unwrap(), 2, "a mount and a policy");
    let backup = folder.file("backup.keep");
    keep.backup(&backup).unwrap();
    let mut options = OpenOptions::new();
    options.set_root_key(&ROOT_KEY).unwrap();
    assert_eq!(Keep::open(&backup, &options).unwrap().read_policy("default").unwrap(), "");
}
