use std::fs;
use std::sync::{Arc, Mutex};

use otpkeep::access::TokenSpec;
use otpkeep::{Keep, KeySpec, Kind, Outcome, SecretText};
use serde_json::Value;

use crate::support::{Folder, SECRET, START, clocked_options, failure, time};

fn lines(path: &std::path::Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn secret() -> KeySpec {
    KeySpec { secret: Some(SecretText::copy_of(SECRET)), issuer: Some("Acme".into()), ..KeySpec::default() }
}

#[test]
fn a_name_that_no_key_can_have_is_in_the_log_too() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let (file, path) = (folder.file("audit.log"), folder.file("audit.log").to_str().unwrap().to_owned());
    keep.write_key("alice", &secret()).unwrap();
    keep.read_code("alice").unwrap();
    keep.enable_audit("file", &path).unwrap();
    assert_eq!(failure(keep.read_code("a b\n")).kind(), Kind::InvalidArgument);
    assert_eq!(failure(keep.validate_code("a b\n", "123456")).kind(), Kind::InvalidArgument);
    let lines = lines(&file);
    let answers = lines.iter().filter(|line| line["type"] == "answer");
    assert_eq!(answers.filter(|line| line["outcome"] == "invalid-argument").count(), 2);
}

#[test]
fn each_request_and_answer_is_a_line() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let (file, path) = (folder.file("audit.log"), folder.file("audit.log").to_str().unwrap().to_owned());
    keep.write_key("before", &secret()).unwrap();
    keep.enable_audit("file", &path).unwrap();
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    keep.write_key("alice", &secret()).unwrap();
    let code = keep.read_code("alice").unwrap();
    assert!(keep.validate_code("alice", code.value()).unwrap().is_accepted());
    keep.read_key("nobody").unwrap_err();
    let token = keep.create_token(&TokenSpec { policies: Some(vec!["none".into()]), ..TokenSpec::default() }).unwrap();
    let handle = keep.with_token(token.secret.expose()).unwrap();
    failure(handle.read_code("alice"));
    keep.rotate().unwrap();
    keep.disable_audit("file").unwrap();
    keep.read_code("alice").unwrap();
    let lines = lines(&file);
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
            [text("type"), text("authority"), text("operation"), text("path"), text("outcome")].join(" ")
        })
        .collect();
    let expected = [
        "enabled - - - -",
        "request root update totp/keys/alice -",
        "answer root update totp/keys/alice done",
        "request root read totp/code/alice -",
        "answer root read totp/code/alice done",
        "request root update totp/code/alice -",
        "answer root update totp/code/alice accepted",
        "request root read totp/keys/nobody -",
        "answer root read totp/keys/nobody key-not-found",
        "request root update auth/token/create -",
        "answer root update auth/token/create done",
        "request token read totp/code/alice -",
        "answer token read totp/code/alice permission-denied",
        "request root rotate - -",
        "answer root rotate - done",
        "request root delete sys/audit/file -",
        "answer root delete sys/audit/file done",
    ];
    assert_eq!(told, expected);
    assert_eq!(lines[11]["accessor"], token.token.accessor.as_str());
    assert_eq!(lines[1]["parameters"]["issuer"], "Acme");
    assert_eq!(lines[1]["parameters"]["key"], keep.audit_hash(SECRET).unwrap().as_str());
    assert_eq!(lines[5]["parameters"]["code"], keep.audit_hash(code.value()).unwrap().as_str());
    assert_eq!(lines[1]["id"], lines[2]["id"]);
    assert_ne!(lines[1]["id"], lines[3]["id"]);
    assert_eq!(lines[1]["time"], "2027-01-16T00:00:00Z");
}

