//! Mounts and their options.

use crate::support::{Home, SECRET, rows};

#[test]
fn mounts_are_made_listed_tuned_and_removed() {
    let home = Home::new();
    assert_eq!(
        home.done(["mount", "-path=team-a/otp", "-description=Team A", "-options=free_attempts=3", "totp"]),
        "Successfully mounted 'totp' at 'team-a/otp'!\n"
    );
    let table = home.done(["mounts"]);
    let table = rows(&table);
    assert_eq!(table[0], ["Path", "Type", "Accessor", "Description"]);
    assert_eq!((table[1][0], table[1][1], table[1][3]), ("team-a/otp/", "totp", "Team A"));
    assert_eq!((table[2][0], table[2][3]), ("totp/", "n/a"));
    assert!(home.done(["mounts", "-detailed"]).contains("free_attempts=3"));
    assert_eq!(home.json(["mounts", "-format=json"])["team-a/otp/"]["type"], "totp");

    home.done(["write", "team-a/otp/keys/a", &format!("key={SECRET}")]);
    assert_eq!(home.done(["list", "team-a/otp/keys"]), "Keys\na\n");
    assert_eq!(
        home.done(["tune", "-options=throttle=off", "-description=x", "team-a/otp/"]),
        "Success! Tuned the mount at: team-a/otp/\n"
    );
    let shown = home.done(["tune", "team-a/otp"]);
    assert!(rows(&shown).iter().any(|row| row[..] == ["description", "x"]), "{shown}");
    assert_eq!(home.done(["unmount", "team-a/otp"]), "Successfully unmounted 'team-a/otp' if it was mounted\n");
    home.run(["list", "team-a/otp/keys"])
        .failed_with(1, "no handler for route \"team-a/otp/keys\". route entry not found.");
}

#[test]
fn bad_mounts_are_refused_in_vaults_words() {
    let home = Home::new();
    home.run(["mount", "totp"]).failed(1, "Error mounting at totp: path is already in use at totp/");
    home.run(["mount", "-path=sys", "totp"]).failed_with(1, "cannot mount \"sys/\"");
    home.run(["mount", "kv"]).failed_with(1, "plugin not found in the catalog");
    home.run(["mount", "-path=x", "-options=throttle", "totp"]).failed(1, "-options takes NAME=VALUE");
}
