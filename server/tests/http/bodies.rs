//! What bodies may take together.

use std::io::Write as _;
use std::net::TcpStream;

use otpkeep_server::Limits;
use serde_json::json;

use crate::support::{Served, read_to_end};

/// Sends a whole body of so many bytes but for the last one.
fn almost(served: &Served, bytes: usize) -> TcpStream {
    let mut stream = served.connect();
    let token = &served.root;
    let head = format!(
        "POST /v1/totp/keys/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: {token}\r\nContent-Length: {bytes}\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&vec![b' '; bytes - 1]));
    stream
}

#[test]
fn large_bodies_share_a_bound_and_small_ones_need_it_not() {
    const LARGE: usize = 512 << 10;
    let served = Served::with_limits(Limits { bodies_bytes: 4 * LARGE, ..Limits::default() });
    let mut held: Vec<_> = (0..12).map(|_| almost(&served, LARGE)).collect();
    // What is small is answered while the large ones hold all there is.
    let code = json!({ "code": served.code("alice") });
    assert_eq!(served.send("POST", "totp/code/alice", code).data(), json!({ "valid": true }));
    for stream in &mut held {
        let _ = stream.write_all(b" ");
    }
    let statuses: Vec<u16> = held.iter_mut().map(|stream| read_to_end(stream).status).collect();
    let read = statuses.iter().filter(|status| **status == 400).count();
    assert!((1..=4).contains(&read), "four fit in at most: {statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 400 | 503 | 0)), "{statuses:?}");
    assert!(statuses.contains(&503), "{statuses:?}");
    // All of it is given back.
    for _ in 0..8 {
        let mut stream = almost(&served, LARGE);
        stream.write_all(b" ").unwrap();
        assert_eq!(read_to_end(&mut stream).status, 400, "read, and no key in it");
    }
}