#[test]
fn ten_thousand_lines_hold_no_secret() {
    let folder = Folder::in_memory();
    let (clock, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let file = folder.file("audit.log");
    keep.enable_audit("file", file.to_str().unwrap()).unwrap();
    let mut hidden = vec![SECRET.to_owned(), "otpauth".into(), "correct horse".into()];
    keep.write_policy("reader", r#"path "totp/*" { capabilities = ["read", "update"] } # correct horse"#).unwrap();
    let spec = TokenSpec { policies: Some(vec!["reader".into()]), ..TokenSpec::default() };
    let token = keep.create_token(&spec).unwrap();
    hidden.push(token.secret.expose().into());
    let reader = keep.with_token(token.secret.expose()).unwrap();
    keep.lookup_token(otpkeep::access::TokenRef::Token(token.secret.expose())).unwrap();
    let url = format!("otpauth://totp/Acme:alice?secret={SECRET}&issuer=Acme");
    keep.write_key("alice", &KeySpec { url: Some(SecretText::from(url)), ..KeySpec::default() }).unwrap();
    let enrolled = KeySpec { issuer: Some("A".into()), account_name: Some("b".into()), ..KeySpec::default() };
    let enrollment = keep.generate_key("bob", &enrolled).unwrap();
    hidden.push(enrollment.url().split("secret=").nth(1).unwrap().into());
    for round in 0..1_300 {
        clock.set(time(START + 30 * round));
        let code = reader.read_code("alice").unwrap();
        assert_eq!(reader.validate_code("alice", code.value()).unwrap().outcome, Outcome::Accepted);
        assert_eq!(reader.validate_code("alice", code.value()).unwrap().outcome, Outcome::Replayed);
        assert_eq!(reader.validate_code("bob", "not a code at all").unwrap().outcome, Outcome::Malformed);
        hidden.push(code.value().into());
    }
    hidden.push("not a code".into());
    let log = fs::read_to_string(&file).unwrap();
    assert!(log.lines().count() > 10_000, "{} lines", log.lines().count());
    // A code is six digits: it may stand within a hash or an identity, never by itself.
    for secret in hidden {
        let shown = log.match_indices(&secret).any(|(at, found)| {
            let digit = |c: char| c.is_ascii_hexdigit();
            !log[..at].ends_with(digit) && !log[at + found.len()..].starts_with(digit)
        });
        assert!(!shown, "a secret stands in the audit log");
    }
}

#[test]
fn what_cannot_be_logged_does_not_happen() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &secret()).unwrap();
    let code = keep.read_code("alice").unwrap();
    assert_eq!(keep.enable_audit("full", "/dev/full").unwrap_err().kind(), Kind::AuditFailed);
    assert!(keep.list_audits().unwrap().is_empty());
    // A file whose folder goes away afterwards.
    let place = folder.file("place");
    fs::create_dir(&place).unwrap();
    keep.enable_audit("file", place.join("audit.log").to_str().unwrap()).unwrap();
    let other = Keep::open(folder.keep(), &options).unwrap();
    fs::rename(&place, folder.file("elsewhere")).unwrap();
    for keep in [&keep, &other] {
        assert_eq!(keep.validate_code("alice", code.value()).unwrap_err().kind(), Kind::AuditFailed);
        assert_eq!(keep.validate_code("alice", "000000").unwrap_err().kind(), Kind::AuditFailed);
        assert_eq!(keep.write_key("bob", &secret()).unwrap_err().kind(), Kind::AuditFailed);
        assert_eq!(failure(keep.read_code("alice")).kind(), Kind::AuditFailed);
        assert_eq!(keep.disable_audit("file").unwrap_err().kind(), Kind::AuditFailed);
    }
    // A disk that is full, where every write fails with ENOSPC.
    fs::create_dir(&place).unwrap();
    std::os::unix::fs::symlink("/dev/full", place.join("audit.log")).unwrap();
    for keep in [&keep, &other] {
        for attempt in [code.value(), "000000"] {
            let error = failure(keep.validate_code("alice", attempt));
            assert!(error.kind() == Kind::AuditFailed && error.reason().contains("No space left"), "{error}");
        }
    }
    fs::remove_dir_all(&place).unwrap();
    fs::rename(folder.file("elsewhere"), &place).unwrap();
    assert_eq!(keep.read_attempts("alice").unwrap().failures, 0);
    assert_eq!(keep.list_keys("").unwrap(), ["alice"]);
    assert_eq!(keep.validate_code("alice", code.value()).unwrap().outcome, Outcome::Accepted);
}

