use otpkeep::MountSpec;
use serde_json::{Value, json};

use crate::ask::{ask, assert_done, fields, keep, response};
use crate::support::{Folder, SECRET};

#[test]
fn mounts_are_told_in_their_shape() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    assert_done(ask(
        &keep,
        "write",
        "sys/mounts/team-a/otp",
        &json!({"type": "totp", "description": "logins", "options": {"throttle": "off", "max_failures": 9}}),
    ));
    let all = fields(ask(&keep, "read", "sys/mounts/", &Value::Null));
    assert_eq!(all.as_object().unwrap().keys().collect::<Vec<_>>(), ["team-a/otp/", "totp/"]);
    for path in ["team-a/otp", "totp"] {
        let mount = fields(ask(&keep, "read", &format!("sys/mounts/{path}"), &Value::Null));
        assert_eq!(mount, all[format!("{path}/")]);
        assert_eq!(mount["type"], "totp");
        assert_eq!(mount["config"], json!({"default_lease_ttl": 0, "max_lease_ttl": 0, "force_no_cache": false}));
        for name in ["local", "seal_wrap", "external_entropy_access"] {
            assert_eq!(mount[name], json!(false));
        }
        let digits = mount["accessor"].as_str().unwrap().strip_prefix("totp_").unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let parts: Vec<usize> = mount["uuid"].as_str().unwrap().split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
    let (mine, first) = (&all["team-a/otp/"], &all["totp/"]);
    assert_eq!(mine["description"], "logins");
    assert_eq!((&mine["options"]["throttle"], &mine["options"]["max_failures"]), (&json!("off"), &json!("9")));
    assert_ne!((&mine["accessor"], &mine["uuid"]), (&first["accessor"], &first["uuid"]));
    // What tells a mount from others stays when it is tuned.
    assert_done(ask(&keep, "write", "sys/mounts/totp/tune", &json!({"options": {"free_attempts": "3"}})));
    let tuned = fields(ask(&keep, "read", "sys/mounts/totp", &Value::Null));
    assert_eq!((&tuned["accessor"], &tuned["uuid"]), (&first["accessor"], &first["uuid"]));
    assert_eq!(tuned["options"]["free_attempts"], "3");
}

#[test]
fn a_path_goes_to_the_mount_that_holds_it_now() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let (other, _) = crate::ask::keep(&folder);
    let key = json!({"key": SECRET});
    assert_done(ask(&other, "write", "totp/keys/x", &key));
    // What one handle does to mounts the other sees at its next request.
    assert_done(ask(&keep, "delete", "sys/mounts/totp", &Value::Null));
    assert!(ask(&other, "read", "totp/keys/x", &Value::Null).is_err());
    assert_done(ask(&keep, "write", "sys/mounts/totp/below", &json!({"type": "totp"})));
    assert_done(ask(&other, "write", "totp/below/keys/x", &key));
    let listed = response(ask(&keep, "list", "totp/below/keys", &Value::Null));
    assert_eq!((listed.data["keys"].clone(), listed.mount_type), (json!(["x"]), "totp"));
    // The mount that a handle is on does not matter.
    let elsewhere = keep.with_mount("none").unwrap();
    assert_eq!(fields(ask(&elsewhere, "list", "/totp/below/keys/", &Value::Null)), json!({"keys": ["x"]}));
    assert!(keep.mount("totp", &MountSpec::default()).is_err());
}
