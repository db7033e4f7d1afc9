//! What a request may look like.

use serde_json::{Value, json};

use crate::support::{SECRET, Served, framed};

#[test]
fn a_body_is_json_whatever_it_is_called_or_a_form() {
    let served = Served::new();
    let token = format!("X-Vault-Token: {}\r\n", served.root);
    let send = |kind: &str, body: &str| {
        let headers = format!("{token}Content-Type: {kind}\r\n");
        served.raw("POST", "/v1/totp/keys/x", &headers, body.as_bytes())
    };
    let json = json!({ "key": SECRET, "digits": "8" }).to_string();
    for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        assert_eq!(send(kind, &json).status, 204, "{kind}");
    }
    assert_eq!(
        send("application/x-www-form-urlencoded", &format!("key={SECRET}&period=1m&issuer=A%20B+C")).status,
        204
    );
    let key = served.get("totp/keys/x").data();
    assert_eq!((&key["period"], &key["issuer"]), (&json!(60), &json!("A B C")));
    for odd in ["key=%zz", "key=a%2", "a;b=c"] {
        send("application/x-www-form-urlencoded", odd).refused(400, "error parsing form data");
    }
    assert_eq!(send("application/x-www-form-urlencoded", &format!("key={SECRET}&issuer=a&issuer=b")).status, 204);
    assert_eq!(served.get("totp/keys/x").data()["issuer"], "a,b");
    send("application/x-www-form-urlencoded", "key=\u{fffd}%ff")
        .refused(400, "invalid key value: illegal base32 data at input byte 0");
    for (body, sentence) in [
        ("{", "unexpected end"),
        ("[]", "an object is expected"),
        ("\"otpauth://secret\"", "an object is expected"),
        ("{\"key\": otpauth}", "malformed at line 1 column 9"),
    ] {
        send("application/json", body).refused(400, &format!("failed to decode JSON input: {sentence}"));
    }
    send("application/json", "null").refused(400, "the key value is required");
    send("application/json", "").refused(400, "the key value is required");
}

#[test]
fn fields_of_a_write_come_from_the_body_alone() {
    let served = Served::new();
    served.send("POST", &format!("totp/keys/x?key={SECRET}"), Value::Null).refused(400, "the key value is required");
}

#[test]
fn lists_and_help_are_asked_for_in_the_query() {
    let served = Served::new();
    assert_eq!(served.get("totp/keys/alice?list=false").status, 200);
    served.get("totp/keys?list=maybe").refused(400, "");
    assert_eq!(served.get("totp?help=1").status, 200);
}

#[test]
fn unknown_methods_do_nothing() {
    let served = Served::new();
    for method in ["OPTIONS", "TRACE", "SCAN", "NONSENSE", "HEAD"] {
        assert_eq!(served.send(method, "totp/keys/alice", Value::Null).status, 405, "{method}");
    }
    assert_eq!(served.send("PATCH", "totp/keys/alice", json!({})).status, 415);
    let headers = format!("X-Vault-Token: {}\r\nContent-Type: application/merge-patch+json\r\n", served.root);
    served.raw("PATCH", "/v1/totp/keys/alice", &headers, b"{}").refused(405, &framed("unsupported operation"));
    served
        .raw("PATCH", "/v1/totp/keys/alice", "Content-Type: application/merge-patch+json\r\n", b"{}")
        .refused(403, "permission denied");
}

#[test]
fn there_is_one_namespace_and_no_wrapping() {
    let served = Served::new();
    let send = |header: &str| {
        let headers = format!("X-Vault-Token: {}\r\n{header}\r\n", served.root);
        served.raw("GET", "/v1/totp/keys/alice", &headers, b"")
    };
    for header in
        ["X-Vault-Request: true", "X-Vault-Namespace: ", "X-Vault-Namespace: root", "X-Vault-Namespace: root/"]
    {
        assert_eq!(send(header).status, 200, "{header}");
    }
    send("X-Vault-Namespace: team").refused(404, "no handler for route \"totp/keys/alice\". route entry not found.");
    send("X-Vault-Wrap-TTL: 60").refused(400, "response wrapping is not supported");
}

#[test]
fn paths_are_decoded_once() {
    let served = Served::new();
    assert_eq!(served.get("totp/keys/%61lice").status, 200);
    assert_eq!(served.get("totp%2Fkeys%2Falice").status, 200);
    served.get("totp/keys/%2561lice").refused(404, &framed("unsupported path"));
    served.get("totp/keys/%ff").refused(400, "the path is not UTF-8");
    served.get("totp/keys/..%2Falice").refused(400, "relative paths not supported");
    served.get("totp/keys/%00").refused(404, &framed("unsupported path"));
    served.raw("GET", "/elsewhere", "", b"").refused(404, "");
    served.get(&format!("totp/keys/{}", "x".repeat(5000))).refused(414, "the path is too long");
}

#[test]
fn one_connection_serves_many_requests_in_turn() {
    let served = Served::new();
    let one = format!("GET /v1/totp/keys/alice HTTP/1.1\r\nHost: x\r\nX-Vault-Token: {}\r\n", served.root);
    let reply = served.bytes(format!("{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n").as_bytes());
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.matches("HTTP/1.1 200 OK").count(), 2, "the two others follow the first");
}
