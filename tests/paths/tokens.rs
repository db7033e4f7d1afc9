use otpkeep::paths::{Answer, Refusal};
use otpkeep::{Keep, Kind};
use serde_json::{Map, Value, json};

use crate::ask::{ask, assert_done, assert_nothing, command, fields, keep, refusal, response};
use crate::support::{Folder, SECRET, START, time};

/// The `auth` of an answer.
fn auth(answer: Result<Answer, Refusal>) -> Map<String, Value> {
    let response = response(answer);
    assert!(response.data.is_empty());
    assert_eq!(response.mount_type, "token");
    response.auth.unwrap().fields
}

fn create(keep: &Keep, data: Value) -> Map<String, Value> {
    auth(ask(keep, "write", "auth/token/create", &data))
}

fn handle(keep: &Keep, auth: &Map<String, Value>) -> Keep {
    keep.with_token(auth["client_token"].as_str().unwrap()).unwrap()
}

fn keep_with_policies(folder: &Folder) -> (Keep, std::sync::Arc<otpkeep::ManualClock>) {
    let (keep, clock) = keep(folder);
    let policy = r#"path "totp/*" { capabilities = ["read", "update", "list"] }"#;
    for name in ["reader", "other"] {
        assert_done(ask(&keep, "write", &format!("sys/policies/acl/{name}"), &json!({"policy": policy})));
    }
    let maker = r#"path "auth/token/create" { capabilities = ["update"] }"#;
    assert_done(ask(&keep, "write", "sys/policies/acl/maker", &json!({"policy": maker})));
    (keep, clock)
}

#[test]
fn a_token_is_made_and_told_in_vaults_shape() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep_with_policies(&folder);
    let made = create(
        &keep,
        json!({"policies": "Reader,maker", "ttl": "1h", "display_name": "ci", "meta": {"team": "a"}, "num_uses": 0,
               "type": "service", "period": "", "explicit_max_ttl": null, "id": "", "no_parent": false}),
    );
    assert!(made["client_token"].as_str().unwrap().starts_with("otk_"));
    let accessor = made["accessor"].clone();
    let rest: Map<String, Value> =
        made.clone().into_iter().filter(|(name, _)| name != "client_token" && name != "accessor").collect();
    assert_eq!(
        Value::Object(rest),
        json!({
            "policies": ["default", "maker", "reader"], "token_policies": ["default", "maker", "reader"],
            "metadata": {"team": "a"}, "lease_duration": 3600, "renewable": true, "entity_id": "",
            "token_type": "service", "orphan": true, "mfa_requirement": null, "num_uses": 0,
        })
    );
    clock.set(time(START + 10));
    let own = handle(&keep, &made);
    let told = |id: &Value| {
        json!({
            "id": id, "accessor": accessor, "policies": ["default", "maker", "reader"], "path": "auth/token/create",
            "meta": {"team": "a"}, "display_name": "ci", "num_uses": 0, "orphan": true, "creation_time": START,
            "creation_ttl": 3600, "expire_time": "2027-01-16T01:00:00Z", "ttl": 3590, "explicit_max_ttl": 0,
            "entity_id": "", "type": "service", "renewable": true, "issue_time": "2027-01-16T00:00:00Z",
        })
    };
    let token = json!({"token": made["client_token"]});
    assert_eq!(fields(ask(&own, "read", "auth/token/lookup-self", &Value::Null)), told(&json!("")));
    assert_eq!(fields(ask(&keep, "write", "auth/token/lookup", &token)), told(&made["client_token"]));
    let by_accessor = json!({"accessor": accessor});
    assert_eq!(fields(ask(&keep, "write", "auth/token/lookup-accessor", &by_accessor)), told(&json!("")));
    assert_eq!(fields(ask(&keep, "list", "auth/token/accessors", &Value::Null)), json!({"keys": [accessor]}));
}

#[test]
fn a_child_has_a_subset_of_its_parents_policies() {
    let folder = Folder::in_memory();
    let (keep, _) = keep_with_policies(&folder);
    let parent = create(&keep, json!({"policies": ["maker", "reader"]}));
    let parent = (handle(&keep, &parent), parent);
    let child = create(&parent.0, json!({"policies": ["reader"]}));
    assert_eq!((&child["policies"], &child["orphan"]), (&json!(["default", "reader"]), &json!(false)));
    let same = create(&parent.0, json!({}));
    assert_eq!(same["policies"], parent.1["policies"]);
    for more in [json!("other"), json!(["reader", "other"]), json!("root"), json!("none")] {
        let refused = refusal(ask(&parent.0, "write", "auth/token/create", &json!({"policies": more})));
        assert_eq!(refused.kind, Kind::PermissionDenied);
        assert_eq!(refused.sentence, "child policies must be subset of parent");
    }
    // A policy that does not exist is told of, and may be written later.
    let made = response(ask(&keep, "write", "auth/token/create", &json!({"policies": ["reader", "later", "never"]})));
    assert_eq!(made.warnings, ["Policy \"later\" does not exist", "Policy \"never\" does not exist"]);
    let bare = create(&keep, json!({"policies": "reader", "no_default_policy": "true"}));
    assert_eq!(bare["policies"], json!(["reader"]));
}

