//! Misuse: what is said, and the exit status.

use crate::support::{Home, SECRET, URL};

#[test]
fn a_typing_error_is_told_with_what_was_meant() {
    let home = Home::empty();
    home.run(["raed", "totp/code/x"]).failed_with(1, "'read'");
    home.run(["read", "-fromat=json", "totp/code/x"]).failed_with(1, "'--format'");
    home.run(["read", "-format=yaml", "totp/code/x"]).failed_with(1, "table, json, raw");
    home.run(["policy", "reed", "x"]).failed_with(1, "read");
    home.run(["read"]).failed_with(1, "<PATH>");
    home.run([]).failed_with(1, "Usage: otpkeep");
}

#[test]
fn help_and_version_are_no_errors() {
    let home = Home::empty();
    for arguments in
        [vec!["-help"], vec!["--help"], vec!["-h"], vec!["help"], vec!["help", "write"], vec!["token", "-h"]]
    {
        assert!(home.done(arguments.iter().copied()).contains("Usage: otpkeep"), "{arguments:?}");
    }
    assert_eq!(home.done(["-version"]), format!("otpkeep {}\n", env!("CARGO_PKG_VERSION")));
    let help = home.done(["write", "-help"]);
    assert!(help.find("url=@").unwrap() < help.find("generate=true").unwrap(), "files come first");
}

#[test]
fn every_command_and_option_has_help() {
    let home = Home::empty();
    let mut waiting = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = waiting.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = home.done(arguments);
        seen += 1;
        let Some((_, commands)) = help.split_once("Commands:\n") else { continue };
        for line in commands.lines().take_while(|line| !line.is_empty()) {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap();
            assert!(words.next().is_some(), "{command:?} {name} has no help");
            if name != "help" {
                waiting.push(command.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
    }
    assert!(seen >= 30, "{seen} commands");
}

#[test]
fn one_dash_or_two() {
    let home = Home::with_test_key();
    for option in ["-field=issuer", "--field=issuer"] {
        assert_eq!(home.done(["read", option, "totp/keys/test"]), "Vault");
        assert_eq!(home.done(["read", "totp/keys/test", option]), "Vault");
    }
    assert_eq!(home.done(["read", "-field", "issuer", "totp/keys/test"]), "Vault");
    assert_eq!(home.done(["read", "-field=issuer", "--", "totp/keys/test"]), "Vault");
}

#[test]
fn what_stands_in_the_wrong_place_is_not_repeated() {
    let home = Home::with_test_key();
    let passphrase = format!("-passphrase={URL}");
    for arguments in [
        vec!["path-help", "totp", URL],
        vec!["write", "totp/keys/x", "url", URL],
        vec![URL],
        vec!["token", URL],
        vec!["init", &passphrase],
        vec!["read", "-url", URL],
        vec!["write", "totp/keys/x", "-url", URL],
        vec!["write", "totp/keys/x", &passphrase],
        vec!["write", "totp/keys/x", "generate=true", "issuer=x", "account_name=y", &format!("key={SECRET}")],
        vec!["write", "totp/keys/x", "digits=seven", &format!("url={URL}")],
    ] {
        let outcome = home.run(arguments.iter().copied());
        assert!(!outcome.stderr.contains(SECRET), "{outcome:?}");
        assert_eq!(outcome.code, Some(1));
    }
}
