//! Requests that come before their predecessors are answered, and answers that nobody takes.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use otpkeep_server::Limits;

use crate::support::{Served, connect, read_to_end};

fn get(token: &str, path: &str, more: &str) -> String {
    format!("GET /v1/{path} HTTP/1.1\r\nHost: x\r\nX-Vault-Token: {token}\r\n{more}\r\n")
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let served = Served::new();
    let mut requests = String::new();
    for number in 0..100 {
        requests += &get(&served.root, &format!("totp/code/none{number}"), "");
    }
    requests += &get(&served.root, "totp/keys/alice", "Connection: close\r\n");
    let mut stream = served.connect();
    stream.write_all(requests.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let mut places = (0..100).map(|number| text.find(&format!("unknown key: none{number}\"")).unwrap());
    assert!(places.clone().is_sorted(), "{text}");
    assert!(places.all(|place| place < text.find("account_name").unwrap()));
    assert_eq!(text.matches("HTTP/1.1 ").count(), 101);
}

#[test]
fn a_client_that_reads_no_answers_is_cut_off() {
    let served = Served::with_limits(Limits { write_time: Duration::from_millis(500), ..Limits::default() });
    // The description of all paths is long, and needs no token.
    let request = get("x", "sys/internal/specs/openapi", "").repeat(100);
    let deaf: Vec<_> = (0..8)
        .map(|_| {
            let (address, request) = (served.address(), request.clone());
            std::thread::spawn(move || {
                let mut stream = connect(address);
                stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                // Its end is that the server wants no more of it, not that this waits for too long.
                let end = (0..10_000).find_map(|_| stream.write_all(request.as_bytes()).err()).expect("it is cut off");
                assert!(!matches!(end.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{end}");
            })
        })
        .collect();
    while !deaf.iter().all(std::thread::JoinHandle::is_finished) {
        let began = Instant::now();
        assert_eq!(served.get("totp/keys/alice").status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    deaf.into_iter().for_each(|client| client.join().unwrap());
}

#[test]
fn what_follows_a_broken_body_is_no_request() {
    let served = Served::new();
    let token = &served.root;
    // Both lengths: the chunks count, and the connection ends with the answer.
    let both = format!(
        "POST /v1/totp/code/alice HTTP/1.1\r\nHost: x\r\nX-Vault-Token: {token}\r\nContent-Length: 4\r\n\
         Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"
    );
    let reply = served.bytes(&[both.as_bytes(), get(token, "totp/keys/alice", "").as_bytes()].concat());
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(!reply.body.contains("account_name"), "{reply:?}");
}

#[test]
fn bytes_that_are_no_text_are_refused_or_ignored() {
    let served = Served::new();
    let token = &served.root;
    for (target, more, status) in [
        ("totp/code/%ff%fe", "", 400),
        ("/totp/keys/alice", "", 404),
        ("totp//keys/alice", "", 404),
        // Read as the replacement character, which no name follows.
        ("totp/keys?list=true&after=%ff%fe", "", 404),
        ("totp/keys/alice", "X-Vault-Namespace: %ff\r\n", 404),
    ] {
        let reply = served.bytes(get(token, target, &format!("Connection: close\r\n{more}")).as_bytes());
        assert_eq!(reply.status, status, "{target}: {reply:?}");
    }
    for (bytes, status) in [
        (&b"GET /v1/totp/keys/\xff HTTP/1.1\r\nHost: x\r\n\r\n"[..], [400, 403]),
        (
            b"GET /v1/totp/keys/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: \xff\xfe\r\nConnection: close\r\n\r\n",
            [403, 403],
        ),
        (b"GET /v1/sys/init HTTP/1.1\r\nHost: x\r\nX-\xff: x\r\n\r\n", [400, 400]),
    ] {
        let mut stream = served.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let reply = read_to_end(&mut stream);
        assert!(status.contains(&reply.status), "{bytes:?}: {reply:?}");
    }
}
