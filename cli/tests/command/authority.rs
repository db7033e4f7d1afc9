//! Tokens and policies: what the command may do, and what it says when it may not.

use crate::support::{Home, rows};

/// A token with this policy.
fn token(home: &Home, policy: &str) -> String {
    home.run_with_input(["policy", "write", "mine", "-"], policy).succeeded();
    home.done(["token", "create", "-policy=mine", "-field=token"])
}

#[test]
fn may_validate_but_not_read_codes() {
    let home = Home::with_test_key();
    let token = token(&home, "path \"totp/code/*\" { capabilities = [\"update\"] }");
    let environment = [("OTPKEEP_TOKEN", token.as_str())];
    home.run_with(&environment, ["read", "totp/code/test"])
        .failed(1, "Error reading totp/code/test: permission denied");
    home.run_with(&environment, ["read", "totp/code/nobody"])
        .failed(1, "Error reading totp/code/nobody: permission denied");
    let code = format!("code={}", home.done(["read", "-field=code", "totp/code/test"]));
    assert_eq!(home.run_with(&environment, ["write", "-field=valid", "totp/code/test", &code]).succeeded(), "true");
    for denied in [vec!["status"], vec!["rotate"], vec!["mounts"], vec!["list", "totp/keys"], vec!["slot", "list"]] {
        home.run_with(&environment, denied.clone()).failed_with(1, "denied");
    }
}

#[test]
fn may_read_one_keys_codes_and_nothing_else() {
    let home = Home::with_test_key();
    let token = token(&home, "path \"totp/code/test\" { capabilities = [\"read\"] }");
    let environment = [("OTPKEEP_TOKEN", token.as_str())];
    home.run_with(&environment, ["read", "totp/code/test"]).succeeded();
    home.run_with(&environment, ["read", "totp/keys/test"]).failed_with(1, "permission denied");
    home.run_with(&environment, ["write", "totp/code/test", "code=1"]).failed_with(1, "permission denied");
}

#[test]
fn may_enroll_but_not_read_back() {
    let home = Home::new();
    let token = token(&home, "path \"totp/keys/*\" { capabilities = [\"update\"] }");
    let environment = [("OTPKEEP_TOKEN", token.as_str())];
    let generate = ["write", "-field=url", "totp/keys/a", "generate=true", "issuer=A", "account_name=a"];
    assert!(home.run_with(&environment, generate).succeeded().starts_with("otpauth://"));
    home.run_with(&environment, ["read", "totp/keys/a"]).failed_with(1, "permission denied");
    home.run_with(&environment, ["read", "totp/code/a"]).failed_with(1, "permission denied");
}

#[test]
fn each_capability_allows_its_operation_and_no_other() {
    let home = Home::with_test_key();
    let operations: [(&str, &[&str]); 4] = [
        ("read", &["read", "totp/keys/test"]),
        ("update", &["write", "totp/keys/new", "key=JBSWY3DPEHPK3PXP"]),
        ("list", &["list", "totp/keys"]),
        ("delete", &["delete", "totp/keys/new"]),
    ];
    for capability in ["read", "update", "list", "delete", "create", "sudo", "deny"] {
        let token = token(&home, &format!("path \"totp/*\" {{ capabilities = [\"{capability}\"] }}"));
        for (needed, command) in operations {
            let outcome = home.run_with(&[("OTPKEEP_TOKEN", &token)], command.iter().copied());
            match capability == needed {
                true => drop(outcome.succeeded()),
                false => outcome.failed_with(1, "permission denied"),
            }
        }
    }
}

#[test]
fn tokens_are_made_looked_up_renewed_and_revoked() {
    let home = Home::new();
    let table = home.done(["token", "create", "-policy=default", "-ttl=1h", "-display-name=door", "-metadata=a=b"]);
    let table = rows(&table);
    let value = |name: &str| table.iter().find(|row| row[0] == name).map(|row| row[1].to_owned());
    let token = value("token").unwrap();
    assert_eq!(value("token_duration").as_deref(), Some("1h"));
    assert_eq!(value("token_renewable").as_deref(), Some("true"));
    assert_eq!(value("token_policies").as_deref(), Some("[default]"));
    assert_eq!(value("token_meta_a").as_deref(), Some("b"));
    let accessor = value("token_accessor").unwrap();

    home.write("token", &format!("{token}\n"));
    let environment = [("OTPKEEP_TOKEN_FILE", "token")];
    let own = home.run_with(&environment, ["token", "lookup", "-format=json"]).succeeded();
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    assert_eq!(own["data"]["accessor"], accessor.as_str());
    assert_eq!(own["data"]["display_name"], "door");
    assert_eq!(home.done(["token", "lookup", "-field=accessor", "@token"]), accessor);
    assert_eq!(home.run_with_input(["token", "lookup", "-field=accessor", "-"], &token).succeeded(), accessor);
    home.done(["token", "lookup", &format!("-accessor={accessor}")]);
    home.run_with(&environment, ["token", "renew", "-increment=30m"]).succeeded();
    home.run(["token", "revoke"]).failed_with(1, "--self");
    assert_eq!(
        home.done(["token", "revoke", &format!("-accessor={accessor}")]),
        "Success! Revoked token (if it existed)\n"
    );
    home.run_with(&environment, ["token", "lookup"]).failed_with(1, "Error using the token");
    home.run(["token", "lookup", "@token"]).failed_with(1, "Error looking up token: bad token");
}

