//! Status, sentence and shape of every kind of answer.

use serde_json::{Value, json};

use crate::support::{NOW, SECRET, Served, framed};

#[test]
fn an_answer_has_vaults_envelope() {
    let served = Served::new();
    let reply = served.get("totp/code/alice");
    let text = reply.body.strip_suffix('\n').expect("a newline at the end");
    let mut envelope: Value = serde_json::from_str(text).unwrap();
    let id = envelope["request_id"].take();
    assert_eq!(id.as_str().unwrap().len(), 36);
    let code = served.code("alice");
    let expected = json!({
        "request_id": null, "lease_id": "", "renewable": false, "lease_duration": 0,
        "data": { "code": code, "generated": NOW, "expire_time": NOW + 30, "period": "30s" },
        "wrap_info": null, "warnings": null, "auth": null, "mount_type": "totp",
    });
    assert_eq!(envelope, expected);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[test]
fn a_key_lives_from_writing_to_deleting() {
    let served = Served::new();
    let fields = json!({ "generate": true, "issuer": "Acme", "account_name": "bob" });
    let made = served.send("POST", "totp/keys/bob", fields).data();
    assert!(made["url"].as_str().unwrap().starts_with("otpauth://totp/Acme:bob?"));
    assert!(made["barcode"].as_str().unwrap().starts_with("iVBOR"));
    assert_eq!(served.send("PUT", "totp/keys/carol", json!({ "key": SECRET })).status, 204);
    assert_eq!(served.get("totp/keys/bob").data()["issuer"], "Acme");
    for list in ["totp/keys?list=true", "totp/keys/?list=1", "totp/keys?list=True"] {
        assert_eq!(served.get(list).data()["keys"], json!(["alice", "bob", "carol"]));
    }
    assert_eq!(served.send("LIST", "totp/keys", Value::Null).data()["keys"], json!(["alice", "bob", "carol"]));
    assert_eq!(served.get("totp/keys?list=true&after=alice&limit=1").data()["keys"], json!(["bob"]));
    let gone = served.send("DELETE", "totp/keys/bob", Value::Null);
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    served.get("totp/keys/bob").refused(404, "");
    assert_eq!(served.send("DELETE", "totp/keys/bob", Value::Null).status, 204);
}

#[test]
fn a_code_is_right_once() {
    let served = Served::new();
    let code = json!({ "code": served.code("alice") });
    assert_eq!(served.send("POST", "totp/code/alice", json!({ "code": "000000" })).data(), json!({ "valid": false }));
    assert_eq!(served.send("PUT", "totp/code/alice", code.clone()).data(), json!({ "valid": true }));
    served.send("PUT", "totp/code/alice", code).refused(400, "code already used; wait until the next time period");
}

#[test]
fn wrong_codes_lock_and_disable_a_key() {
    let served = Served::new();
    let options = json!({ "options": { "free_attempts": "1", "max_failures": "3" } });
    assert_eq!(served.send("POST", "sys/mounts/totp/tune", options).status, 204);
    let wrong = || served.send("POST", "totp/code/alice", json!({ "code": "000000" }));
    for _ in 0..2 {
        assert_eq!(wrong().data(), json!({ "valid": false }));
    }
    let locked = wrong();
    locked.refused(429, "too many failed attempts; try again in 1 seconds");
    assert_eq!(locked.header("retry-after"), Some("1"));
    served.clock.set(otpkeep::UnixTime::from_seconds(NOW + 60).unwrap());
    assert_eq!(wrong().data(), json!({ "valid": false }));
    served.clock.set(otpkeep::UnixTime::from_seconds(NOW + 600).unwrap());
    wrong().refused(403, "key is disabled after too many failed attempts");
}

#[test]
fn what_is_wrong_is_said_in_vaults_words() {
    let served = Served::new();
    let post = |path: &str, data: Value| served.send("POST", path, data);
    served.get("totp/code/nobody").refused(400, "unknown key: nobody");
    post("totp/code/alice", json!({})).refused(400, "the code value is required");
    post("totp/keys/x", json!({})).refused(400, "the key value is required");
    post("totp/keys/x", json!({ "key": "JBSWY3DPEHPK3PXP", "digits": 7 }))
        .refused(400, "the digits value can only be 6 or 8");
    let period =
        "Field validation failed: error converting input for field \"period\": cannot provide negative value '-1'";
    post("totp/keys/x", json!({ "period": -1 })).refused(400, period);
    served.get("totp/keys/").refused(405, &framed("unsupported operation"));
    served.send("DELETE", "totp/code/alice", Value::Null).refused(405, &framed("unsupported operation"));
    served.get("totp/nonsense").refused(404, &framed("unsupported path"));
    served.get("nowhere/x").refused(404, "no handler for route \"nowhere/x\". route entry not found.");
    post("totp/keys/", json!({})).refused(400, "cannot write to a path ending in '/'");
    post("sys/mounts/totp", json!({ "type": "totp" })).refused(400, "path is already in use at totp/");
    served.get("sys/policies/acl/none").refused(404, "");
    post("auth/token/lookup", json!({ "token": "none" })).refused(403, "bad token");
    post("auth/token/revoke", json!({ "token": "" })).refused(400, "missing token ID");
}

#[test]
fn odd_fields_are_warned_of() {
    let served = Served::new();
    let reply = served.send("POST", "totp/keys/x", json!({ "key": SECRET, "acount_name": "x" }));
    assert_eq!(reply.status, 200);
    let envelope = reply.json();
    assert_eq!(envelope["warnings"], json!(["Endpoint ignored these unrecognized parameters: [acount_name]"]));
    assert_eq!(envelope["data"], Value::Null);
}

#[test]
fn some_answers_stand_at_the_top_too() {
    let served = Served::new();
    let mounts = served.get("sys/mounts").json();
    assert_eq!(mounts["totp/"], mounts["data"]["totp/"]);
    assert_eq!(mounts["totp/"]["type"], "totp");
    let policies = served.get("sys/policy").json();
    assert_eq!(policies["policies"], policies["data"]["policies"]);
    let capabilities = served.send("POST", "sys/capabilities-self", json!({ "paths": ["totp/x", "data"] })).json();
    assert_eq!(capabilities["totp/x"], json!(["root"]));
    assert_eq!(capabilities["data"]["data"], json!(["root"]), "the envelope stays what it is");
}

#[test]
fn help_stands_alone() {
    let served = Served::new();
    let help = served.get("totp/code/alice?help=1").json();
    assert!(help["help"].as_str().unwrap().starts_with("Request:        code/alice"));
    assert_eq!(help["see_also"], Value::Null);
    assert_eq!(help["openapi"]["openapi"], "3.0.2");
    served.raw("GET", "/v1/totp?help=1", "", b"").refused(403, "permission denied");
}
