//! Clients that are broken, slow or hostile. Others are answered meanwhile.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use otpkeep_server::Limits;

use crate::support::{Served, framed, read_to_end};

/// Times that a test can wait for.
fn hasty() -> Limits {
    Limits { header_time: Duration::from_millis(500), body_time: Duration::from_millis(500), ..Limits::default() }
}

#[track_caller]
fn answers(served: &Served) {
    assert_eq!(served.get("totp/keys/alice").status, 200);
}

#[test]
fn malformed_requests_are_refused() {
    let served = Served::new();
    for (request, status) in [
        (&b"\x00\x01\x02\x03\r\n\r\n"[..], 400),
        (b"GET\r\n\r\n", 400),
        (b"GET /v1/sys/init HTTP/9.9\r\n\r\n", 400),
        (b"GET /v1/sys/init HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST /v1/x HTTP/1.1\r\nContent-Length: minus\r\n\r\n", 400),
        (b"POST /v1/x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        // Two lengths: what one reader takes for a body, another takes for a request.
        (b"POST /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST /v1/x HTTP/1.1\r\nTransfer-Encoding: nonsense\r\n\r\n", 400),
        (b"POST /v1/x HTTP/1.1\r\nX-Vault-Token: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 403),
    ] {
        let reply = served.bytes(request);
        assert_eq!(reply.status, status, "{:?}: {reply:?}", String::from_utf8_lossy(request));
        answers(&served);
    }
}

#[test]
fn large_things_are_refused() {
    let served = Served::new();
    let token = format!("X-Vault-Token: {}\r\n", served.root);
    let large = vec![b' '; (1 << 20) + 1];
    served.raw("POST", "/v1/totp/keys/x", &token, &large).refused(413, "http: request body too large");
    let chunks: Vec<u8> = std::iter::repeat_n(&b"10000\r\n"[..], 20)
        .flat_map(|head| [head, &large[..0x10000], b"\r\n"].concat())
        .collect();
    let head = format!(
        "POST /v1/totp/keys/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{token}Transfer-Encoding: chunked\r\n\r\n"
    );
    served.bytes(&[head.as_bytes(), &chunks, b"0\r\n\r\n"].concat()).refused(413, "http: request body too large");
    let header = format!("{token}X-Large: {}\r\n", "x".repeat(20_000));
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", &header, b"").status, 431);
    let header = format!("{token}X-Large: {}\r\n", "x".repeat(10_000));
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", &header, b"").status, 200);
    let many: String = (0..200).map(|number| format!("X-{number}: x\r\n")).collect();
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", &many, b"").status, 431);
    let whole = [b"{\"key\": \"", &large[..(1 << 20) - 100], b"\"}"].concat();
    assert_eq!(served.raw("POST", "/v1/totp/keys/x", &token, &whole).status, 400, "within the limit, and no key");
}

#[test]
fn odd_bodies_are_refused_and_never_repeated() {
    let served = Served::new();
    let token = format!("X-Vault-Token: {}\r\n", served.root);
    let deep = [b"{\"key\":", "[".repeat(100_000).as_bytes()].concat();
    let bodies = [
        &b"\xff\xfe{}"[..],
        b"{\"code\": \"\xc3\x28\"}",
        &deep,
        b"{\"code\": \"123456\" \"leak\"}",
        b"{\"code\":1e999}",
    ];
    for body in bodies {
        let reply = served.raw("POST", "/v1/totp/code/alice", &token, body);
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(!reply.body.contains("123456") && !reply.body.contains("leak"), "{reply:?}");
    }
    served.raw("POST", "/v1/totp/nonsense", &token, b"{}").refused(404, &framed("unsupported path"));
}

#[test]
fn slow_clients_are_cut_off() {
    let served = Served::with_limits(hasty());
    let token = format!("X-Vault-Token: {}\r\n", served.root);
    let half_body = format!("POST /v1/totp/code/alice HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 100\r\n\r\n{{");
    for (begin, status) in
        [("", 0), ("GET /v1/sys", 0), ("GET /v1/sys/init HTTP/1.1\r\nHost: x\r\nX: ", 0), (half_body.as_str(), 408)]
    {
        let mut stream = served.connect();
        let began = Instant::now();
        stream.write_all(begin.as_bytes()).unwrap();
        answers(&served);
        let reply = read_to_end(&mut stream);
        assert_eq!(reply.status, status, "{begin:?}: {reply:?}");
        assert!(began.elapsed() < Duration::from_secs(10), "{begin:?}");
    }
}

#[test]
fn idle_connections_are_closed() {
    let served = Served::with_limits(hasty());
    let mut stream = served.connect();
    stream.write_all(b"GET /v1/sys/init HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_to_end(&mut stream).status, 200, "answered, and closed when nothing followed");
}

#[test]
fn idle_connections_make_room_for_others() {
    let served = Served::with_limits(Limits { connections: 20, ..Limits::default() });
    let mut idle: Vec<_> = (0..200).map(|_| served.connect()).collect();
    answers(&served);
    for stream in &mut idle {
        let _ = stream.write_all(b"GET /v1/sys/init HTTP/1.1\r\n");
    }
    answers(&served);
    let mut first = [0];
    assert!(!matches!(idle[0].read(&mut first), Ok(1)), "the first made room long ago");
}

#[test]
fn a_client_that_leaves_takes_nothing_along() {
    let served = Served::new();
    let token = format!("X-Vault-Token: {}\r\n", served.root);
    for _ in 0..50 {
        let mut stream = served.connect();
        let body =
            format!("POST /v1/totp/code/alice HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 20\r\n\r\n{{\"code\":");
        stream.write_all(body.as_bytes()).unwrap();
    }
    answers(&served);
}
