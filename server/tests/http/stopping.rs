//! Stopping finishes what was accepted.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::support::{Served, connect, open, read_to_end};

#[test]
fn what_was_accepted_is_answered_and_on_disk() {
    let mut served = Served::new();
    let names: Vec<String> = (0..64).map(|number| format!("k{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let key = json!({ "generate": true, "issuer": "A", "account_name": number.to_string(), "exported": false });
        assert_eq!(served.send("POST", &format!("totp/keys/{name}"), key).status, 204);
    }
    let codes: Vec<String> = names.iter().map(|name| served.code(name)).collect();
    let (address, token) = (served.address(), served.root.clone());
    let accepted = std::sync::Mutex::new(Vec::new());
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (name, code) in names.iter().zip(&codes) {
            let (accepted, token, count) = (&accepted, &token, &count);
            scope.spawn(move || {
                let body = json!({ "code": code }).to_string();
                let Ok(mut stream) = std::net::TcpStream::connect(address) else { return };
                let length = body.len();
                let _ = write!(stream, "POST /v1/totp/code/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}");
                let reply = read_to_end(&mut stream);
                count.fetch_add(1, Ordering::SeqCst);
                if reply.status == 200 && reply.json()["data"]["valid"] == true {
                    accepted.lock().unwrap().push((name, code));
                }
            });
        }
        while count.load(Ordering::SeqCst) < 8 {
            std::thread::yield_now();
        }
        served.stop();
    });
    let accepted = accepted.into_inner().unwrap();
    assert!(accepted.len() >= 8, "{}", accepted.len());
    let keep = open(&served.folder.path("auth.keep"), &served.clock);
    for (name, code) in accepted {
        assert!(!keep.validate_code(name, code).unwrap().is_accepted(), "{name}");
    }
}

#[test]
fn idle_connections_do_not_hold_it_up() {
    let mut served = Served::new();
    let address = served.address();
    let mut idle: Vec<_> = (0..8).map(|_| connect(address)).collect();
    for stream in idle.iter_mut().take(4) {
        stream.write_all(b"GET /v1/sys/init HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    assert_eq!(served.get("totp/keys/alice").status, 200);
    let began = std::time::Instant::now();
    served.stop();
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}
