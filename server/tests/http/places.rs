//! Where it listens: TLS, sockets, and what it refuses.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use otpkeep_server::{DevToken, Listen, Options, Server, TlsFiles};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::{Folder, Served, clock, open, read_to_end};

#[test]
fn tls_is_spoken_with_a_certificate() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let served = Served::with(|options, folder| {
        let (certificate, key) = (folder.path("cert.pem"), folder.path("key.pem"));
        fs::write(&certificate, certified.cert.pem()).unwrap();
        fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        options.tls = Some(TlsFiles { certificate, key });
    });
    let mut roots = RootCertStore::empty();
    let certificate = certified.cert.pem();
    roots
        .add(tokio_rustls::rustls::pki_types::CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, served.connect());
    let token = &served.root;
    let request =
        format!("GET /v1/totp/keys/alice HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_to_end(&mut stream).status, 200);
    assert_eq!(served.raw("GET", "/v1/sys/init", "", b"").status, 0, "plain HTTP gets nothing");
}

#[test]
fn a_socket_is_listened_at_and_removed() {
    let mut served = Served::with(|options, folder| options.listen = Listen::Unix(folder.path("socket")));
    let path = served.folder.path("socket");
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /v1/sys/init HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(read_to_end(&mut stream).status, 200);
    let second = Server::bind(served.keep.clone(), Options::new(Listen::Unix(path.clone())));
    assert!(second.is_err(), "somebody listens there");
    served.stop();
    assert!(!path.exists());
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(Server::bind(served.keep.clone(), Options::new(Listen::Unix(path))).is_ok(), "nobody listens there");
}

#[test]
fn plain_http_stays_on_this_machine() {
    let (folder, clock) = (Folder::new(), clock());
    let keep = open(&folder.path("auth.keep"), &clock);
    let options = || Options::new("0.0.0.0:0".parse().unwrap());
    let error = Server::bind(keep.clone(), options()).err().unwrap();
    assert!(error.to_string().contains("without TLS"), "{error}");
    assert!(Server::bind(keep.clone(), Options { insecure_listen: true, ..options() }).is_ok());
    let missing = TlsFiles { certificate: folder.path("none"), key: folder.path("none") };
    let error = Server::bind(keep, Options { tls: Some(missing), ..options() }).err().unwrap();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn a_tokens_handle_cannot_be_served() {
    let served = Served::new();
    let handle = served.keep.with_token(&served.root).unwrap();
    let error = Server::bind(handle, Options::new("127.0.0.1:0".parse().unwrap())).err().unwrap();
    assert_eq!(error.to_string(), "the server needs the root key");
}

#[test]
fn a_chosen_text_stands_for_a_token() {
    let mut served = Served::new();
    let token = served.root.clone().into();
    let mut options = Options::new("127.0.0.1:0".parse().unwrap());
    options.dev_token = Some(DevToken { text: "dev-root".to_owned().into(), token });
    let server = Server::bind(served.keep.clone(), options).unwrap();
    let (place, stopper) = (server.place().clone(), server.stopper());
    let thread = std::thread::spawn(move || server.run());
    served.place = place;
    assert_eq!(served.raw("GET", "/v1/totp/keys/alice", "X-Vault-Token: dev-root\r\n", b"").status, 200);
    let own = served.raw("GET", "/v1/auth/token/lookup-self", "X-Vault-Token: dev-root\r\n", b"").data();
    assert_eq!(own["id"], "dev-root");
    for text in ["dev-roo", "dev-root1", "Dev-root", ""] {
        served
            .raw("GET", "/v1/totp/keys/alice", &format!("X-Vault-Token: {text}\r\n"), b"")
            .refused(403, "permission denied");
    }
    stopper.stop();
    thread.join().unwrap().unwrap();
}
