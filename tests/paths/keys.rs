use otpkeep::Kind;
use serde_json::{Value, json};

use crate::ask::{ask, assert_done, assert_nothing, command, fields, keep, refusal, response};
use crate::support::{Folder, OTHER_SECRET, SECRET, START, code};

#[test]
fn the_quick_start_works() {
    let folder = Folder::new();
    let (keep, _) = keep(&folder);
    let keep = keep.with_mount("totp").unwrap();
    assert_done(command(&keep, "delete sys/mounts/totp"));
    assert_done(command(&keep, "write sys/mounts/totp type=totp"));
    let url = "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault";
    assert_done(command(&keep, &format!("write totp/keys/test url={url}")));
    let read = fields(command(&keep, "read totp/code/test"));
    assert_eq!(read["code"], code(&keep, "test", START));
    assert_eq!(read["expire_time"], START + 30);
    assert_eq!((&read["generated"], &read["period"]), (&json!(START), &json!("30s")));
    let made = fields(command(&keep, "write totp/keys/test generate=true issuer=Vault account_name=test@gmail.com"));
    assert!(made["url"].as_str().unwrap().starts_with("otpauth://totp/Vault:test%40gmail.com?secret="));
    let png = data_encoding::BASE64.decode(made["barcode"].as_str().unwrap().as_bytes()).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n"));
    let code = fields(command(&keep, "read totp/code/test"))["code"].as_str().unwrap().to_owned();
    assert_eq!(fields(command(&keep, &format!("write totp/code/test code={code}"))), json!({"valid": true}));
    for path in ["totp", "totp/keys/test"] {
        let help = fields(command(&keep, &format!("help {path}")));
        assert!(help["help"].as_str().unwrap().contains("## DESCRIPTION"));
    }
}

#[test]
fn a_generated_key_is_shown_once_as_asked() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let whose = |more: Value| {
        let mut all = json!({"generate": true, "issuer": "Acme", "account_name": "a"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let write = |more: Value| ask(&keep, "write", "totp/keys/a", &whose(more));
    let names = |answer| fields(answer).as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(write(json!({}))), ["barcode", "url"]);
    assert_eq!(names(write(json!({"qr_size": 0}))), ["url"]);
    assert_eq!(names(write(json!({"qr_size": null}))), ["url"]);
    assert_done(write(json!({"exported": false})));
    assert_done(write(json!({"exported": null})));
    assert_done(write(json!({"exported": "false", "qr_size": 1})));
    for size in [16, 20, 64] {
        let url = fields(write(json!({"key_size": size})))["url"].as_str().unwrap().to_owned();
        let secret = url.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        assert_eq!(otpkeep::otp::decode_secret(&secret).unwrap().expose().len(), size);
    }
    // A size too small for the barcode names the smallest, and nothing is stored.
    let small = refusal(ask(&keep, "write", "totp/keys/b", &whose(json!({"qr_size": 10}))));
    assert_eq!(small.kind, Kind::InvalidArgument);
    assert!(small.sentence.starts_with("the qr_size value is too small for this barcode"), "{}", small.sentence);
    assert_nothing(ask(&keep, "read", "totp/keys/b", &Value::Null));
}

#[test]
fn writing_replaces_a_key_as_a_whole_and_remembers_used_codes() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let write = |fields: Value| assert_done(ask(&keep, "write", "totp/keys/a", &fields));
    write(json!({"key": SECRET, "issuer": "Acme", "account_name": "a", "digits": 8, "period": 60, "skew": 0}));
    let used = fields(ask(&keep, "read", "totp/code/a", &Value::Null))["code"].clone();
    assert_eq!(fields(ask(&keep, "write", "totp/code/a", &json!({"code": used}))), json!({"valid": true}));
    write(json!({"key": SECRET, "digits": 8, "period": 60, "skew": 0}));
    let read = fields(ask(&keep, "read", "totp/keys/a", &Value::Null));
    assert_eq!((&read["issuer"], &read["account_name"]), (&json!(""), &json!("")));
    assert_eq!((&read["created"], &read["last_used"]), (&json!(START), &json!(START)));
    let again = refusal(ask(&keep, "write", "totp/code/a", &json!({"code": used})));
    assert_eq!(again.kind, Kind::ReplayedCode);
    write(json!({"key": OTHER_SECRET}));
    let read = fields(ask(&keep, "read", "totp/keys/a", &Value::Null));
    assert_eq!((&read["digits"], &read["period"], &read["skew"]), (&json!(6), &json!(30), &json!(1)));
    assert_eq!(read["last_used"], Value::Null);
}

#[test]
fn names_are_listed_in_pages() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    assert_nothing(command(&keep, "list totp/keys"));
    let names: Vec<String> = (0..2_050).map(|number| format!("key{number:04}")).collect();
    for name in &names {
        keep.write_key(name, &crate::support::key(SECRET)).unwrap();
    }
    let list = |line: &str| fields(command(&keep, line))["keys"].clone();
    for line in
        ["list totp/keys", "list totp/keys/", "list /totp/keys", "list totp/keys limit=0", "list totp/keys limit=-1"]
    {
        assert_eq!(list(line), json!(names), "{line}");
    }
    assert_eq!(list("list totp/keys limit=3"), json!(names[..3]));
    assert_eq!(list("list totp/keys limit=1500"), json!(names[..1500]));
    assert_eq!(list("list totp/keys after=key0003"), json!(names[4..]));
    assert_eq!(list("list totp/keys after=key0003x limit=0x2"), json!(names[4..6]));
    assert_nothing(command(&keep, "list totp/keys after=key2049"));
}

#[test]
fn what_is_odd_is_told_even_where_nothing_else_is() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let typo = response(ask(&keep, "write", "totp/keys/a", &json!({"key": SECRET, "acount_name": "a", "b": 1})));
    assert!(typo.data.is_empty());
    assert_eq!(typo.warnings, ["Endpoint ignored these unrecognized parameters: [acount_name b]"]);
    assert_eq!(typo.mount_type, "totp");
    let named = response(ask(&keep, "write", "totp/keys/a", &json!({"key": SECRET, "name": "b"})));
    assert_eq!(
        named.warnings,
        ["Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [name]"]
    );
    assert_nothing(command(&keep, "read totp/keys/b"));
    let short = response(command(&keep, "write totp/keys/a key=JBSWY3DPEHPK3PXP"));
    assert_eq!(short.warnings, ["the secret is shorter than 128 bits, the least that RFC 4226 allows"]);
}
