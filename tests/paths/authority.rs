//! What tokens may do by path.

use otpkeep::access::TokenSpec;
use otpkeep::paths::{Answer, Refusal};
use otpkeep::{Keep, Kind};
use serde_json::{Value, json};

use crate::ask::{ask, assert_done, command, fields, keep, refusal};
use crate::routes::{OPERATIONS, routes};
use crate::support::{Folder, OTHER_SECRET, SECRET, START, code, time};

/// A handle whose token has one policy of this text, and nothing else.
pub(crate) fn handle(keep: &Keep, policy: &str) -> Keep {
    keep.write_policy("mine", policy).unwrap();
    let spec = TokenSpec { policies: Some(vec!["mine".into()]), no_default_policy: true, ..TokenSpec::default() };
    keep.with_token(keep.create_token(&spec).unwrap().secret.expose()).unwrap()
}

fn assert_denied(answer: Result<Answer, Refusal>, what: &str) {
    let refusal = refusal(answer);
    assert_eq!((refusal.kind, refusal.sentence.as_str()), (Kind::PermissionDenied, "permission denied"), "{what}");
}

fn with_two_keys(folder: &Folder) -> Keep {
    let (keep, _) = keep(folder);
    assert_done(command(&keep, &format!("write totp/keys/alice key={SECRET}")));
    assert_done(command(&keep, &format!("write totp/keys/bob key={OTHER_SECRET}")));
    keep
}

