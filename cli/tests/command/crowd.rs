//! More connections than a server has room for. It answers whoever asks for something.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::running::{Running, serve};
use crate::support::Home;

/// A request is answered within this even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

#[track_caller]
fn answers(server: &Running, token: &str) {
    let began = Instant::now();
    let reply = server.send("GET", "totp/code/test", token, "");
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

/// Opens connections that do nothing, or send half a request, and asks for something in between.
fn crowd(server: &Running, token: &str, count: usize) -> Vec<TcpStream> {
    let mut idle = Vec::new();
    for number in 0..count {
        let mut stream = TcpStream::connect(&server.place).unwrap();
        if number % 2 == 0 {
            let _ = stream.write_all(b"GET /v1/sys/init HTTP/1.1\r\nHost: ");
        }
        idle.push(stream);
        if number % 500 == 499 {
            answers(server, token);
        }
    }
    idle
}

#[test]
fn ten_thousand_idle_connections_make_room() {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum;
    assert!(maximum.is_none_or(|maximum| maximum > 10_500), "more open files are needed: ulimit -Hn 10600");
    setrlimit(Resource::Nofile, Rlimit { current: Some(maximum.unwrap_or(20_000).min(20_000)), maximum }).unwrap();
    let home = Home::with_test_key();
    let token = home.done(["token", "create", "-policy=root", "-field=token"]);
    let server = serve(&home, &[]);
    let mut idle = crowd(&server, &token, 10_000);
    answers(&server, &token);
    // The first of them made room for later ones.
    idle[0].set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(!matches!(idle[0].read(&mut [0]), Ok(1..)), "it got an answer to half a request");
    drop(idle);
    answers(&server, &token);
    server.end("-TERM");
}

#[test]
fn without_files_left_it_closes_idle_connections() {
    let home = Home::with_test_key();
    let token = home.done(["token", "create", "-policy=root", "-field=token"]);
    let mut limited = Command::new("sh");
    let shell = format!("ulimit -n 100; exec {} server -listen=127.0.0.1:0", env!("CARGO_BIN_EXE_otpkeep"));
    limited.env_clear().env("HOME", home.path("")).current_dir(home.path("")).args(["-c", &shell]);
    let server = Running::start(limited);
    let idle = crowd(&server, &token, 600);
    answers(&server, &token);
    drop(idle);
    let log = server.end("-TERM");
    assert!(log.contains("a connection could not be accepted"), "the files were enough: {log}");
}
