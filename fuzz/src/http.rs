use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use otpkeep::Keep;
use otpkeep_server::{DevToken, Listen, Options, Server};

use crate::scratch::{Scratch, options, sample};

/// The text that the corpus has for a token; it may do all but write to files.
const TOKEN: &str = "fuzz-token";

/// Any bytes are sent to a server: it answers in HTTP or hangs up, says that the client is at fault and never itself,
/// and answers the next client.
pub(crate) fn run(data: &[u8]) {
    let place = place();
    let answer = exchange(place, data);
    if !answer.is_empty() {
        assert!(answer.starts_with(b"HTTP/1.1 ") || answer.starts_with(b"HTTP/1.0 "), "no HTTP");
        for status in answer.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"HTTP/1.1 ")) {
            // 501, 503: Vault's answers of health for a keep that is not as asked.
            assert!(!status.starts_with(b"500") && !status.starts_with(b"502"), "the server calls itself broken");
        }
    }
}

/// Sends everything, says that no more follows, and reads to the end.
fn exchange(place: &PathBuf, data: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(place).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time");
    // The server may have hung up already.
    let _ = stream.write_all(data).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the server does not hang up"),
        _ => answer,
    }
}

/// Where the one server of this process listens.
fn place() -> &'static PathBuf {
    static PLACE: OnceLock<(PathBuf, Scratch)> = OnceLock::new();
    let (place, _) = PLACE.get_or_init(|| {
        let scratch = Scratch::new();
        let place = scratch.file("socket");
        let keep = Keep::open(scratch.write("keep", &sample().file), &options()).expect("the sample");
        let mut options = Options::new(Listen::Unix(place.clone()));
        let token = sample().token.clone().into();
        options.dev_token = Some(DevToken { text: TOKEN.to_owned().into(), token });
        let server = Server::bind(keep, options).expect("a socket");
        thread::spawn(|| server.run());
        (place, scratch)
    });
    place
}