#[test]
fn revoking_ends_a_token_and_its_children_at_once() {
    let folder = Folder::in_memory();
    let (keep, _) = keep_with_policies(&folder);
    assert_done(command(&keep, &format!("write totp/keys/a key={SECRET}")));
    let make = |keep: &Keep| create(keep, json!({"policies": "maker,reader"}));
    let works = |keep: &Keep| ask(keep, "read", "totp/code/a", &Value::Null).is_ok();
    type Way = fn(&Keep, &Keep, &Map<String, Value>) -> Result<Answer, Refusal>;
    let ways: [Way; 3] = [
        |keep, _, made| ask(keep, "write", "auth/token/revoke", &json!({"token": made["client_token"]})),
        |keep, _, made| ask(keep, "write", "auth/token/revoke-accessor", &json!({"accessor": made["accessor"]})),
        |_, own, _| ask(own, "write", "auth/token/revoke-self", &Value::Null),
    ];
    for way in ways {
        let parent = make(&keep);
        let parent_handle = handle(&keep, &parent);
        let child = make(&parent_handle);
        let child_handle = handle(&keep, &child);
        let grandchild = handle(&keep, &make(&child_handle));
        assert!(works(&parent_handle) && works(&child_handle) && works(&grandchild));
        assert_done(way(&keep, &child_handle, &child));
        assert!(works(&parent_handle) && !works(&child_handle) && !works(&grandchild));
        assert_eq!(refusal(ask(&grandchild, "read", "totp/code/a", &Value::Null)).kind, Kind::BadToken);
        let gone = refusal(ask(&keep, "write", "auth/token/lookup", &json!({"token": child["client_token"]})));
        assert_eq!((gone.kind, gone.sentence.as_str()), (Kind::BadToken, "bad token"));
        assert_done(way(&keep, &parent_handle, &parent));
    }
    assert_nothing(ask(&keep, "list", "auth/token/accessors", &Value::Null));
}

#[test]
fn a_token_lives_until_it_expires_and_is_renewed_at_most_by_its_ttl() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep_with_policies(&folder);
    let made = create(&keep, json!({"policies": "reader", "ttl": 100}));
    let (own, token) = (handle(&keep, &made), json!({"token": made["client_token"]}));
    let ttl = || fields(ask(&own, "read", "auth/token/lookup-self", &Value::Null))["ttl"].clone();
    clock.set(time(START + 60));
    assert_eq!(ttl(), json!(40));
    let renewed = auth(ask(&own, "write", "auth/token/renew-self", &json!({"increment": "50"})));
    assert_eq!((&renewed["lease_duration"], &renewed["client_token"]), (&json!(50), &json!("")));
    assert_eq!(ttl(), json!(50));
    let renewed = auth(ask(&keep, "write", "auth/token/renew", &token));
    assert_eq!(renewed["client_token"], made["client_token"]);
    assert_eq!(ttl(), json!(100));
    auth(ask(&keep, "write", "auth/token/renew-accessor", &json!({"accessor": made["accessor"], "increment": "1d"})));
    assert_eq!(ttl(), json!(100));
    clock.set(time(START + 160));
    for (path, data) in [("auth/token/lookup", &token), ("auth/token/renew", &token)] {
        assert_eq!(refusal(ask(&keep, "write", path, data)).kind, Kind::BadToken);
    }
    assert_eq!(refusal(ask(&own, "read", "auth/token/lookup-self", &Value::Null)).kind, Kind::BadToken);
    let fixed = create(&keep, json!({"policies": "reader", "renewable": false}));
    let refused = refusal(ask(&keep, "write", "auth/token/renew", &json!({"token": fixed["client_token"]})));
    assert_eq!((refused.kind, refused.sentence.as_str()), (Kind::InvalidArgument, "lease is not renewable"));
}

#[test]
fn a_token_is_told_what_it_may_do() {
    let folder = Folder::in_memory();
    let (keep, _) = keep_with_policies(&folder);
    let made = create(&keep, json!({"policies": "reader"}));
    let own = handle(&keep, &made);
    let asked = json!({"paths": ["totp/code/a", "/totp/keys", "sys/mounts", "auth/token/lookup-self"]});
    let wanted = json!({
        "totp/code/a": ["list", "read", "update"], "/totp/keys": ["list", "read", "update"], "sys/mounts": ["deny"],
        "auth/token/lookup-self": ["read"],
    });
    assert_eq!(fields(ask(&own, "write", "sys/capabilities-self", &asked)), wanted);
    let mut of_token = asked.clone();
    of_token["token"] = made["client_token"].clone();
    assert_eq!(fields(ask(&keep, "write", "sys/capabilities", &of_token)), wanted);
    let one = fields(ask(&own, "write", "sys/capabilities-self", &json!({"path": "totp/x"})));
    assert_eq!(one["capabilities"], json!(["list", "read", "update"]));
    assert_eq!(own.capabilities("totp/x").unwrap(), ["list", "read", "update"]);
    // A change of the policy holds for the next request.
    assert_done(ask(&keep, "delete", "sys/policies/acl/reader", &Value::Null));
    let one = fields(ask(&own, "write", "sys/capabilities-self", &json!({"path": "totp/x"})));
    assert_eq!(one, json!({"capabilities": ["deny"], "totp/x": ["deny"]}));
    let root = create(&keep, json!({"policies": "root"}));
    assert_eq!((&root["lease_duration"], &root["renewable"]), (&json!(0), &json!(false)));
    let all = fields(ask(&handle(&keep, &root), "write", "sys/capabilities-self", &json!({"paths": "a"})));
    assert_eq!(all["capabilities"], json!(["root"]));
}
