//! Rotation, slots, backups, completions.

use std::fs;

use crate::support::{Home, mode, rows};

#[test]
fn rotation_and_rewrapping_leave_one_term() {
    let home = Home::with_test_key();
    assert_eq!(home.done(["rotate"]), "Success! What is written from now on is sealed under term 2\n");
    assert_eq!(home.done(["status", "-field=terms"]), "2");
    assert!(home.done(["rewrap"]).starts_with("Success! Records sealed anew: "));
    assert_eq!(home.done(["status", "-field=terms"]), "1");
    home.done(["read", "totp/code/test"]);
}

#[test]
fn slots_are_added_listed_and_removed() {
    let home = Home::with_test_key();
    home.write("passphrase", "correct horse");
    let cheap = ["slot", "add", "-new-passphrase-file=passphrase", "-memory-kib=19456", "-passes=1"];
    assert_eq!(home.done(cheap), "Success! Added slot: 2\n");
    assert_eq!(home.done(["slot", "add", "-new-key-file=second.key"]), "Success! Added slot: 3\n");
    assert_eq!(mode(&home.path("second.key")), 0o600);
    let table = home.done(["slot", "list"]);
    let kinds: Vec<_> = rows(&table).iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let expected = [("Slot", "Kind"), ("1", "key-file"), ("2", "passphrase"), ("3", "key-file")];
    assert_eq!(kinds, expected.map(|(id, kind)| (id.to_owned(), kind.to_owned())));
    assert_eq!(home.done(["slot", "remove", "1"]), "Success! Removed slot: 1\n");
    home.run(["read", "totp/code/test"]).failed_with(1, "Error opening");
    home.done(["read", "-passphrase-file=passphrase", "totp/code/test"]);
    home.done(["read", "-key-file=second.key", "totp/code/test"]);
    home.done(["slot", "remove", "-key-file=second.key", "2"]);
    home.run(["slot", "remove", "-key-file=second.key", "3"]).failed_with(1, "last sound slot");
    home.run(["slot", "add"]).failed_with(1, "--new-key-file");
}

#[test]
fn a_restored_backup_accepts_no_code_that_may_have_been_used() {
    let home = Home::with_test_key();
    assert_eq!(home.done(["backup", "copy.keep"]), "Success! Backup made at: copy.keep\n");
    assert_eq!(mode(&home.path("copy.keep")), 0o600);
    home.run(["backup", "copy.keep"]).failed_with(1, "Error backing up to copy.keep: ");
    home.run(["backup", "no/where.keep"]).failed_with(1, "Error backing up to no/where.keep: ");
    home.run(["restore", "-location=other.keep", "missing.keep"]).failed_with(1, "Error restoring missing.keep: ");
    let code = home.done(["read", "-field=code", "totp/code/test"]);
    home.done(["write", "totp/code/test", &format!("code={code}")]);
    home.run(["restore", "copy.keep"]).failed_with(1, "Error restoring copy.keep: ");
    home.done(["restore", "-location=new/auth.keep", "copy.keep"]);
    assert_eq!(mode(&home.path("new")), 0o700);
    home.run(["write", "-location=new/auth.keep", "totp/code/test", &format!("code={code}")])
        .failed_with(1, "code already used");
}

#[test]
fn status_tells_what_may_be_told() {
    let home = Home::with_test_key();
    let status = home.json(["status", "-format=json"]);
    assert_eq!((&status["data"]["keys"], &status["data"]["mounts"]), (&1.into(), &1.into()));
    assert_eq!(status["data"]["slots"][0]["kind"], "key-file");
    let table = home.done(["status"]);
    assert!(rows(&table).contains(&vec!["slots", "1 key-file"]), "{table}");
}

#[test]
fn each_shell_gets_its_completions() {
    let home = Home::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.done(["completions", shell]);
        assert!(script.contains("otpkeep") && script.contains("path-help"), "{shell}");
    }
    assert_eq!(fs::read_dir(home.path("")).unwrap().count(), 0, "no keep is opened or made");
}
