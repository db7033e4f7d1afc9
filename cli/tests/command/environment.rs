//! Where the keep is and what opens it.

use std::fs;

use crate::support::{Home, mode};

#[test]
fn init_makes_a_keep_and_a_key_file_for_their_owner_alone() {
    let home = Home::empty();
    let said = home.done(["init"]);
    assert!(said.contains(home.location().to_str().unwrap()) && said.contains(home.key_file().to_str().unwrap()));
    for file in [home.location(), home.key_file()] {
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700), "{}", file.display());
    }
    assert_eq!(home.keep().list_mounts().unwrap(), [], "nothing is mounted");

    let key = fs::read(home.key_file()).unwrap();
    home.run(["init"]).failed_with(1, "exists: a keep is never made over it");
    fs::remove_file(home.location()).unwrap();
    home.done(["init", "-location=other.keep"]);
    assert_eq!(fs::read(home.key_file()).unwrap(), key, "a key file is never made over another");
}

#[test]
fn the_usual_folders_follow_the_environment() {
    let home = Home::empty();
    let (data, config) = (home.path("data"), home.path("config"));
    let folders = [("XDG_DATA_HOME", data.to_str().unwrap()), ("XDG_CONFIG_HOME", config.to_str().unwrap())];
    home.run_with(&folders, ["init"]).succeeded();
    assert!(data.join("otpkeep/auth.keep").is_file() && config.join("otpkeep/root.key").is_file());
    home.run_with(&folders, ["status"]).succeeded();
    home.run(["status"]).failed_with(2, "otpkeep init makes one");
}

#[test]
fn options_come_before_variables_and_these_before_the_usual_folders() {
    let home = Home::new();
    home.done(["init", "-location=second.keep", "-key-file=second.key"]);
    let second = [("OTPKEEP_LOCATION", "second.keep"), ("OTPKEEP_KEY_FILE", "second.key")];
    assert_eq!(home.run_with(&second, ["status", "-field=mounts"]).succeeded(), "0");
    assert_eq!(home.done(["status", "-field=mounts"]), "1");
    let location = format!("-location={}", home.location().display());
    let key_file = format!("--key-file={}", home.key_file().display());
    let arguments = ["status", "-field=mounts", &location, &key_file];
    assert_eq!(home.run_with(&second, arguments).succeeded(), "1");
    home.run(["status", "-location=second.keep"]).failed_with(1, "Error opening second.keep");
}

#[test]
fn a_passphrase_comes_from_a_file_or_the_environment() {
    let home = Home::empty();
    home.write("passphrase", "correct horse\n");
    let cheap = ["init", "-passphrase-file=passphrase", "-memory-kib=19456", "-passes=1"];
    home.done(cheap);
    assert!(!home.key_file().exists());
    home.done(["status", "-passphrase-file", "passphrase"]);
    home.run_with(&[("OTPKEEP_PASSPHRASE_FILE", "passphrase")], ["status"]).succeeded();
    home.run_with(&[("OTPKEEP_PASSPHRASE", "correct horse")], ["status"]).succeeded();
    home.run_with(&[("OTPKEEP_PASSPHRASE", "wrong horse")], ["status"]).failed_with(1, "Error opening");
    home.run_with(&[("OTPKEEP_PASSPHRASE", "x"), ("OTPKEEP_KEY_FILE", "y")], ["status"])
        .failed(1, "Give one of OTPKEEP_KEY_FILE, OTPKEEP_PASSPHRASE_FILE and OTPKEEP_PASSPHRASE, not several");
}

#[test]
fn nothing_is_made_or_asked_where_no_keep_is() {
    let home = Home::empty();
    let missing = format!("No keep at {}: otpkeep init makes one", home.location().display());
    home.run(["read", "totp/code/x"]).failed(2, &missing);
    home.run_with(&[("OTPKEEP_PASSPHRASE", "x")], ["mount", "totp"]).failed(2, &missing);
    assert_eq!(fs::read_dir(home.path("")).unwrap().count(), 0);
}

#[test]
fn a_key_file_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    fs::set_permissions(home.key_file(), fs::Permissions::from_mode(0o620)).unwrap();
    home.run(["status"]).failed_with(1, "the key file can be written by group or others");
    fs::set_permissions(home.key_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = home.run(["status"]);
    assert!(outcome.stderr.starts_with("WARNING! the key file can be read"), "{outcome:?}");
    outcome.succeeded();
}
