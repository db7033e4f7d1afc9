//! The server as a process: how it starts, what it says, and how it ends.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use crate::running::{Running, request, serve};
use crate::support::{Home, SECRET};

#[test]
fn serves_the_keep_to_those_with_a_token_and_logs_no_secret() {
    let home = Home::with_test_key();
    let token = home.done(["token", "create", "-policy=root", "-field=token"]);
    for format in ["-log-format=text", "-log-format=json"] {
        let server = serve(&home, &[format]);
        let reply = server.send("GET", "totp/code/test?token=in-the-query", &token, "");
        assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        let code = home.done(["read", "-field=code", "totp/code/test"]);
        server.send("POST", "totp/code/test", &token, &format!("{{\"code\":\"{code}\"}}"));
        server.send("GET", &format!("auth/token/lookup/{token}"), &token, "");
        server.send("POST", "totp/keys/other", &token, &format!("{{\"key\":\"{SECRET}\"}}"));
        assert!(server.send("GET", "totp/code/test", "", "").starts_with("HTTP/1.1 403"));
        let log = server.end("-TERM");
        assert!(log.contains("totp/code/:name") && log.contains("stopped"), "{log}");
        for secret in [token.as_str(), &format!("\"{code}\""), SECRET, "in-the-query"] {
            assert!(!log.contains(secret), "{log}");
        }
        if format == "-log-format=json" {
            for line in log.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
    }
}

#[test]
fn the_development_server_has_nothing_but_a_root_token() {
    let home = Home::empty();
    let server = serve(&home, &["-dev"]);
    let token = server.said.lines().find_map(|line| line.strip_prefix("Root token: ")).unwrap().to_owned();
    let reply = server.send("GET", "sys/mounts", &token, "");
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.contains("\"data\":{}"), "{reply}");
    server.end("-INT");

    let mut command = home.command(["server", "-dev", "-listen=127.0.0.1:0"]);
    command.env("OTPKEEP_DEV_ROOT_TOKEN_ID", "chosen").env("TMPDIR", home.path(""));
    let server = Running::start(command);
    let reply = server.send("POST", "sys/mounts/totp", "chosen", "{\"type\":\"totp\"}");
    assert!(reply.starts_with("HTTP/1.1 204 No Content"), "{reply}");
    assert!(server.send("GET", "sys/mounts", "chosen1", "").starts_with("HTTP/1.1 403"));
    assert!(!server.end("-TERM").contains("\nchosen"));
    assert_eq!(std::fs::read_dir(home.path("")).unwrap().count(), 0, "the temporary keep is gone");
}

#[test]
fn listens_at_a_socket() {
    let home = Home::with_test_key();
    let server = Running::start(home.command(["server", "-listen=unix:socket"]));
    let mut stream = UnixStream::connect(home.path("socket")).unwrap();
    stream.write_all(request("GET", "sys/health", "", "").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    server.end("-TERM");
    assert!(!home.path("socket").exists());
}

#[test]
fn starts_only_where_it_may() {
    let home = Home::with_test_key();
    home.run(["server", "-listen=0.0.0.0:0"]).failed_with(1, "without TLS");
    home.run(["server", "-listen=nonsense"]).failed_with(1, "ADDRESS:PORT");
    home.run(["server", "-tls-cert=x", "-listen=127.0.0.1:0"]).failed_with(1, "--tls-key");
    home.run(["server", "-tls-cert=x", "-tls-key=y", "-listen=127.0.0.1:0"]).failed_with(1, "cannot be read");
    std::fs::remove_file(home.key_file()).unwrap();
    home.run(["server", "-listen=127.0.0.1:0"]).failed_with(1, "Nothing opens the keep: give OTPKEEP_KEY_FILE");
    Home::empty().run(["server"]).failed_with(2, "otpkeep init makes one");
}