#[test]
fn may_validate_but_not_read_codes() {
    let folder = Folder::in_memory();
    let keep = with_two_keys(&folder);
    let verifier = handle(&keep, r#"path "totp/code/*" { capabilities = ["update"] }"#);
    let right = code(&keep, "alice", START);
    assert_eq!(fields(command(&verifier, &format!("write totp/code/alice code={right}"))), json!({"valid": true}));
    for line in [
        "read totp/code/alice",
        "read totp/keys/alice",
        "list totp/keys",
        "write totp/keys/alice generate=true",
        "delete totp/keys/alice",
        "delete totp/attempts/alice",
        "read sys/mounts",
        "write auth/token/create",
    ] {
        assert_denied(command(&verifier, line), line);
    }
}

#[test]
fn may_read_one_keys_codes_and_nothing_else() {
    let folder = Folder::in_memory();
    let keep = with_two_keys(&folder);
    let reader = handle(&keep, r#"path "totp/code/alice" { capabilities = ["read"] }"#);
    assert_eq!(fields(command(&reader, "read totp/code/alice"))["code"], code(&keep, "alice", START));
    for line in [
        "read totp/code/bob",
        "read totp/code/alice2",
        "read totp/code/alice/",
        "write totp/code/alice code=123456",
        "read totp/keys/alice",
        "list totp/keys",
        "read totp/attempts/alice",
        "read auth/token/lookup-self",
    ] {
        assert_denied(command(&reader, line), line);
    }
}

#[test]
fn may_enroll_but_not_read_back() {
    let folder = Folder::in_memory();
    let keep = with_two_keys(&folder);
    let policy = r#"
        path "totp/keys/+" {
            capabilities = ["update"]
            required_parameters = ["generate"]
            denied_parameters = { key = [], url = [] }
        }"#;
    let enroller = handle(&keep, policy);
    let made = fields(command(&enroller, "write totp/keys/carol generate=true issuer=Acme account_name=carol"));
    assert!(made["url"].as_str().unwrap().starts_with("otpauth://totp/"));
    for line in ["read totp/keys/carol", "read totp/code/carol", "list totp/keys", "delete totp/keys/carol"] {
        assert_denied(command(&enroller, line), line);
    }
    // What is denied is so whatever it is typed as.
    let write = |data: Value| ask(&enroller, "write", "totp/keys/dave", &data);
    for data in [
        json!({"key": SECRET}),
        json!({"key": SECRET, "generate": false}),
        json!({"KEY": SECRET, "generate": true}),
        json!({"key": null, "generate": true}),
        json!({"url": ["x"], "generate": true}),
        json!({"issuer": "a", "account_name": "b"}),
    ] {
        assert_denied(write(data.clone()), &data.to_string());
    }
}

#[test]
fn what_exists_and_what_does_not_is_denied_alike_before_all_else() {
    let folder = Folder::in_memory();
    let keep = with_two_keys(&folder);
    let nobody = handle(&keep, r#"path "nothing" { capabilities = ["read"] }"#);
    let paths = routes().into_iter().map(|route| route.path());
    let others =
        ["totp", "totp/keys/none", "totp/nothing", "totp/keys/-", "none/keys/a", "none", "", "sys", "sys/nothing"];
    let odd =
        ["totp/keys/a/", "totp/../sys/mounts", "auth/x", "auth/token/x", "sys/mounts/none", "sys/policies/acl/none"];
    for path in paths.chain(others.map(Into::into)).chain(odd.map(Into::into)) {
        for name in OPERATIONS {
            for data in [Value::Null, json!({"digits": [], "ttl": "x", "zzz": {}, "policies": {}})] {
                assert_denied(ask(&nobody, name, &path, &data), &format!("{name} {path}"));
            }
        }
    }
}

#[test]
fn a_dead_token_is_refused_before_all_else() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep(&folder);
    let spec = TokenSpec { ttl: Some(60), ..TokenSpec::default() };
    let handle = keep.with_token(keep.create_token(&spec).unwrap().secret.expose()).unwrap();
    assert_done(command(&handle, &format!("write totp/keys/a key={SECRET}")));
    clock.set(time(START + 60));
    for line in
        ["read totp/keys/a", "read totp/nothing", "write totp/keys/a/", "delete nowhere", "list sys/policies/acl"]
    {
        let dead = refusal(command(&handle, line));
        assert_eq!((dead.kind, dead.sentence.as_str()), (Kind::BadToken, "bad token"), "{line}");
    }
}

#[test]
fn another_spelling_does_not_go_around_a_rule() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let policy = r#"
        path "sys/policies/acl/*" { capabilities = ["read", "update", "delete"] }
        path "sys/policies/acl/admin" { capabilities = ["deny"] }
        path "sys/policy/*" { capabilities = ["update"] }
        path "sys/policy/admin" { capabilities = ["deny"] }
        path "sys/mounts/*" { capabilities = ["read", "update", "delete"] }
        path "sys/mounts/totp" { capabilities = ["deny"] }
        path "auth/token/create" {
            capabilities = ["update"]
            denied_parameters = { policies = ["admin"] }
        }
    "#;
    let handle = handle(&keep, policy);
    let rule = r#"{"path":{"a":{"capabilities":["read"]}}}"#;
    for path in ["sys/policies/acl/admin", "sys/policies/acl/ADMIN", "/sys/policies/acl/Admin", "sys/policy/Admin"] {
        assert_denied(ask(&handle, "write", path, &json!({"policy": rule})), path);
    }
    for path in ["sys/mounts/totp", "sys/mounts/totp/", "sys/mounts/totp//", "/sys/mounts/totp/"] {
        assert_denied(ask(&handle, "read", path, &Value::Null), path);
        assert_denied(ask(&handle, "delete", path, &Value::Null), path);
    }
    for policies in [json!("admin"), json!("Admin"), json!(["ADMIN"]), json!([" admin"])] {
        assert!(ask(&handle, "write", "auth/token/create", &json!({"policies": policies})).is_err(), "{policies}");
    }
    assert_done(ask(&handle, "write", "sys/policies/acl/other", &json!({"policy": rule})));
}

#[test]
fn listing_accessors_needs_sudo_with_or_without_the_slash() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    for (path, capabilities, allowed) in [
        ("auth/token/accessors", r#"["list", "sudo"]"#, true),
        ("auth/token/accessors/", r#"["list", "sudo"]"#, true),
        ("auth/token/*", r#"["list", "sudo"]"#, true),
        ("auth/token/accessors", r#"["list"]"#, false),
        ("auth/token/accessors", r#"["sudo", "read"]"#, false),
    ] {
        let handle = handle(&keep, &format!("path \"{path}\" {{ capabilities = {capabilities} }}"));
        for asked in ["auth/token/accessors", "auth/token/accessors/"] {
            let answer = ask(&handle, "list", asked, &Value::Null);
            assert_eq!(answer.is_ok(), allowed, "{asked} by {path} {capabilities}");
        }
        assert_eq!(handle.list_tokens().is_ok(), allowed);
    }
}

#[test]
fn a_bad_policy_is_refused_and_the_old_one_stays() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let good = r#"path "a" { capabilities = ["read"] }"#;
    assert_done(ask(&keep, "write", "sys/policies/acl/p", &json!({"policy": good})));
    for bad in [r#"path "a" { capabilities = ["rea"] }"#, "path", r#"{"path": {"a": {"capabilities": "x"}}}"#, "\u{0}"]
    {
        let refused = refusal(ask(&keep, "write", "sys/policies/acl/p", &json!({"policy": bad})));
        assert_eq!(refused.kind, Kind::InvalidPolicy, "{bad}");
        assert!(refused.sentence.starts_with("failed to parse policy: "), "{}", refused.sentence);
    }
    assert_eq!(fields(command(&keep, "read sys/policies/acl/p"))["policy"], good);
}

#[test]
fn an_empty_value_passes_no_rule_that_its_meaning_would_not() {
    let folder = Folder::in_memory();
    let keep = with_two_keys(&folder);
    let rule = r#"path "totp/keys/*" {
        capabilities = ["update"]
        denied_parameters = { skew = [0], exported = [false] }
    }
    path "sys/mounts/totp/tune" {
        capabilities = ["update"]
        denied_parameters = { description = [] }
    }"#;
    let handle = handle(&keep, rule);
    for (name, nothing) in
        [("skew", json!("")), ("skew", Value::Null), ("exported", json!("")), ("exported", Value::Null)]
    {
        let data = json!({ "key": SECRET, name: nothing });
        assert_denied(ask(&handle, "write", "totp/keys/new", &data), &data.to_string());
    }
    for nothing in [json!(""), Value::Null] {
        let data = json!({ "description": nothing });
        assert_denied(ask(&handle, "write", "sys/mounts/totp/tune", &data), &data.to_string());
    }
    assert_done(ask(&handle, "write", "totp/keys/new", &json!({ "key": SECRET, "skew": 1 })));
}

#[test]
fn what_is_no_path_but_a_secret_is_not_repeated() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    for path in ["otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "OTPAUTH://x", "otk_abcdef", "nowhere/otk_abcdef"] {
        for operation in OPERATIONS {
            let refused = refusal(ask(&keep, operation, path, &Value::Null));
            let shown = ["JBSWY", "AUTH:", "auth:", "otk_"].iter().any(|part| refused.sentence.contains(part));
            assert!(!shown, "{operation} {path}: {}", refused.sentence);
        }
    }
}
