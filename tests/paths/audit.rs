use std::fs;

use otpkeep::Kind;
use serde_json::{Value, json};

use crate::ask::{ask, fields, keep, refusal};
use crate::support::{Folder, SECRET};

#[test]
fn paths_are_logged_without_what_is_secret() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    let file = folder.file("audit.log");
    ask(&keep, "write", "sys/audit/file", &json!({"options": {"file_path": file.to_str()}})).unwrap();
    let told = fields(ask(&keep, "read", "sys/audit", &Value::Null));
    assert_eq!(told["file/"]["options"]["file_path"], file.to_str().unwrap());
    let url = format!("otpauth://totp/Acme:alice?secret={SECRET}&issuer=Acme");
    ask(&keep, "write", "totp/keys/alice", &json!({"url": url, "kee": SECRET, "issuer": "Acme"})).unwrap();
    // Secrets under the names of numbers and switches.
    for name in ["digits", "generate", "period", "skew", "qr_size", "exported"] {
        ask(&keep, "write", "totp/keys/bob", &json!({ name: url })).unwrap_err();
    }
    let code = fields(ask(&keep, "read", "totp/code/alice", &Value::Null))["code"].as_str().unwrap().to_owned();
    for (sent, outcome) in [(code.as_str(), "accepted"), (code.as_str(), "replayed-code"), ("nonsense", "refused")] {
        let _ = ask(&keep, "write", "totp/code/alice", &json!({ "code": sent }));
        assert!(fs::read_to_string(&file).unwrap().trim_end().ends_with('}'));
        let last: Value = serde_json::from_str(fs::read_to_string(&file).unwrap().lines().last().unwrap()).unwrap();
        assert_eq!((last["type"].as_str(), last["outcome"].as_str()), (Some("answer"), Some(outcome)));
    }
    ask(&keep, "help", "totp/keys/alice", &Value::Null).unwrap();
    ask(&keep, "read", "nowhere/else", &Value::Null).unwrap_err();
    let hash = fields(ask(&keep, "write", "sys/audit-hash/file", &json!({ "input": SECRET })))["hash"].clone();
    let log = fs::read_to_string(&file).unwrap();
    assert!(!log.contains(SECRET) && !log.contains("otpauth") && !log.contains("nonsense"));
    assert!(log.contains(hash.as_str().unwrap()), "the misspelt field is there as its hash");
    assert!(log.contains(r#""operation":"help""#) && log.contains("nowhere/else"));
    ask(&keep, "delete", "sys/audit/file", &Value::Null).unwrap();
    assert_eq!(fields(ask(&keep, "read", "sys/audit", &Value::Null)), json!({}));
}

#[test]
fn an_audit_file_is_a_file_with_a_path() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    for data in [json!({}), json!({"type": "syslog", "file_path": "/x"}), json!({"file_path": "relative"})] {
        assert_eq!(refusal(ask(&keep, "write", "sys/audit/file", &data)).kind, Kind::InvalidArgument);
    }
    let full = refusal(ask(&keep, "write", "sys/audit/file", &json!({"file_path": "/dev/full"})));
    assert_eq!(full.kind, Kind::AuditFailed);
}

#[test]
fn secrets_in_odd_places_are_not_logged() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    let file = folder.file("audit.log");
    ask(&keep, "write", "sys/audit/file", &json!({"file_path": file.to_str()})).unwrap();
    let token = keep.create_token(&otpkeep::access::TokenSpec::default()).unwrap();
    let secret = token.secret.expose();
    let url = format!("otpauth://totp/x?secret={SECRET}");
    let odd = [
        ("totp/code/a", json!({ "path": SECRET, "accessor": SECRET })),
        ("totp/keys/z", json!({ "issuer": url })),
        ("totp/keys/z", json!({ "issuer": { "k": SECRET }, "account_name": [SECRET] })),
        ("totp/keys/z", json!({ SECRET: "" })),
        ("totp/keys/z", json!({ SECRET: "x", "algorithm": url })),
        ("sys/mounts/m", json!({ "type": "totp", "description": url, "options": { SECRET: "x" } })),
        ("auth/token/lookup", json!({ "token": secret })),
        ("auth/token/lookup-accessor", json!({ "accessor": secret })),
        ("auth/token/create", json!({ "policies": [secret], "meta": { SECRET: SECRET } })),
        ("sys/capabilities", json!({ "token": secret, "paths": [url] })),
    ];
    for (path, data) in odd {
        let _ = ask(&keep, "write", path, &data);
    }
    // A secret in the place of a name, by path and typed.
    for path in [format!("totp/keys/{url}"), format!("totp/code/{secret}"), url.clone()] {
        for operation in ["read", "write", "help"] {
            let _ = ask(&keep, operation, &path, &Value::Null);
        }
    }
    assert!(keep.read_key(&url).is_err() && keep.read_code(secret).is_err() && keep.read_policy(secret).is_err());
    let before = fs::metadata(&file).unwrap().len();
    assert!(keep.read_key(&"x".repeat(1 << 20)).is_err());
    assert!(fs::metadata(&file).unwrap().len() - before < 2000, "a long name fills the log");
    let log = fs::read_to_string(&file).unwrap();
    let lower = log.to_lowercase();
    for hidden in [SECRET, secret, "otpauth"] {
        assert!(!lower.contains(&hidden.to_lowercase()), "{log}");
    }
}

#[test]
fn requests_are_bounded_and_what_holds_nothing_is_absent() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    let long = "x".repeat(2 << 20);
    for (path, data) in [(long.as_str(), Value::Null), ("totp/keys/a", json!({ "issuer": long }))] {
        assert_eq!(refusal(ask(&keep, "write", path, &data)).kind, Kind::InvalidArgument);
    }
    let rule = r#"path "auth/token/create" {
        capabilities = ["update"]
        required_parameters = ["policies"]
    }"#;
    keep.write_policy("maker", rule).unwrap();
    let spec = otpkeep::access::TokenSpec { policies: Some(vec!["maker".into()]), ..Default::default() };
    let maker = keep.with_token(keep.create_token(&spec).unwrap().secret.expose()).unwrap();
    for nothing in [Value::Null, json!(""), json!([])] {
        let refused = refusal(ask(&maker, "write", "auth/token/create", &json!({ "policies": nothing })));
        assert_eq!(refused.kind, Kind::PermissionDenied);
    }
    ask(&maker, "write", "auth/token/create", &json!({ "policies": "maker" })).unwrap();
}