#[test]
fn capabilities_are_told() {
    let home = Home::new();
    let token = token(&home, "path \"totp/code/*\" { capabilities = [\"update\", \"read\"] }");
    home.write("token", &token);
    assert_eq!(home.done(["token", "capabilities", "totp/code/x"]), "root\n");
    assert_eq!(home.done(["token", "capabilities", "@token", "totp/code/x"]), "read, update\n");
    let environment = [("OTPKEEP_TOKEN", token.as_str())];
    assert_eq!(home.run_with(&environment, ["token", "capabilities", "totp/code/x"]).succeeded(), "read, update\n");
    assert_eq!(home.run_with(&environment, ["token", "capabilities", "totp/keys/x"]).succeeded(), "deny\n");
}

#[test]
fn policies_are_written_read_listed_and_deleted() {
    let home = Home::new();
    let text = "path \"totp/code/*\" {\n  capabilities = [\"read\"]\n}\n";
    home.write("reader.hcl", text);
    assert_eq!(home.done(["policy", "write", "reader", "reader.hcl"]), "Success! Uploaded policy: reader\n");
    assert_eq!(home.done(["policy", "read", "reader"]), text);
    assert_eq!(home.done(["policy", "list"]), "default\nreader\nroot\n");
    assert_eq!(home.done(["policy", "delete", "reader"]), "Success! Deleted policy: reader\n");
    home.run(["policy", "read", "reader"]).failed(2, "No policy named: reader");
    home.run_with_input(["policy", "write", "bad", "-"], "path \"x\" {\n capabilities = [\"banana\"]\n}")
        .failed_with(1, "invalid capability \"banana\"");
    assert_eq!(home.done(["policy", "list"]), "default\nroot\n", "nothing was stored");
}

#[test]
fn a_token_that_is_none_opens_nothing() {
    let home = Home::with_test_key();
    for token in ["x", "otk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let outcome = home.run_with(&[("OTPKEEP_TOKEN", token)], ["read", "totp/code/test"]);
        assert!(!outcome.stderr.contains("AAAA"));
        outcome.failed_with(1, "Error using the token");
    }
    home.run_with(&[("OTPKEEP_TOKEN", "x"), ("OTPKEEP_TOKEN_FILE", "y")], ["mounts"])
        .failed(1, "Give one of OTPKEEP_TOKEN and OTPKEEP_TOKEN_FILE, not both");
}

#[test]
fn the_audit_log_has_every_request_and_no_secret() {
    let home = Home::with_test_key();
    let log = home.path("audit.log");
    home.done(["audit", "enable", "file", &format!("file_path={}", log.display())]);
    assert!(home.done(["audit", "list"]).contains("audit.log"));
    let code = home.done(["read", "-field=code", "totp/code/test"]);
    home.done(["write", "totp/code/test", &format!("code={code}")]);
    home.run(["write", "totp/code/test", &format!("code={code}")]).failed_with(1, "already used");
    let hash = home.run_with_input(["audit", "hash", "file", "-"], &code).succeeded();
    let written = std::fs::read_to_string(&log).unwrap();
    let hash = hash.split_whitespace().find(|word| word.starts_with("hmac-sha256:")).unwrap();
    assert!(written.contains(hash) && !written.contains(&format!("\"{code}\"")), "{written}");
    for outcome in ["accepted", "replayed-code", "done"] {
        assert!(written.contains(&format!("\"outcome\":\"{outcome}\"")), "{outcome}: {written}");
    }
    // Where nothing can be written, nothing is done.
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    home.run(["read", "totp/code/test"]).failed_with(1, "audit");
    std::fs::remove_dir(&log).unwrap();
    home.done(["audit", "disable", "file"]);
    home.run(["audit", "enable", "full", "file_path=/dev/full"]).failed_with(1, "audit");
}

#[test]
fn an_empty_token_is_not_the_root_key() {
    let home = Home::with_test_key();
    for name in ["OTPKEEP_TOKEN", "OTPKEEP_TOKEN_FILE"] {
        home.run_with(&[(name, "")], ["list", "totp/keys"]).failed_with(1, "is set, but empty");
    }
}
