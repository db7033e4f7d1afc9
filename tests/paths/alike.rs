//! The typed operations and the paths allow and deny alike, whatever the policy.

use otpkeep::access::{TokenRef, TokenSpec};
use otpkeep::{Keep, KeySpec, Kind, MountSpec, SecretText};
use serde_json::{Value, json};

use crate::ask::{ask, keep};
use crate::authority::handle;
use crate::support::{Folder, SECRET};

type Typed = Box<dyn Fn(&Keep) -> otpkeep::Result<()>>;

/// An operation in both forms.
struct Pair {
    typed: Typed,
    operation: &'static str,
    path: &'static str,
    data: Value,
}

fn pair(
    typed: impl Fn(&Keep) -> otpkeep::Result<()> + 'static,
    operation: &'static str,
    path: &'static str,
    data: Value,
) -> Pair {
    Pair { typed: Box::new(typed), operation, path, data }
}

fn key_pairs() -> Vec<Pair> {
    let import = || KeySpec { secret: Some(SecretText::copy_of(SECRET)), overwrite: true, ..KeySpec::default() };
    let eight = move || KeySpec { digits: Some(8), period: Some(60), issuer: Some("Acme".into()), ..import() };
    let generate = || KeySpec {
        issuer: Some("Acme".into()),
        account_name: Some("a".into()),
        overwrite: true,
        ..KeySpec::default()
    };
    vec![
        pair(move |keep| keep.write_key("a", &import()).map(drop), "write", "totp/keys/a", json!({"key": SECRET})),
        pair(
            move |keep| keep.write_key("a", &eight()).map(drop),
            "write",
            "totp/keys/a",
            json!({"key": SECRET, "digits": "0x8", "period": "1m", "issuer": "Acme"}),
        ),
        pair(
            move |keep| keep.generate_key("a", &generate()).map(drop),
            "write",
            "totp/keys/a",
            json!({"generate": "T", "issuer": "Acme", "account_name": "a"}),
        ),
        pair(|keep| keep.read_key("a").map(drop), "read", "totp/keys/a", Value::Null),
        pair(|keep| keep.list_keys("").map(drop), "list", "totp/keys", Value::Null),
        pair(|keep| keep.list_keys("").map(drop), "list", "totp/keys/", json!({"limit": 3})),
        pair(|keep| keep.delete_key("b").map(drop), "delete", "totp/keys/b", Value::Null),
        pair(|keep| keep.read_code("a").map(drop), "read", "totp/code/a", Value::Null),
        pair(|keep| keep.validate_code("a", "12345").map(drop), "write", "totp/code/a", json!({"code": 12345})),
        pair(|keep| keep.read_attempts("a").map(drop), "read", "totp/attempts/a", Value::Null),
        pair(|keep| keep.reset_attempts("a").map(drop), "delete", "totp/attempts/a", Value::Null),
    ]
}

fn keep_pairs() -> Vec<Pair> {
    let rule = r#"{"path":{"a":{"capabilities":["read"]}}}"#;
    let off = || MountSpec { throttle: Some(false), max_failures: Some(16), ..MountSpec::default() };
    let words = || MountSpec { description: Some("words".into()), ..MountSpec::default() };
    vec![
        pair(
            |keep| keep.mount("new/", &MountSpec::default()).map(drop),
            "write",
            "sys/mounts/new",
            json!({"type": "totp"}),
        ),
        pair(
            move |keep| keep.mount("new", &off()).map(drop),
            "write",
            "sys/mounts/new",
            json!({"type": "totp", "options": {"throttle": "FALSE", "max_failures": "0x10"}}),
        ),
        pair(
            move |keep| keep.tune_mount("totp/", &words()).map(drop),
            "write",
            "sys/mounts/totp/tune",
            json!({"description": "words"}),
        ),
        pair(
            move |keep| keep.tune_mount("totp", &off()).map(drop),
            "write",
            "sys/mounts/totp/tune",
            json!({"options": {"throttle": false, "max_failures": 16}}),
        ),
        pair(|keep| keep.unmount("new/"), "delete", "sys/mounts/new/", Value::Null),
        pair(|keep| keep.list_mounts().map(drop), "read", "sys/mounts", Value::Null),
        pair(move |keep| keep.write_policy("P", rule), "write", "sys/policies/acl/P", json!({"policy": rule})),
        pair(|keep| keep.read_policy("Default").map(drop), "read", "sys/policies/acl/Default", Value::Null),
        pair(|keep| keep.list_policies().map(drop), "list", "sys/policies/acl", Value::Null),
        pair(|keep| keep.delete_policy("p"), "delete", "sys/policies/acl/p", Value::Null),
        pair(
            |keep| keep.capabilities("totp/keys/a").map(drop),
            "write",
            "sys/capabilities-self",
            json!({"paths": "totp/keys/a"}),
        ),
        pair(
            |keep| {
                let spec = TokenSpec { policies: Some(vec!["mine".into()]), ttl: Some(60), ..TokenSpec::default() };
                keep.create_token(&spec).map(drop)
            },
            "write",
            "auth/token/create",
            json!({"policies": ["mine"], "ttl": "1m"}),
        ),
        pair(|keep| keep.lookup_token(TokenRef::Own).map(drop), "read", "auth/token/lookup-self", Value::Null),
        pair(
            |keep| keep.lookup_token(TokenRef::Token("x")).map(drop),
            "write",
            "auth/token/lookup",
            json!({"token": "x"}),
        ),
        pair(
            |keep| keep.renew_token(TokenRef::Own, Some(60)).map(drop),
            "write",
            "auth/token/renew-self",
            json!({"increment": "60s"}),
        ),
        pair(
            |keep| keep.revoke_token(TokenRef::Accessor("x")),
            "write",
            "auth/token/revoke-accessor",
            json!({"accessor": "x"}),
        ),
        pair(|keep| keep.list_tokens().map(drop), "list", "auth/token/accessors", Value::Null),
    ]
}

