//! The routes as the reference tells them, each asked for every operation.

use otpkeep::Kind;
use otpkeep::access::TokenSpec;
use otpkeep::paths::reference;
use serde_json::{Value, json};

use crate::ask::{ask, keep, refusal};
use crate::support::{Folder, SECRET};

pub(crate) const OPERATIONS: [&str; 4] = ["read", "write", "list", "delete"];

/// A route of the reference.
pub(crate) struct Route {
    /// With its place, such as `totp/keys/:name`.
    pub(crate) pattern: String,
    pub(crate) operations: Vec<String>,
    /// Names with types and descriptions.
    pub(crate) fields: Vec<(String, String, String)>,
    pub(crate) examples: Vec<String>,
}

impl Route {
    /// A path of the route about the key `alice`, the mount `totp` or the policy `verifier`.
    pub(crate) fn path(&self) -> String {
        let name = if self.pattern.starts_with("sys/") { "verifier" } else { "alice" };
        self.pattern.trim_end_matches('/').replace(":name", name).replace(":path", "totp")
    }
}

/// Reads `docs/paths.md`.
pub(crate) fn routes() -> Vec<Route> {
    let text = reference();
    let parts = text.split("\n### `").skip(1);
    parts
        .map(|part| {
            let lines: Vec<&str> = part.lines().take_while(|line| !line.starts_with("## ")).collect();
            let operations = lines.iter().find_map(|line| line.strip_prefix("Operations: ")).unwrap();
            let cells = |line: &&str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
            let rows = lines.iter().filter(|line| line.starts_with("| `")).map(cells);
            Route {
                pattern: lines[0].trim_end_matches('`').into(),
                operations: operations.replace(" (with `sudo`)", "").split(", ").map(Into::into).collect(),
                fields: rows
                    .map(|row: Vec<String>| (row[1].trim_matches('`').into(), row[2].clone(), row[3].clone()))
                    .collect(),
                examples: lines.iter().filter_map(|line| line.strip_prefix("otpkeep ")).map(Into::into).collect(),
            }
        })
        .collect()
}

#[test]
fn the_committed_reference_is_that_of_the_tables() {
    assert_eq!(std::fs::read_to_string("docs/paths.md").unwrap(), reference());
}

#[test]
fn each_route_answers_its_operations_and_no_others() {
    let routes = routes();
    assert_eq!(routes.len(), 28);
    for route in &routes {
        for name in OPERATIONS {
            let folder = Folder::in_memory();
            let (keep, _) = keep(&folder);
            ask(&keep, "write", "totp/keys/alice", &json!({"key": SECRET})).unwrap();
            let token = keep.create_token(&TokenSpec::default()).unwrap();
            let handle = keep.with_token(token.secret.expose()).unwrap();
            let answer = ask(&handle, name, &route.path(), &Value::Null);
            if route.operations.iter().any(|known| known == name) {
                let kind = answer.err().map(|refusal| refusal.kind);
                let unsupported = [Kind::UnsupportedPath, Kind::UnsupportedOperation, Kind::PermissionDenied];
                assert!(kind.is_none_or(|kind| !unsupported.contains(&kind)), "{name} {}: {kind:?}", route.pattern);
            } else {
                let refusal = refusal(answer);
                assert_eq!(refusal.kind, Kind::UnsupportedOperation, "{name} {}", route.pattern);
                assert_eq!(refusal.sentence, "unsupported operation");
            }
        }
    }
}

#[test]
fn no_value_of_a_field_brings_a_path_down() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let huge = "9".repeat(400);
    let values = [
        json!(null),
        json!(true),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(-0.5),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!("-9223372036854775808"),
        json!("9223372036854775807d"),
        json!("0x"),
        json!("é".repeat(5_000)),
        json!(huge),
        json!([]),
        json!([null, [], {}]),
        json!(vec![huge.as_str(); 200]),
        json!({}),
        json!({"throttle": null, "free_attempts": huge}),
        json!({"": {"a": []}}),
    ];
    for route in routes() {
        for (name, ..) in &route.fields {
            for value in &values {
                for operation in OPERATIONS {
                    ask(&keep, "write", "totp/keys/alice", &json!({"key": SECRET})).ok();
                    let data =
                        json!({"type": "totp", "generate": true, "issuer": "Acme", "account_name": "a", name: value});
                    let kind = ask(&keep, operation, &route.path(), &data).err().map(|refusal| refusal.kind);
                    let of_caller = kind.is_none_or(|kind| !matches!(kind, Kind::Internal | Kind::Corrupt | Kind::Io));
                    assert!(of_caller, "{operation} {} {name}: {kind:?}", route.pattern);
                }
            }
        }
    }
}
