//! What is told of the server itself.

use serde_json::{Value, json};

use crate::support::Served;

#[test]
fn health_is_told_to_anyone() {
    let served = Served::new();
    let health = served.raw("GET", "/v1/sys/health", "", b"");
    assert_eq!(health.status, 200);
    let body = health.json();
    assert_eq!((&body["initialized"], &body["sealed"], &body["standby"]), (&json!(true), &json!(false), &json!(false)));
    assert_eq!(body.get("data"), None, "no envelope");
    let head = served.raw("HEAD", "/v1/sys/health?activecode=299", "", b"");
    assert_eq!((head.status, head.body.as_str()), (299, ""));
    for code in ["0", "99", "65536", "x", ""] {
        let odd = served.raw("GET", &format!("/v1/sys/health?activecode={code}"), "", b"");
        assert_eq!(odd.status, 400, "{odd:?}");
    }
    assert_eq!(served.raw("DELETE", "/v1/sys/health", "", b"").status, 405);
}

#[test]
fn asking_for_health_leaves_no_line_in_the_audit_log() {
    let served = Served::new();
    let log = served.folder.path("audit.log");
    served.keep.enable_audit("file", log.to_str().unwrap()).unwrap();
    let lines = || std::fs::read_to_string(&log).unwrap().lines().count();
    let before = lines();
    assert_eq!(served.raw("GET", "/v1/sys/health", "", b"").status, 200);
    assert_eq!(lines(), before);
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", "X-Vault-Token: made-up\r\n", b"").status, 403);
    assert_eq!(lines(), before + 2);
}

#[test]
fn seal_initialization_and_leader_are_told_to_anyone() {
    let served = Served::new();
    let get = |path: &str| served.raw("GET", path, "", b"").json();
    assert_eq!(get("/v1/sys/seal-status")["sealed"], false);
    assert_eq!(get("/v1/sys/init"), json!({ "initialized": true }));
    assert_eq!(get("/v1/sys/leader")["ha_enabled"], false);
    assert_eq!(served.raw("PUT", "/v1/sys/init", "", b"{}").status, 405);
}

#[test]
fn mounts_are_told_to_those_who_may_read_them() {
    let served = Served::new();
    let none = served.raw("GET", "/v1/sys/internal/ui/mounts", "", b"").data();
    assert_eq!(none, json!({ "secret": {}, "auth": {} }));
    assert_eq!(served.get("sys/internal/ui/mounts").data()["secret"]["totp/"]["type"], "totp");
    assert_eq!(served.get("sys/internal/ui/mounts/totp").data()["path"], "totp/");
    assert_eq!(served.get("sys/internal/ui/mounts/totp/keys/alice").data()["path"], "totp/");
    served.raw("GET", "/v1/sys/internal/ui/mounts/totp", "", b"").refused(403, "permission denied");
    served.get("sys/internal/ui/mounts/none").refused(
        403,
        "preflight capability check returned 403, please ensure client's policies grant access to path \"none/\"",
    );
}

#[test]
fn the_paths_are_described_in_openapi() {
    let served = Served::new();
    let document = served.raw("GET", "/v1/sys/internal/specs/openapi", "", b"").json();
    assert_eq!(document["openapi"], "3.0.2");
    let operations = |path: &str| -> Vec<String> {
        let item = document["paths"][path].as_object().unwrap_or_else(|| panic!("{path}"));
        item.keys().filter(|name| ["get", "post", "delete"].contains(&name.as_str())).cloned().collect()
    };
    assert_eq!(operations("/totp/keys"), ["get"]);
    assert_eq!(operations("/totp/keys/{name}"), ["delete", "get", "post"]);
    assert_eq!(operations("/totp/code/{name}"), ["get", "post"]);
    assert_eq!(operations("/sys/mounts/{path}/tune"), ["get", "post"]);
    assert_eq!(operations("/auth/token/create"), ["post"]);
    served.send("POST", "sys/mounts/team-a", json!({ "type": "totp" }));
    assert!(served.get("sys/internal/specs/openapi").json()["paths"]["/team-a/code/{name}"].is_object());
    let mut ids: Vec<&Value> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation.get("operationId"))
        .collect();
    let count = ids.len();
    ids.sort_by_key(|id| id.to_string());
    ids.dedup();
    assert_eq!(ids.len(), count, "each operation has an id of its own");
}

#[test]
fn what_was_answered_is_counted() {
    let served = Served::new();
    let code = json!({ "code": served.code("alice") });
    served.send("POST", "totp/code/alice", json!({ "code": "000000" }));
    served.send("POST", "totp/code/alice", code.clone());
    served.send("POST", "totp/code/alice", code);
    served.get("totp/code/secret-looking-name");
    served.raw("GET", "/v1/sys/health", "", b"");
    let text = served.get("sys/metrics?format=prometheus").body;
    for line in [
        "otpkeep_http_requests_total{method=\"GET\",route=\"sys/health\",status=\"200\"} 1",
        "otpkeep_validations_total{outcome=\"accepted\"} 1",
        "otpkeep_validations_total{outcome=\"refused\"} 1",
        "otpkeep_commit_attempts_sum 2",
        "otpkeep_validations_total{outcome=\"replayed-code\"} 1",
        "otpkeep_http_requests_total{method=\"POST\",route=\"totp/code/:name\",status=\"200\"} 2",
        "otpkeep_http_request_seconds_count{method=\"GET\",route=\"totp/code/:name\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("alice") && !text.contains("secret-looking-name"));
}