/// Rules on each path, with each capability; on wider patterns; and with conditions on parameters.
fn policies(pairs: &[Pair]) -> Vec<String> {
    let mut policies: Vec<String> = Vec::new();
    let rule = |path: &str, body: &str| format!("path \"{path}\" {{\n{body}\n}}\n");
    let can = |names: &str| format!("capabilities = [{names}]");
    let all = can(r#""create", "read", "update", "delete", "list", "sudo""#);
    for capability in ["create", "read", "update", "delete", "list", "sudo", "deny"] {
        policies.push(rule("*", &can(&format!("\"{capability}\""))));
    }
    let lowered = pairs.iter().map(|pair| pair.path.trim_end_matches('/').to_lowercase());
    let mut paths: Vec<String> = lowered.collect();
    paths.dedup();
    for path in &paths {
        policies.push(rule(path, &all));
        policies.push(rule("*", &all) + &rule(path, &can("\"deny\"")));
        policies.push(rule(&format!("{path}*"), &all));
    }
    for path in ["totp/+/a", "totp/keys/", "sys/+", "sys/+/+", "+/token/+", "sys/mounts/*", "sys/mounts/+/tune", "+"] {
        policies.push(rule(path, &all));
    }
    for condition in [
        "allowed_parameters = { key = [] }",
        "allowed_parameters = { key = [], digits = [8], period = [60], issuer = [\"Acme\"] }",
        "allowed_parameters = { key = [], digits = [\"8\"], period = [\"1m\"], issuer = [\"A*\"] }",
        "allowed_parameters = { \"*\" = [], digits = [6] }",
        "allowed_parameters = { generate = [true], issuer = [], account_name = [\"a\"] }",
        "allowed_parameters = { type = [\"totp\"], options = [] }",
        "allowed_parameters = { description = [\"words\"], policies = [], ttl = [60] }",
        "allowed_parameters = { code = [\"12345\"], token = [\"x\"], accessor = [\"x\"], increment = [60], paths = [] }",
        "denied_parameters = { generate = [] }",
        "denied_parameters = { generate = [true], digits = [\"8\"], options = [], description = [\"w*\"] }",
        "denied_parameters = { \"*\" = [] }",
        "denied_parameters = { policies = [\"mine\"], ttl = [\"60\"], code = [12345], policy = [], type = [\"totp\"] }",
        "required_parameters = [\"key\"]",
        "required_parameters = [\"generate\"]",
        "required_parameters = [\"type\"]",
        "required_parameters = [\"options\"]",
        "required_parameters = [\"policies\", \"ttl\"]",
        "required_parameters = [\"code\"]",
    ] {
        policies.push(rule("*", &format!("{all}\n{condition}")));
    }
    policies
}

#[test]
fn typed_operations_and_paths_are_allowed_alike() {
    let pairs: Vec<Pair> = key_pairs().into_iter().chain(keep_pairs()).collect();
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    ask(&keep, "write", "totp/keys/a", &json!({"key": SECRET})).unwrap();
    let (mut allowed, mut denied) = (0, 0);
    for policy in policies(&pairs) {
        let handle = handle(&keep, &policy);
        for pair in &pairs {
            let of_typed = (pair.typed)(&handle).err().map(|error| error.kind());
            let of_path = ask(&handle, pair.operation, pair.path, &pair.data);
            let of_path = of_path.err().map(|refusal| refusal.kind);
            let is_denied = |kind: &Option<Kind>| *kind == Some(Kind::PermissionDenied);
            assert_eq!(
                is_denied(&of_typed),
                is_denied(&of_path),
                "{} {}: {of_typed:?}, {of_path:?} by\n{policy}",
                pair.operation,
                pair.path
            );
            *(if is_denied(&of_path) { &mut denied } else { &mut allowed }) += 1;
        }
    }
    assert!(allowed > 500 && denied > 500, "{allowed} allowed, {denied} denied");
}
