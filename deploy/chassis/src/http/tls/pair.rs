//! A certificate and its key, read from their files and found to fit.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::ssl::{SslAcceptor, SslMethod, SslOptions};
use openssl::x509::X509;

use super::TlsFiles;

/// No chain or key is nearly as large.
const MOST_BYTES: u64 = 1 << 20;
const DAY: i64 = 24 * 60 * 60;

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("{path} cannot be read: {problem}. Check the path and that this process may read it.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: io::Error,
    },
    /// A file that is no certificate.
    #[error(
        "{path} holds no certificate. It must be PEM and begin with -----BEGIN CERTIFICATE-----, this server's own \
         first."
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file that is no private key.
    #[error("{path} holds no private key. It must be PEM, such as -----BEGIN PRIVATE KEY-----.")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A key that needs a password.
    #[error(
        "the private key in {path} is encrypted. Decrypt it (openssl pkey -in FILE -out NEW) and let only this \
         process read it."
    )]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// A key of another certificate.
    #[error(
        "the private key in {key} does not fit the certificate in {certificate}. The first certificate there must be \
         this server's own, issued for this key."
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// What OpenSSL does not take, such as a key that is too short.
    #[error("the certificate in {certificate} cannot be used: {problem}. Have another one issued.")]
    Refused {
        /// The certificate's file.
        certificate: PathBuf,
        /// What OpenSSL says.
        problem: ErrorStack,
    },
}

/// The hash of both files.
pub(super) type Content = [u8; 32];

/// A certificate and its key, ready to accept connections.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) acceptor: SslAcceptor,
    pub(super) content: Content,
    /// Seconds since 1970.
    pub(super) expires: i64,
    /// Why clients will not take it, though it can be served.
    pub(super) concern: Option<String>,
}

/// The files' bytes.
pub(super) struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Reads the files and what they hold.
pub(super) fn read(files: &TlsFiles) -> Result<Pair, TlsError> {
    Pair::of(&Texts::read(files)?, files)
}

impl Texts {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self {
            certificate: bytes(&files.certificate)?,
            key: bytes(&files.key)?,
        })
    }

    pub(super) fn content(&self) -> Content {
        let hashes = [sha256(&self.certificate), sha256(&self.key)];
        sha256(hashes.as_flattened())
    }
}

impl Pair {
    pub(super) fn of(texts: &Texts, files: &TlsFiles) -> Result<Self, TlsError> {
        let chain = chain(&texts.certificate, &files.certificate)?;
        let key = key(&texts.key, &files.key)?;
        let Some((own, others)) = chain.split_first() else {
            let path = files.certificate.clone();
            return Err(TlsError::NoCertificate { path });
        };
        let fits = own.public_key().is_ok_and(|public| public.public_eq(&key));
        if !fits {
            return Err(TlsError::Mismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            });
        }
        let refused = |problem| TlsError::Refused {
            certificate: files.certificate.clone(),
            problem,
        };
        let (expires, concern) = validity(own).map_err(refused)?;
        Ok(Self {
            acceptor: acceptor(own, others, &key).map_err(refused)?,
            content: texts.content(),
            expires,
            concern,
        })
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |problem| TlsError::Unreadable {
        path: path.to_owned(),
        problem,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn chain(pem: &[u8], path: &Path) -> Result<Vec<X509>, TlsError> {
    let chain = X509::stack_from_pem(pem).unwrap_or_default();
    if chain.is_empty() {
        let path = path.to_owned();
        return Err(TlsError::NoCertificate { path });
    }
    Ok(chain)
}

fn key(pem: &[u8], path: &Path) -> Result<PKey<Private>, TlsError> {
    let path = path.to_owned();
    let mut is_encrypted = false;
    // Without it, OpenSSL would ask for the password at the terminal.
    let no_password = |_: &mut [u8]| {
        is_encrypted = true;
        Err(ErrorStack::get())
    };
    match PKey::private_key_from_pem_callback(pem, no_password) {
        Ok(key) => Ok(key),
        Err(_) if is_encrypted => Err(TlsError::EncryptedKey { path }),
        Err(_) => Err(TlsError::NoKey { path }),
    }
}

/// When it expires, and what clients will mind.
fn validity(certificate: &X509) -> Result<(i64, Option<String>), ErrorStack> {
    let now = Asn1Time::days_from_now(0)?;
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let concern = if *end <= *now {
        Some(format!("the certificate has expired on {end}"))
    } else if *begin > *now {
        Some(format!("the certificate is not valid before {begin}"))
    } else {
        None
    };
    Ok((unix_seconds(end)?, concern))
}

fn unix_seconds(time: &Asn1TimeRef) -> Result<i64, ErrorStack> {
    let epoch = Asn1Time::from_unix(0)?;
    let since = epoch.diff(time)?;
    Ok(i64::from(since.days) * DAY + i64::from(since.secs))
}

fn acceptor(own: &X509, others: &[X509], key: &PKey<Private>) -> Result<SslAcceptor, ErrorStack> {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    acceptor.set_options(SslOptions::NO_RENEGOTIATION);
    acceptor.set_certificate(own)?;
    for other in others {
        acceptor.add_extra_chain_cert(other.clone())?;
    }
    acceptor.set_private_key(key)?;
    acceptor.check_private_key()?;
    Ok(acceptor.build())
}
