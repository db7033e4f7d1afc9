use std::path::PathBuf;
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::listener::Listen;

/// How a keep is served.
pub struct Options {
    /// Where it listens.
    pub listen: Listen,
    /// What it proves its name with; without it, it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Lets it speak plain HTTP to more than this machine.
    pub insecure_listen: bool,
    /// A token of a chosen text, for trying things out.
    pub dev_token: Option<DevToken>,
    /// What it puts up with.
    pub limits: Limits,
}

impl Options {
    /// Options to listen at a place, with plain HTTP.
    pub fn new(listen: Listen) -> Options {
        Options { listen, tls: None, insecure_listen: false, dev_token: None, limits: Limits::default() }
    }
}

/// The files of a TLS server.
pub struct TlsFiles {
    /// The certificate and those that vouch for it, in PEM.
    pub certificate: PathBuf,
    /// The private key of the certificate, in PEM.
    pub key: PathBuf,
}

/// A text that is taken for a token of the keep. It lives in the memory of the server only.
pub struct DevToken {
    /// The text that clients send.
    pub text: Zeroizing<String>,
    /// The token that it stands for.
    pub token: Zeroizing<String>,
}

impl DevToken {
    /// The token that a text stands for: another one if it is the chosen text, else itself.
    pub(crate) fn resolve<'a>(&'a self, text: &'a str) -> &'a str {
        if bool::from(self.text.as_bytes().ct_eq(text.as_bytes())) { &self.token } else { text }
    }
}

/// What a server puts up with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of all bodies together, beyond the first 16 KiB of each.
    pub bodies_bytes: usize,
    /// Bytes of a request's line and headers, at least 8192.
    pub header_bytes: usize,
    /// Bytes of a path.
    pub path_bytes: usize,
    /// Connections at once. One more closes the one that has been idle for longest.
    pub connections: usize,
    /// Requests that are worked on at once; others wait.
    pub workers: usize,
    /// How long a TLS handshake, or the line and headers of a request, may take, and how long a connection may be idle.
    pub header_time: Duration,
    /// How long a body may take.
    pub body_time: Duration,
    /// How long a request may wait for a worker.
    pub wait_time: Duration,
    /// How long a client may take nothing of an answer.
    pub write_time: Duration,
    /// How long connections get to finish when the server stops.
    pub stop_time: Duration,
}

impl Limits {
    /// Reads that are worked on at once. A read waits for the disk seldom: more than two for each processor only get in
    /// each other's way.
    pub(crate) fn readers(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (2 * processors).min(self.workers).max(1)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 1 << 20,
            bodies_bytes: 16 << 20,
            header_bytes: 16 << 10,
            path_bytes: 4 << 10,
            connections: 4096,
            workers: 64,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            wait_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            stop_time: Duration::from_secs(10),
        }
    }
}
