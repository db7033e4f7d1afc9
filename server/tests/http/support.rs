//! A keep served on a port of its own, and a client that sends exactly what it is told to.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use otpkeep::access::TokenSpec;
use otpkeep::{Keep, ManualClock, OpenOptions, UnixTime};
use otpkeep_server::{Limits, Listen, Options, Server, Stopper};
use serde_json::{Value, json};

/// The first moment of a period of 30 seconds.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("otpkeep-http-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A served keep with `totp/`, in which `alice` has a key, at a time that stands still.
pub(crate) struct Served {
    pub(crate) keep: Keep,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) folder: Folder,
    pub(crate) place: Listen,
    pub(crate) root: String,
    stopper: Stopper,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

pub(crate) fn open(path: &Path, clock: &Arc<ManualClock>) -> Keep {
    let mut options = OpenOptions::new();
    options.set_root_key(&[7; 32]).unwrap().set_create(true).set_clock(clock.clone());
    Keep::open(path, &options).unwrap()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(UnixTime::from_seconds(NOW).unwrap()))
}

impl Served {
    pub(crate) fn new() -> Served {
        Served::with(|_, _| {})
    }

    pub(crate) fn with_limits(limits: Limits) -> Served {
        Served::with(|options, _| options.limits = limits)
    }

    /// Served with other options; the folder is the one of the keep.
    pub(crate) fn with(change: impl FnOnce(&mut Options, &Folder)) -> Served {
        let (folder, clock) = (Folder::new(), clock());
        let keep = open(&folder.path("auth.keep"), &clock);
        let policies = Some(vec!["root".to_owned()]);
        let root = keep.create_token(&TokenSpec { policies, ..TokenSpec::default() }).unwrap();
        let root = root.secret.expose().to_owned();
        let mut options = Options::new("127.0.0.1:0".parse().unwrap());
        change(&mut options, &folder);
        let server = Server::bind(keep.clone(), options).unwrap();
        let (place, stopper) = (server.place().clone(), server.stopper());
        let thread = Some(std::thread::spawn(move || server.run()));
        let served = Served { keep, clock, folder, place, root, stopper, thread };
        let import = json!({ "key": SECRET });
        if !matches!(served.place, Listen::Unix(_)) {
            served
                .keep
                .request(otpkeep::paths::Operation::Write, "totp/keys/alice", import.as_object().unwrap())
                .unwrap();
        }
        served
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match self.place {
            Listen::Tcp(address) => address,
            Listen::Unix(_) => panic!("a socket"),
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address())
    }

    /// Sends a request with the root token and some data as JSON.
    pub(crate) fn send(&self, method: &str, path: &str, data: Value) -> Reply {
        let headers = format!("X-Vault-Token: {}\r\n", self.root);
        let body = if data.is_null() { String::new() } else { data.to_string() };
        self.raw(method, &format!("/v1/{path}"), &headers, body.as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Value::Null)
    }

    /// Sends a request with these headers and this body, on a connection of its own.
    pub(crate) fn raw(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        self.bytes(&[head.as_bytes(), body].concat())
    }

    /// Sends bytes, and reads until the server closes.
    pub(crate) fn bytes(&self, request: &[u8]) -> Reply {
        let mut stream = self.connect();
        // The server may close before it has read everything.
        let _ = stream.write_all(request);
        read_to_end(&mut stream)
    }

    /// A token with a policy of these rules.
    pub(crate) fn token(&self, rules: &str) -> String {
        self.keep.write_policy("mine", rules).unwrap();
        let spec = TokenSpec { policies: Some(vec!["mine".into()]), ..TokenSpec::default() };
        self.keep.create_token(&spec).unwrap().secret.expose().to_owned()
    }

    pub(crate) fn code(&self, name: &str) -> String {
        self.keep.read_code(name).unwrap().value().to_owned()
    }

    /// Stops it, and waits until all is answered.
    pub(crate) fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

pub(crate) fn read_to_end(stream: &mut impl std::io::Read) -> Reply {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count) = stream.read(&mut part) {
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&part[..count]);
    }
    Reply::of(&String::from_utf8(bytes).unwrap())
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    /// 0 when there was no answer at all.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn of(text: &str) -> Reply {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).map_or(0, |status| status.parse().unwrap());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Reply { status, headers, body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The data of an answer that went well.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["data"].clone()
    }

    /// It was refused so, in these words.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, sentence: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let errors = if sentence.is_empty() { json!([]) } else { json!([sentence]) };
        assert_eq!(self.json()["errors"], errors);
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }
}

/// One error as Vault's framework writes it.
pub(crate) fn framed(sentence: &str) -> String {
    format!("1 error occurred:\n\t* {sentence}\n\n")
}
