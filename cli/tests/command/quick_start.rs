//! The quick start of Vault's TOTP page, command for command, with `otpkeep` in Vault's place.

use crate::support::{Home, SECRET, URL, rows};

#[test]
fn the_quick_start_command_for_command() {
    let home = Home::empty();
    home.done(["init"]);
    assert_eq!(home.done(["mount", "totp"]), "Successfully mounted 'totp' at 'totp'!\n");
    assert_eq!(
        home.done(["write", "totp/keys/test", &format!("url={URL}")]),
        "Success! Data written to: totp/keys/test\n"
    );

    let table = home.done(["read", "totp/code/test"]);
    let table = rows(&table);
    assert_eq!(table[0], ["Key", "Value"]);
    assert_eq!(table[1][0], "code");
    assert!(table[1][1].len() == 6 && table[1][1].bytes().all(|digit| digit.is_ascii_digit()), "{table:?}");

    let generated =
        home.done(["write", "totp/keys/test", "generate=true", "issuer=Vault", "account_name=test@gmail.com"]);
    let generated = rows(&generated);
    assert_eq!(generated[0], ["Key", "Value"]);
    assert_eq!(generated[1][0], "barcode");
    assert!(generated[1][1].starts_with("iVBORw0KGgo"), "a PNG in base64");
    assert_eq!(generated[2][0], "url");
    assert!(generated[2][1].starts_with("otpauth://totp/Vault:test%40gmail.com?"), "{:?}", generated[2]);
    assert!(!generated[2][1].contains(SECRET));

    let code = home.done(["read", "-field=code", "totp/code/test"]);
    let table = home.done(["write", "totp/code/test", &format!("code={code}")]);
    assert_eq!(rows(&table), [["Key", "Value"], ["valid", "true"]]);
    assert_eq!(table, "Key      Value\nvalid    true\n", "columns are aligned");

    let help = home.done(["path-help", "totp"]);
    for path in ["keys/:name", "code/:name"] {
        assert!(help.contains(path) || help.contains(path.trim_end_matches(":name")), "{path} in {help}");
    }
    let help = home.done(["path-help", "totp/keys/test"]);
    for part in ["Request:", "keys/test", "## PARAMETERS", "account_name", "url", "## DESCRIPTION"] {
        assert!(help.contains(part), "{part} in {help}");
    }
}

#[test]
fn a_code_is_valid_once_and_the_exit_status_says_so() {
    let home = Home::with_test_key();
    let code = home.done(["read", "-field=code", "totp/code/test"]);
    let argument = format!("code={code}");
    home.done(["write", "totp/code/test", &argument]);
    home.run(["write", "totp/code/test", &argument])
        .failed(1, "Error writing data to totp/code/test: code already used; wait until the next time period");

    let wrong = home.run(["write", "totp/code/test", "code=no"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(1), "Key      Value\nvalid    false\n"), "{wrong:?}");
    assert_eq!(wrong.stderr, "");
    let wrong = home.run(["write", "-field=valid", "totp/code/test", "code=no"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(1), "false"));
}

#[test]
fn keys_are_read_listed_and_deleted() {
    let home = Home::with_test_key();
    let table = home.done(["read", "totp/keys/test"]);
    for row in [["account_name", "test@gmail.com"], ["digits", "6"], ["issuer", "Vault"], ["period", "30s"]] {
        assert!(rows(&table).contains(&row.to_vec()), "{row:?} in {table}");
    }
    assert!(!table.contains(SECRET));
    assert_eq!(home.done(["list", "totp/keys"]), "Keys\ntest\n");
    assert_eq!(home.done(["delete", "totp/keys/test"]), "Success! Data deleted (if it existed) at: totp/keys/test\n");
    home.run(["read", "totp/keys/test"]).failed(2, "No value found at totp/keys/test");
    home.run(["list", "totp/keys"]).failed(2, "No value found at totp/keys");
    home.run(["read", "totp/code/test"]).failed(2, "Error reading totp/code/test: unknown key: test");
    home.done(["delete", "totp/keys/test"]);
}
