//! Whose request it is.

use serde_json::{Value, json};

use crate::support::{Served, framed};

#[test]
fn without_a_good_token_nothing_is_told() {
    let served = Served::new();
    let revoked = served.token("path \"*\" { capabilities = [\"read\"] }");
    served.send("POST", "auth/token/revoke", json!({ "token": revoked }));
    let bad = [
        "X-Vault-Token: \r\n".to_owned(),
        "X-Vault-Token: x\r\n".into(),
        "X-Vault-Token: \u{e9}\r\n".into(),
        "Authorization: Basic eDp5\r\n".into(),
        "Authorization: Bearer\r\n".into(),
        String::new(),
        format!("X-Vault-Token: {revoked}\r\n"),
        format!("X-Vault-Token: {}x\r\n", served.root),
    ];
    for headers in &bad {
        for (method, path) in [
            ("GET", "totp/keys/alice"),
            ("GET", "nowhere"),
            ("LIST", "totp/keys"),
            ("DELETE", "x"),
            ("POST", "totp/code/alice"),
            ("GET", "sys/mounts"),
            ("GET", "sys/metrics"),
            ("GET", "totp?help=1"),
        ] {
            served.raw(method, &format!("/v1/{path}"), headers, b"").refused(403, "permission denied");
        }
    }
}

#[test]
fn a_token_comes_in_either_header() {
    let served = Served::new();
    for headers in
        [format!("Authorization: Bearer {}\r\n", served.root), format!("authorization: bearer {}\r\n", served.root)]
    {
        assert_eq!(served.raw("GET", "/v1/totp/keys/alice", &headers, b"").status, 200);
    }
    let both = format!("X-Vault-Token: x\r\nAuthorization: Bearer {}\r\n", served.root);
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", &both, b"").status, 403, "the first header counts");
}

#[test]
fn policies_are_asked_before_anything_else() {
    let served = Served::new();
    let token = served.token("path \"totp/code/*\" { capabilities = [\"update\"] }");
    let headers = format!("X-Vault-Token: {token}\r\n");
    let code = json!({ "code": served.code("alice") }).to_string();
    let valid = served.raw("POST", "/v1/totp/code/alice", &headers, code.as_bytes());
    assert_eq!(valid.data(), json!({ "valid": true }));
    for (method, path) in [
        ("GET", "totp/code/alice"),
        ("GET", "totp/nonsense"),
        ("DELETE", "totp/code/alice"),
        ("GET", "sys/mounts"),
        ("GET", "sys/metrics"),
        ("POST", "auth/token/create"),
        ("GET", "nowhere/x"),
    ] {
        served.raw(method, &format!("/v1/{path}"), &headers, b"").refused(403, &framed("permission denied"));
    }
}

#[test]
fn a_token_is_made_looked_up_and_revoked() {
    let served = Served::new();
    let made = served.send("POST", "auth/token/create", json!({ "policies": ["default"], "ttl": "1h" })).json();
    assert_eq!(made["data"], Value::Null);
    assert_eq!(made["auth"]["lease_duration"], 3600);
    let token = made["auth"]["client_token"].as_str().unwrap();
    let headers = format!("X-Vault-Token: {token}\r\n");
    let own = served.raw("GET", "/v1/auth/token/lookup-self", &headers, b"").data();
    assert_eq!((&own["id"], &own["policies"]), (&json!(token), &json!(["default"])));
    let renewed = served.raw("POST", "/v1/auth/token/renew-self", &headers, b"").json();
    assert_eq!(renewed["auth"]["client_token"], token);
    assert_eq!(served.send("POST", "auth/token/lookup", json!({})).data()["id"], served.root.as_str());
    let by_accessor = json!({ "accessor": made["auth"]["accessor"] });
    assert_eq!(served.send("POST", "auth/token/lookup-accessor", by_accessor).data()["id"], "");
    assert_eq!(served.raw("PUT", "/v1/auth/token/revoke-self", &headers, b"").status, 204);
    served.raw("GET", "/v1/auth/token/lookup-self", &headers, b"").refused(403, "permission denied");
}

#[test]
fn who_shows_no_token_is_not_listened_to() {
    let served = Served::new();
    // The body that is announced never comes, and is not waited for.
    let reply = served.bytes(b"POST /v1/totp/code/alice HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    reply.refused(403, "permission denied");
}
