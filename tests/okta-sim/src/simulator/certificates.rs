//! The certificates of a simulated org: an authority of its own, and a server's certificate that
//! it vouches for.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};

/// How long certificates are valid, in days.
const DAYS: u32 = 365;

/// A certificate authority that exists for one test or one demonstration.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// A server's certificate with its key, both in PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, then that of the authority.
    pub chain_pem: String,
    /// The private key (PKCS #8).
    pub key_pem: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes a new authority.
    pub fn new() -> Result<Self, ErrorStack> {
        let key = new_key()?;
        let name = name("Simulated Okta CA")?;
        let mut builder = draft(&name, &name, &key)?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.append_extension(
            KeyUsage::new()
                .critical()
                .key_cert_sign()
                .crl_sign()
                .build()?,
        )?;
        let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
        builder.append_extension(identifier)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: builder.build(),
            key,
        })
    }

    /// Returns the authority's certificate in PEM, for those who shall trust it.
    pub fn certificate_pem(&self) -> Result<String, ErrorStack> {
        Ok(text(&self.certificate.to_pem()?))
    }

    /// Issues a certificate for host names and addresses; it is valid for 127.0.0.1 and localhost
    /// as well.
    pub fn issue(&self, hosts: &[String]) -> Result<Identity, ErrorStack> {
        let key = new_key()?;
        let subject = name(hosts.first().map_or("localhost", String::as_str))?;
        let mut builder = draft(&subject, self.certificate.subject_name(), &key)?;
        builder.append_extension(BasicConstraints::new().build()?)?;
        builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
        let mut names = SubjectAlternativeName::new();
        names.dns("localhost").ip("127.0.0.1");
        for host in hosts {
            match host.parse::<std::net::IpAddr>() {
                Ok(_) => names.ip(host),
                Err(_) => names.dns(host),
            };
        }
        let names = names.build(&builder.x509v3_context(Some(&self.certificate), None))?;
        builder.append_extension(names)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        let mut chain = text(&builder.build().to_pem()?);
        chain.push_str(&self.certificate_pem()?);
        Ok(Identity {
            chain_pem: chain,
            key_pem: text(&key.private_key_to_pem_pkcs8()?),
        })
    }
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn name(common: &str) -> Result<X509Name, ErrorStack> {
    let mut builder = X509NameBuilder::new()?;
    // A common name has room for 64 characters; what counts is the alternative names.
    let common: String = common.chars().take(64).collect();
    builder.append_entry_by_nid(Nid::COMMONNAME, &common)?;
    Ok(builder.build())
}

fn draft(
    subject: &X509Name,
    issuer: &openssl::x509::X509NameRef,
    key: &PKey<Private>,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(128, MsbOption::MAYBE_ZERO, false)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    // A little in the past, for a clock that goes wrong a little.
    let begin = Asn1Time::from_unix(super::clock::wall_ms() / 1000 - 3600)?;
    builder.set_not_before(&begin)?;
    builder.set_not_after(&*Asn1Time::days_from_now(DAYS)?)?;
    Ok(builder)
}

/// PEM is ASCII.
fn text(pem: &[u8]) -> String {
    String::from_utf8_lossy(pem).into_owned()
}
