use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use otpkeep::access::TokenSpec;
use otpkeep::{Keep, OpenOptions};
use otpkeep_server::{DevToken, Limits, Listen, Options, Server as HttpServer, TlsFiles, logging};
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};
use crate::output;
use crate::session::Session;

/// Names the text that stands for the root token of `-dev`.
const DEV_TOKEN: &str = "OTPKEEP_DEV_ROOT_TOKEN_ID";

/// Serves the keep by HTTP, for Vault's own clients.
///
/// Each request brings a token, and may do what its policies allow. The first token is made on the command line:
/// `otpkeep token create -policy=root`. A token of the server's own, as other commands take it, has no effect. It ends on SIGTERM or Ctrl-C, after it has answered what it accepted.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep server
  otpkeep server -listen=unix:/run/otpkeep/socket
  otpkeep server -listen=0.0.0.0:8200 -tls-cert=cert.pem -tls-key=key.pem
  otpkeep server -dev")]
pub(crate) struct Server {
    /// Where to listen: ADDRESS:PORT, or unix: and the path of a socket
    #[arg(long, default_value = "127.0.0.1:8200", value_name = "PLACE")]
    listen: Listen,
    /// The certificate and those that vouch for it, in PEM
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Speak plain HTTP to other machines too, such as a proxy that speaks TLS
    #[arg(long)]
    insecure_listen: bool,
    /// Serve a temporary keep with nothing in it, and print its root token
    #[arg(long)]
    dev: bool,
    /// How to write logs, to standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,
    /// Connections at once
    #[arg(long, default_value_t = 4096, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Writes that are worked on at once; others wait
    #[arg(long, default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1024))]
    workers: u32,
    /// Seconds that a request may wait for its turn
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    request_timeout: u32,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

impl Server {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        logging::start(match self.log_format {
            LogFormat::Text => logging::Format::Text,
            LogFormat::Json => logging::Format::Json,
        });
        match self.dev {
            true => self.run_dev(),
            false => self.serve(session.open_as_root()?, None),
        }
    }

    /// Serves a keep that goes with the server.
    fn run_dev(self) -> Result<()> {
        let folder = Temporary::new()?;
        let keep = temporary_keep(&folder)?;
        let policies = Some(vec!["root".to_owned()]);
        let issued = keep
            .create_token(&TokenSpec { policies, ..TokenSpec::default() })
            .map_err(|error| Failure::error("Error making the root token", error))?;
        let chosen = env::var(DEV_TOKEN).ok().filter(|text| !text.is_empty()).map(Zeroizing::new);
        let token = Zeroizing::new(issued.secret.expose().to_owned());
        let told = match &chosen {
            Some(_) => format!("Root token: the value of {DEV_TOKEN}"),
            None => format!("Root token: {}", *token),
        };
        output::print_line(&told)?;
        output::print_line("The keep is temporary: it is gone when the server ends.")?;
        self.serve(keep, chosen.map(|text| DevToken { text, token }))
    }

    fn serve(self, keep: Keep, dev_token: Option<DevToken>) -> Result<()> {
        let failed = |error: &std::io::Error| Failure::io("Error serving", error);
        let limits = Limits {
            connections: self.max_connections as usize,
            workers: self.workers as usize,
            wait_time: Duration::from_secs(self.request_timeout.into()),
            ..Limits::default()
        };
        let tls = self.tls_cert.zip(self.tls_key).map(|(certificate, key)| TlsFiles { certificate, key });
        let options = Options { listen: self.listen, tls, insecure_listen: self.insecure_listen, dev_token, limits };
        let place = options.listen.to_string();
        let server = HttpServer::bind(keep, options)
            .map_err(|error| Failure::io(format!("Error listening at {place}"), &error))?;
        output::print_line(&format!("Listening at {}", server.place()))?;
        server.run().map_err(|error| failed(&error))
    }
}

/// A new keep with nothing in it, whose root key nobody knows.
fn temporary_keep(folder: &Temporary) -> Result<Keep> {
    let mut root_key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *root_key).map_err(|error| Failure::new(format!("No random bytes: {error}")))?;
    let mut options = OpenOptions::new();
    let opened = options
        .set_root_key(&*root_key)
        .map(|options| options.set_create(true).set_bare(true))
        .and_then(|options| Keep::open(folder.0.join("auth.keep"), options));
    opened.map_err(|error| Failure::error("Error making a temporary keep", error))
}

/// A folder for its owner alone, which goes with all that is in it.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Temporary> {
        use std::os::unix::fs::DirBuilderExt as _;
        let failed = |error: &std::io::Error| Failure::io("Error making a temporary folder", error);
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Failure::new(format!("No random bytes: {error}")))?;
        let path = env::temp_dir().join(format!("otpkeep-dev-{:016x}", u64::from_ne_bytes(random)));
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| failed(&error))?;
        Ok(Temporary(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
