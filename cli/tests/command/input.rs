//! `key=value`, `key=@file`, `key=-`, `@file` and `-`: where values come from.

use crate::support::{Home, SECRET, URL};

fn account(home: &Home, key: &str) -> String {
    home.done(["read", "-field=account_name", &format!("totp/keys/{key}")])
}

#[test]
fn a_url_comes_from_standard_input_or_a_file() {
    let home = Home::new();
    let file = home.write("url", &format!("{URL}\n"));
    home.run_with_input(["write", "totp/keys/a", "url=-"], URL).succeeded();
    home.done(["write", "totp/keys/b", &format!("url=@{}", file.display())]);
    home.done(["write", "totp/keys/c", "url=@url"]);
    home.run_with_input(["write", "totp/keys/d", "url=-"], &format!("{URL}\r\n")).succeeded();
    for key in ["a", "b", "c", "d"] {
        assert_eq!(account(&home, key), "test@gmail.com");
    }
}

#[test]
fn json_comes_from_standard_input_or_a_file() {
    let home = Home::new();
    let json = format!(r#"{{"key": "{SECRET}", "account_name": "json", "digits": 8, "exported": null}}"#);
    home.write("data.json", &json);
    home.run_with_input(["write", "totp/keys/a", "-"], &json).succeeded();
    home.done(["write", "totp/keys/b", "@data.json"]);
    home.run_with_input(["write", "totp/keys/c", "-", "issuer=Both"], &json).succeeded();
    for key in ["a", "b", "c"] {
        assert_eq!(account(&home, key), "json");
        assert_eq!(home.done(["read", "-field=digits", &format!("totp/keys/{key}")]), "8");
    }
    assert_eq!(home.done(["read", "-field=issuer", "totp/keys/c"]), "Both");
}

#[test]
fn values_keep_what_they_are() {
    let home = Home::new();
    for (name, value) in
        [("a", "--a-b"), ("b", "x=y=z"), ("c", "  spaced  "), ("d", "true"), ("e", "007"), ("f", "é漢")]
    {
        let account = format!("account_name={value}");
        home.done(["write", &format!("totp/keys/{name}"), &format!("key={SECRET}"), &account]);
        assert_eq!(self::account(&home, name), value);
    }
    home.done(["write", "totp/keys/at", &format!("key={SECRET}"), r"account_name=\@home"]);
    assert_eq!(account(&home, "at"), "@home");
}

#[test]
fn what_is_no_data_is_refused_without_being_repeated() {
    let home = Home::new();
    let write = |data: &[&str], input: &str| {
        home.run_with_input(["write", "totp/keys/x"].iter().copied().chain(data.iter().copied()), input)
    };
    write(&["issuer=x", URL.split_once('=').unwrap().0], "")
        .failed(1, "Failed to parse K=V data: argument 2 is not KEY=VALUE");
    write(&["=x"], "").failed(1, "Failed to parse K=V data: argument 1 is not KEY=VALUE");
    write(&["-"], "{\"key\": SECRET}").failed(1, "Failed to parse JSON: line 1, column 9");
    write(&["-"], "[\"SECRET\"]").failed(1, "Failed to parse JSON: an object of fields is expected");
    write(&["key=-", "issuer=-"], SECRET)
        .failed(1, "Standard input can be read once only: give the other values as @FILE");
    write(&["key=@missing"], "").failed(1, "Error reading missing: No such file or directory (os error 2)");
    write(&["key=-"], &"A".repeat((1 << 20) + 1)).failed(1, "Error reading standard input: longer than 1 MiB");
    write(&[], "").failed(1, "Must supply data or use -force");
    home.run(["write", "-f", "totp/keys/x"]).failed(1, "Error writing data to totp/keys/x: the key value is required");
    home.run(["write", "-force", "totp/keys/x"])
        .failed(1, "Error writing data to totp/keys/x: the key value is required");
}

#[test]
fn a_key_given_twice_becomes_a_list() {
    let home = Home::new();
    let found = home.json(["write", "-format=json", "sys/capabilities-self", "paths=totp/keys/a", "paths=sys/mounts"]);
    assert_eq!(found["data"]["totp/keys/a"][0], "root", "{found}");
    assert_eq!(found["data"]["sys/mounts"][0], "root");
    home.run(["write", "totp/keys/x", "issuer=a", "issuer=b"]).failed_with(1, "Field validation failed");
}

#[test]
fn a_secret_in_the_place_of_a_path_or_a_file_is_not_repeated() {
    let home = Home::new();
    let url = format!("otpauth://totp/x?secret={SECRET}");
    let spaced = format!("otpauth://totp/Acme Co:alice?secret={SECRET}&issuer=Acme Co");
    for line in [
        ["read", &spaced].as_slice(),
        &["policy", "read", &spaced],
        &["write", "totp/keys/x", &format!("url=@{spaced}")],
        &["backup", &spaced],
        &["read", &url.replace(':', "%3A")],
        &["read", &url.replace(':', "%253A")],
        &["read", &format!("otpauth-migration://offline?data={SECRET}")],
        &["read", &url],
        &["list", &url],
        &["delete", &url],
        &["path-help", &url],
        &["write", "-force", &url],
        &["read", &format!("totp/keys/{url}")],
        &["write", "totp/keys/x", &format!("url=@{url}")],
        &["read", "otk_abcdef"],
        &["token", "revoke", "@otk_abcdef"],
    ] {
        let outcome = home.run(line.iter().copied());
        assert_ne!(outcome.code, Some(0), "{line:?}");
        let told = [outcome.stdout.as_str(), &outcome.stderr].concat();
        assert!(!told.contains(SECRET) && !told.contains("otk_"), "{line:?}: {told}");
    }
}