#[test]
fn the_host_may_keep_the_log_itself_and_refuse() {
    let folder = Folder::new();
    let (_, mut options) = clocked_options();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    options.set_audit_sink(Arc::new(move |line: &str| {
        let mut seen = sink.lock().unwrap();
        if seen.len() >= 3 {
            return Err(std::io::Error::other("no more"));
        }
        seen.push(line.to_owned());
        Ok(())
    }));
    let keep = Keep::open(folder.keep(), &options).unwrap();
    keep.write_key("alice", &secret()).unwrap();
    // The answer of the second cannot be logged: it was done, and fails all the same.
    assert_eq!(keep.write_key("bob", &secret()).unwrap_err().kind(), Kind::AuditFailed);
    assert_eq!(keep.write_key("carol", &secret()).unwrap_err().kind(), Kind::AuditFailed);
    let (_, plain) = clocked_options();
    assert_eq!(Keep::open(folder.keep(), &plain).unwrap().list_keys("").unwrap(), ["alice", "bob"]);
    assert!(seen.lock().unwrap().iter().all(|line| line.starts_with('{') && !line.contains('\n')));
}

#[test]
fn audit_files_have_names_paths_and_a_bound() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let path = |number: usize| folder.file(&format!("{number}.log")).to_str().unwrap().to_owned();
    for (name, path, argument) in
        [("a b", path(0), "name"), ("a", "relative.log".into(), "path"), ("", path(0), "name")]
    {
        assert_eq!(keep.enable_audit(name, &path).unwrap_err().argument_name(), Some(argument));
    }
    for number in 0..16 {
        keep.enable_audit(&format!("n{number:02}"), &path(number)).unwrap();
    }
    assert_eq!(keep.enable_audit("n00", &path(0)).unwrap_err().argument_name(), Some("name"));
    assert_eq!(keep.enable_audit("n16", &path(16)).unwrap_err().argument_name(), Some("name"));
    let files = keep.list_audits().unwrap();
    assert_eq!(files.len(), 16);
    assert_eq!(
        (files[3].name.as_str(), files[3].path.as_str(), files[3].created),
        ("n03", path(3).as_str(), time(START))
    );
}

#[test]
fn a_line_that_was_torn_ends_before_the_next_and_a_pipe_is_no_file() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let file = folder.file("audit.log");
    keep.enable_audit("file", file.to_str().unwrap()).unwrap();
    // What a disk that became full leaves behind.
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}{{\"torn\":")).unwrap();
    keep.list_keys("").unwrap();
    let written = fs::read_to_string(&file).unwrap();
    let (torn, sound): (Vec<&str>, Vec<&str>) = written.lines().partition(|line| line.contains("torn"));
    assert_eq!((torn, sound.len()), (vec!["{\"torn\":"], 3));
    assert!(sound.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    keep.disable_audit("file").unwrap();
    let pipe = folder.file("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(keep.enable_audit("pipe", pipe.to_str().unwrap()).unwrap_err().kind(), Kind::AuditFailed);
    assert_eq!(keep.enable_audit("folder", folder.path().to_str().unwrap()).unwrap_err().kind(), Kind::AuditFailed);
    assert_eq!(keep.enable_audit("a/b", file.to_str().unwrap()).unwrap_err().argument_name(), Some("name"));
}

#[test]
fn a_refused_token_is_logged_and_a_batch_that_is_too_large_asks_first() {
    let folder = Folder::new();
    let (_, options) = clocked_options();
    let keep = Keep::open(folder.keep(), &options).unwrap();
    let file = folder.file("audit.log");
    keep.enable_audit("file", file.to_str().unwrap()).unwrap();
    assert!(keep.with_token("otk_nonsense").is_err());
    let lines = lines(&file);
    let told: Vec<_> = lines[lines.len() - 2..].iter().map(|line| (&line["operation"], &line["outcome"])).collect();
    assert_eq!(told, [(&Value::from("login"), &Value::Null), (&Value::from("login"), &Value::from("bad-token"))]);
    let spec = TokenSpec { policies: Some(vec!["none".into()]), ..TokenSpec::default() };
    let nobody = keep.with_token(keep.create_token(&spec).unwrap().secret.expose()).unwrap();
    let many = vec![("alice", b"1".as_slice()); 4097];
    assert_eq!(nobody.validate_codes(&many).unwrap_err().kind(), Kind::PermissionDenied);
    assert_eq!(keep.validate_codes(&many).unwrap_err().argument_name(), Some("items"));
}
