use std::io;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::options::TlsFiles;

/// Reads the files of a TLS server.
///
/// # Errors
/// When one cannot be read, or the two do not belong together. Nothing of the key is told.
pub(crate) fn acceptor(files: &TlsFiles) -> io::Result<TlsAcceptor> {
    let invalid = |sentence: String| io::Error::new(io::ErrorKind::InvalidInput, sentence);
    let certificate = || format!("the certificate {} cannot be read", files.certificate.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|_| invalid(certificate()))?;
    if chain.is_empty() {
        return Err(invalid(certificate()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|_| invalid(format!("the private key {} cannot be read", files.key.display())))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| invalid(format!("the certificate and its key cannot be used: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
