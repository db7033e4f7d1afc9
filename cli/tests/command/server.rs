//! The server as a process: how it starts, what it says, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::support::{Home, SECRET};

/// A server that runs in a home.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it said before it listened.
    said: String,
    place: String,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut running = Running { child, stdout, said: String::new(), place: String::new() };
        while running.place.is_empty() {
            let mut line = String::new();
            assert!(running.stdout.read_line(&mut line).unwrap() > 0, "it ended: {}", running.said);
            match line.trim().strip_prefix("Listening at ") {
                Some(place) => running.place.push_str(place),
                None => running.said.push_str(&line),
            }
        }
        running
    }

    /// The head and body of an answer.
    fn send(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let request = request(method, path, token, body);
        let mut stream = TcpStream::connect(&self.place).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        let _ = stream.read_to_string(&mut reply);
        reply
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Ends it in good order; what it wrote to both streams.
    fn end(mut self, signal: &str) -> String {
        self.signal(signal);
        let mut written = std::mem::take(&mut self.said);
        self.stdout.read_to_string(&mut written).unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success(), "{log}");
        written + &log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} /v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: {token}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn serve(home: &Home, arguments: &[&str]) -> Running {
    Running::start(home.command(["server", "-listen=127.0.0.1:0"].iter().chain(arguments).copied()))
}

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

#[test]
fn what_it_accepted_before_it_was_ended_is_refused_afterwards() {
    let home = Home::with_test_key();
    let token = home.done(["token", "create", "-policy=root", "-field=token"]);
    let names: Vec<String> = (0..32).map(|number| format!("k{number}")).collect();
    for name in &names {
        let fields = ["generate=true", "issuer=A", "account_name=a", "exported=false"];
        home.done(["write", &format!("totp/keys/{name}")].into_iter().chain(fields));
    }
    let server = serve(&home, &[]);
    let keep = home.keep();
    let accepted = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for name in &names {
            let (server, accepted, token, keep) = (&server, &accepted, &token, &keep);
            scope.spawn(move || {
                let code = keep.read_code(name).unwrap().value().to_owned();
                let Ok(mut stream) = TcpStream::connect(&server.place) else { return };
                let body = format!("{{\"code\":\"{code}\"}}");
                let _ = stream.write_all(request("POST", &format!("totp/code/{name}"), token, &body).as_bytes());
                let mut reply = String::new();
                let _ = stream.read_to_string(&mut reply);
                if reply.contains("\"valid\":true") {
                    accepted.lock().unwrap().push((name.clone(), code));
                }
            });
        }
        while accepted.lock().unwrap().len() < 4 {
            std::thread::yield_now();
        }
        server.signal("-TERM");
    });
    server.end("-TERM");
    let again = serve(&home, &[]);
    for (name, code) in accepted.into_inner().unwrap() {
        let reply = again.send("POST", &format!("totp/code/{name}"), &token, &format!("{{\"code\":\"{code}\"}}"));
        assert!(!reply.contains("\"valid\":true"), "{name}: {reply}");
    }
    again.end("-TERM");
}
