//! A server as a process of its own, started and ended as its operator does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use crate::support::Home;

/// A server that runs in a home.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Reads its log, so that it never waits for room to write more.
    log: JoinHandle<String>,
    /// What it said before it listened.
    pub(crate) said: String,
    pub(crate) place: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut running = Running { child, stdout, log, said: String::new(), place: String::new() };
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
    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let request = request(method, path, token, body);
        let mut stream = TcpStream::connect(&self.place).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        let _ = stream.read_to_string(&mut reply);
        reply
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Ends it in good order; what it wrote to both streams.
    pub(crate) fn end(mut self, signal: &str) -> String {
        self.signal(signal);
        let mut written = std::mem::take(&mut self.said);
        self.stdout.read_to_string(&mut written).unwrap();
        let log = std::mem::replace(&mut self.log, thread::spawn(String::new)).join().unwrap();
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

pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} /v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: {token}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn serve(home: &Home, arguments: &[&str]) -> Running {
    Running::start(home.command(["server", "-listen=127.0.0.1:0"].iter().chain(arguments).copied()))
}
