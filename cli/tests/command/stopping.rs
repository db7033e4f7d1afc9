//! A server that is ended while it works. What a client was told holds afterwards.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use otpkeep::KeySpec;

use crate::running::{Running, serve};
use crate::support::{Home, SECRET};

const CLIENTS: usize = 64;
const KEYS_EACH: usize = 8;

/// What clients were told, by key: the code, and whether it was valid.
type Told = Vec<(String, String, bool)>;

/// One request on a connection that stays. `None` when the server has gone.
fn validate(stream: &mut BufReader<TcpStream>, token: &str, name: &str, code: &str) -> Option<String> {
    let body = format!("{{\"code\":\"{code}\"}}");
    let length = body.len();
    let head = format!("POST /v1/totp/code/{name} HTTP/1.1\r\nHost: x\r\nX-Vault-Token: {token}\r\n");
    let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    stream.get_mut().write_all(request.as_bytes()).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = number.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

/// Validates the right code of each key, from many clients at once; ends the server after so many answers.
fn load(server: &Running, token: &str, codes: &[(String, String)], end_after: Option<usize>) -> Told {
    let (answered, ready) = (AtomicUsize::new(0), Arc::new(Barrier::new(CLIENTS)));
    std::thread::scope(|scope| {
        let clients: Vec<_> = codes
            .chunks(codes.len().div_ceil(CLIENTS))
            .map(|codes| {
                let (answered, ready) = (&answered, Arc::clone(&ready));
                scope.spawn(move || {
                    let mut told = Told::new();
                    let mut stream = BufReader::new(TcpStream::connect(&server.place).unwrap());
                    ready.wait();
                    for (name, code) in codes {
                        let Some(body) = validate(&mut stream, token, name, code) else { break };
                        told.push((name.clone(), code.clone(), body.contains("\"valid\":true")));
                        if Some(answered.fetch_add(1, Ordering::SeqCst) + 1) == end_after {
                            server.signal("-TERM");
                        }
                    }
                    told
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// A served keep with keys of which each has its code now.
fn served(home: &Home) -> (Running, String, Vec<(String, String)>) {
    let token = home.done(["token", "create", "-policy=root", "-field=token"]);
    let keep = home.keep();
    let names: Vec<String> = (0..CLIENTS * KEYS_EACH).map(|number| format!("k{number}")).collect();
    for name in &names {
        keep.write_key(
            name,
            &KeySpec { secret: Some(SECRET.to_owned().into()), period: Some(86_400), ..KeySpec::default() },
        )
        .unwrap();
    }
    let server = serve(home, &[]);
    let codes = names.into_iter().map(|name| (name.clone(), keep.read_code(&name).unwrap().value().to_owned()));
    let codes = codes.collect();
    (server, token, codes)
}

#[test]
fn what_was_valid_before_the_end_is_refused_ever_after() {
    for end_after in [1, 70, 400] {
        let home = Home::with_test_key();
        let (server, token, codes) = served(&home);
        let told = load(&server, &token, &codes, Some(end_after));
        server.end("-CONT");
        let accepted: HashMap<_, _> = told.iter().filter(|told| told.2).map(|told| (&told.0, &told.1)).collect();
        assert!(accepted.len() >= end_after, "{} of {end_after}", accepted.len());
        let again = serve(&home, &[]);
        for (name, code) in accepted {
            let body = format!("{{\"code\":\"{code}\"}}");
            let reply = again.send("POST", &format!("totp/code/{name}"), &token, &body);
            assert!(!reply.contains("\"valid\":true"), "{name}, after {end_after}: {reply}");
        }
        again.end("-TERM");
    }
}

#[test]
fn concurrent_validations_share_commits_and_are_counted_as_told() {
    let home = Home::with_test_key();
    let (server, token, codes) = served(&home);
    let told = load(&server, &token, &codes, None);
    assert_eq!(told.len(), codes.len());
    // The same codes once more: each is refused, and stores nothing.
    let repeated = load(&server, &token, &codes, None);
    assert!(repeated.iter().all(|told| !told.2));
    let valid = told.iter().filter(|told| told.2).count();
    assert_eq!(valid, codes.len());
    let metrics = server.send("GET", "sys/metrics?format=prometheus", &token, "");
    let metric = |name: &str| -> usize {
        let line =
            metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {metrics}"));
        line.trim().parse::<f64>().unwrap() as usize
    };
    assert_eq!(metric("otpkeep_validations_total{outcome=\"accepted\"}"), valid);
    assert_eq!(metric("otpkeep_validations_total{outcome=\"replayed-code\"}"), repeated.len());
    let (commits, settled) = (metric("otpkeep_commit_attempts_count"), metric("otpkeep_commit_attempts_sum"));
    println!("{settled} attempts in {commits} commits");
    assert!(settled >= valid, "{settled}");
    assert!(commits * 2 < settled, "{settled} attempts in {commits} commits");
    server.end("-TERM");
}
