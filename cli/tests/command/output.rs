//! Formats, fields and warnings.

use serde_json::json;

use crate::support::{Home, SECRET};

#[test]
fn one_field_is_printed_as_it_is() {
    let home = Home::with_test_key();
    assert_eq!(home.done(["read", "-field=issuer", "totp/keys/test"]), "Vault", "no line end in a pipe");
    assert_eq!(home.done(["read", "-format=raw", "-field=issuer", "totp/keys/test"]), "Vault");
    assert_eq!(home.done(["read", "-format=json", "-field=issuer", "totp/keys/test"]), "\"Vault\"");
    assert_eq!(home.done(["read", "-field=digits", "totp/keys/test"]), "6");
    home.run(["read", "-field=colour", "totp/keys/test"]).failed(1, "Field \"colour\" not present in the answer");
    home.run(["read", "-format=raw", "totp/keys/test"]).failed(1, "-format=raw prints one field: name it by -field");
}

#[test]
fn json_holds_data_warnings_and_auth() {
    let home = Home::with_test_key();
    let answer = home.json(["read", "-format=json", "totp/keys/test"]);
    assert_eq!((&answer["data"]["issuer"], &answer["data"]["digits"]), (&json!("Vault"), &json!(6)));
    assert_eq!((&answer["warnings"], &answer["auth"]), (&json!(null), &json!(null)));
    assert_eq!(answer["mount_type"], "totp");
    assert_eq!(home.json(["list", "-format=json", "totp/keys"]), json!(["test"]), "as Vault's command prints lists");
    assert_eq!(
        home.json(["write", "-format=json", "totp/keys/x", &format!("key={SECRET}")]),
        json!({ "data": null, "warnings": null, "auth": null, "mount_type": "" })
    );
    let token = home.json(["token", "create", "-format=json", "-policy=default"]);
    assert!(token["auth"]["client_token"].as_str().unwrap().starts_with("otk_"), "{token}");
}

#[test]
fn an_unknown_field_is_a_warning_on_standard_error() {
    let home = Home::new();
    let key = format!("key={SECRET}");
    let outcome = home.run(["write", "totp/keys/x", &key, "acount_name=typo"]);
    assert!(outcome.stderr.starts_with("WARNING! ") && outcome.stderr.contains("acount_name"), "{outcome:?}");
    assert_eq!(outcome.succeeded(), "Success! Data written to: totp/keys/x\n");
    let answer = home.json(["write", "-format=json", "totp/keys/x", &key, "acount_name=typo"]);
    assert!(answer["warnings"][0].as_str().unwrap().contains("acount_name"), "{answer}");
}

#[test]
fn lists_come_in_pages() {
    let home = Home::new();
    for name in ["a", "b", "c"] {
        home.done(["write", &format!("totp/keys/{name}"), &format!("key={SECRET}")]);
    }
    assert_eq!(home.done(["list", "totp/keys"]), "Keys\na\nb\nc\n");
    assert_eq!(home.done(["list", "-after=a", "-limit=1", "totp/keys"]), "Keys\nb\n");
    assert_eq!(home.done(["list", "totp/keys", "after=a", "limit=1"]), "Keys\nb\n");
    assert_eq!(home.done(["list", "totp/keys/"]), "Keys\na\nb\nc\n");
    home.run(["list", "-after=c", "totp/keys"]).failed(2, "No value found at totp/keys");
}

#[test]
fn what_could_steer_a_terminal_is_escaped() {
    let home = Home::new();
    home.done(["tune", "-description=\u{1b}[2Jgone\u{7}", "totp"]);
    let table = home.done(["mounts"]);
    assert!(table.contains(r"\u{1b}[2Jgone\u{7}"), "{table}");
    assert!(table.chars().all(|character| character == '\n' || !character.is_control()));
}

#[test]
fn a_barcode_is_saved_for_its_owner_alone_and_never_over_another() {
    let home = Home::new();
    let generate = ["write", "-barcode=alice.png", "totp/keys/alice", "generate=true", "issuer=A", "account_name=a"];
    home.done(generate);
    let png = home.path("alice.png");
    assert_eq!(crate::support::mode(&png), 0o600);
    let first = std::fs::read(&png).unwrap();
    assert!(first.starts_with(b"\x89PNG\r\n\x1a\n"));
    home.run(generate).failed(1, "alice.png exists: -force replaces it");
    assert_eq!(std::fs::read(&png).unwrap(), first);
    home.done([
        "write",
        "-force",
        "-barcode=alice.png",
        "totp/keys/alice",
        "generate=true",
        "issuer=A",
        "account_name=a",
    ]);
    assert_ne!(std::fs::read(&png).unwrap(), first);
    let import = ["write", "-barcode=new.png", "totp/keys/carol", &format!("key={SECRET}")];
    assert!(home.run(import).stderr.starts_with("No barcode was saved"));
    assert!(!home.path("new.png").exists());
    home.run(["write", "-barcode=no/where.png", "totp/keys/bob", "generate=true", "issuer=A", "account_name=b"])
        .failed_with(1, "Error writing no/where.png");
    home.run(["read", "totp/keys/bob"]).failed(2, "No value found at totp/keys/bob");
    assert_eq!(
        std::fs::read_dir(home.path(""))
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_str().unwrap().contains("draft") })
            .count(),
        0
    );
}
