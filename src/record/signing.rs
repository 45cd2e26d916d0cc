//! OpenSSH signatures (SSHSIG), made and checked as `ssh-keygen -Y sign` and `-Y verify` do.
//!
//! ssh-key does Ed25519, ECDSA and security keys; aws-lc-rs does RSA, because no other RSA here may
//! hold a private key of value. What ssh-keygen leaves open is closed: a security key must have been
//! touched, and RSA needs 3072 bits and SHA-2.
//!
//! # Source
//!
//! PROTOCOL.sshsig and PROTOCOL.u2f of OpenSSH; RFC 8332 for RSA with SHA-2.

mod elsewhere;

use std::cell::OnceCell;
use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::rsa::KeyPairComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA512;
use aws_lc_rs::signature::RSA_PKCS1_SHA512;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64ct::Base64;
use base64ct::Encoding as _;
use rsa::BoxedUint;
use ssh_key::Algorithm;
use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::Mpint;
use ssh_key::PrivateKey;
use ssh_key::SshSig;
use ssh_key::private::Ed25519Keypair;
use ssh_key::private::RsaKeypair;
use ssh_key::public::KeyData;
use ssh_key::public::RsaPublicKey;
use ssh_key::public::SkEd25519;
use zeroize::Zeroizing;

use crate::record::error::RecordError;
use crate::secret::Secret;

/// A person's public key.
#[derive(Clone, Debug)]
pub struct PublicKey(ssh_key::PublicKey);

impl PublicKey {
    /// Reads one line as in a `.pub` file: type, key and perhaps a comment.
    pub fn parse(line: &str) -> Result<Self, RecordError> {
        let key = ssh_key::PublicKey::from_openssh(line.trim_matches([' ', '\t', '\r', '\n']))
            .map_err(|_| RecordError::NotAPublicKey)?;
        Self::accept(key)
    }

    /// Refuses types of keys that no signature here may come from.
    fn accept(key: ssh_key::PublicKey) -> Result<Self, RecordError> {
        let kind = key.key_data();
        let known = kind.is_ed25519()
            || kind.is_ecdsa()
            || kind.is_rsa()
            || kind.is_sk_ed25519()
            || kind.is_sk_ecdsa_p256();
        if !known {
            return Err(RecordError::KeyType {
                kind: key.algorithm().to_string(),
            });
        }
        let key = Self(key);
        if let Some(rsa) = key.0.key_data().rsa() {
            let bits = bits(rsa.n());
            if bits < RSA_BITS {
                return Err(RecordError::ShortKey {
                    key: key.fingerprint(),
                    bits,
                });
            }
        }
        let data = key.0.key_data();
        let edwards = data
            .ed25519()
            .or_else(|| data.sk_ed25519().map(SkEd25519::public_key));
        if let Some(point) = edwards {
            let point = ed25519_dalek::VerifyingKey::from_bytes(&point.0)
                .map_err(|_| RecordError::NotAPublicKey)?;
            if point.is_weak() {
                return Err(RecordError::WeakKey {
                    key: key.fingerprint(),
                });
            }
        }
        Ok(key)
    }

    /// Type and key without a comment, as in a list of allowed signers.
    pub fn to_line(&self) -> String {
        let bare = ssh_key::PublicKey::new(self.0.key_data().clone(), "");
        // Only a comment with a line break could fail, and there is none.
        bare.to_openssh().unwrap_or_default().trim_end().to_owned()
    }

    /// The key as SSH sends it.
    pub(super) fn blob(&self) -> Option<Vec<u8>> {
        self.0.to_bytes().ok()
    }

    /// The key itself.
    pub(super) fn data(&self) -> KeyData {
        self.0.key_data().clone()
    }

    /// Whether it is an RSA key.
    pub(super) fn is_rsa(&self) -> bool {
        self.0.key_data().is_rsa()
    }

    /// Whether its private half is in a security key, which wants a touch for each signature.
    pub fn wants_touch(&self) -> bool {
        self.0.key_data().is_sk_ed25519() || self.0.key_data().is_sk_ecdsa_p256()
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }
}

impl PartialEq for PublicKey {
    /// Comments do not count.
    fn eq(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl Eq for PublicKey {}

/// A private key that signs here.
pub struct SigningKey {
    public: PublicKey,
    private: Private,
}

enum Private {
    Ssh(Box<PrivateKey>),
    Rsa(Box<KeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.fingerprint())
    }
}

impl SigningKey {
    /// Reads a private key file of OpenSSH.
    ///
    /// # Errors
    ///
    /// [`RecordError::PassphraseNeeded`] if it is encrypted and no passphrase is given.
    pub fn from_openssh(file: &Secret, passphrase: Option<&Secret>) -> Result<Self, RecordError> {
        let key =
            PrivateKey::from_openssh(file.expose()).map_err(|_| RecordError::NotAPrivateKey)?;
        let public = PublicKey::accept(key.public_key().clone())?;
        let fingerprint = public.fingerprint();
        let key = match (key.is_encrypted(), passphrase) {
            (false, _) => key,
            (true, None) => return Err(RecordError::PassphraseNeeded { key: fingerprint }),
            (true, Some(passphrase)) => key
                .decrypt(passphrase.expose())
                .map_err(|_| RecordError::PassphraseWrong { key: fingerprint })?,
        };
        Self::accept(key)
    }

    /// An Ed25519 key from 32 bytes, for the stand-ins of a rehearsal.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let pair = Ed25519Keypair::from_seed(seed);
        let public = ssh_key::PublicKey::new(KeyData::from(pair.public), "");
        Self {
            public: PublicKey(public),
            private: Private::Ssh(Box::new(PrivateKey::from(pair))),
        }
    }

    fn accept(key: PrivateKey) -> Result<Self, RecordError> {
        let public = PublicKey::accept(key.public_key().clone())?;
        let fingerprint = public.fingerprint();
        let data = key.key_data();
        if data.sk_ed25519().is_some() || data.sk_ecdsa_p256().is_some() {
            return Err(RecordError::InDevice { key: fingerprint });
        }
        let private = match data.rsa() {
            Some(pair) => {
                let pair = rsa_pair(pair).ok_or(RecordError::CannotSign { key: fingerprint })?;
                Private::Rsa(Box::new(pair))
            }
            None => Private::Ssh(Box::new(key)),
        };
        Ok(Self { public, private })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// Signs `message` for one purpose: the text of a `.sig` file. It is checked before it is returned.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, RecordError> {
        let failed = || RecordError::CannotSign {
            key: self.public.fingerprint(),
        };
        let signed = match &self.private {
            Private::Ssh(key) => key
                .sign(namespace, HashAlg::Sha512, message)
                .map_err(|_| failed())?,
            Private::Rsa(pair) => {
                let data = SshSig::signed_data(namespace, HashAlg::Sha512, message)
                    .map_err(|_| failed())?;
                let mut bytes = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), &data, &mut bytes)
                    .map_err(|_| failed())?;
                let algorithm = Algorithm::Rsa {
                    hash: Some(HashAlg::Sha512),
                };
                let signature = ssh_key::Signature::new(algorithm, bytes).map_err(|_| failed())?;
                let public = self.public.0.key_data().clone();
                SshSig::new(public, namespace, HashAlg::Sha512, signature).map_err(|_| failed())?
            }
        };
        // A signature that went wrong could give the key away; it must not leave.
        let signature = Signature(signed);
        signature.verify(namespace, message, &self.public)?;
        signature.0.to_pem(LineEnding::LF).map_err(|_| failed())
    }
}

/// A detached signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature(SshSig);

/// What is signed, by how many people ever: it is hashed once, and each signature is over the hash.
#[derive(Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    sha256: OnceCell<Vec<u8>>,
    sha512: OnceCell<Vec<u8>>,
}

impl<'a> Message<'a> {
    /// A message of these bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            sha256: OnceCell::new(),
            sha512: OnceCell::new(),
        }
    }

    fn hash(&self, with: HashAlg) -> &[u8] {
        let known = if with == HashAlg::Sha256 {
            &self.sha256
        } else {
            &self.sha512
        };
        known.get_or_init(|| with.digest(self.bytes))
    }
}

impl Signature {
    /// Reads a `.sig` file.
    ///
    /// However its lines are broken, it begins and ends as ssh-keygen wants it: nobody else could check one
    /// with text before it, or with the line ends of another system (`sshsig_dearmor`, OpenSSH 9.2).
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let is_framed = bytes.starts_with(b"-----BEGIN SSH SIGNATURE-----\n")
            && String::from_utf8_lossy(bytes).contains("\n-----END SSH SIGNATURE-----");
        if !is_framed {
            return Err(RecordError::NotASignature);
        }
        let signature = SshSig::from_pem(bytes).map_err(|_| {
            foreign_hash(bytes).map_or(RecordError::NotASignature, |found| RecordError::Hash {
                found,
            })
        })?;
        // Later versions and reserved bytes would say something that this program does not understand.
        if signature.version() != SshSig::VERSION || !signature.reserved().is_empty() {
            return Err(RecordError::NotASignature);
        }
        Ok(Self(signature))
    }

    /// What the signature says it is for.
    pub fn namespace(&self) -> &str {
        self.0.namespace()
    }

    /// The key that the signature says it was made by.
    pub fn key(&self) -> Result<PublicKey, RecordError> {
        PublicKey::accept(ssh_key::PublicKey::new(self.0.public_key().clone(), ""))
    }

    /// Checks that `key` made this signature over `message` for this purpose.
    pub fn verify(
        &self,
        namespace: &str,
        message: &[u8],
        key: &PublicKey,
    ) -> Result<(), RecordError> {
        self.verify_message(namespace, &Message::of(message), key)
    }

    /// As [`Signature::verify`], of a message that others signed, too.
    pub fn verify_message(
        &self,
        namespace: &str,
        message: &Message<'_>,
        key: &PublicKey,
    ) -> Result<(), RecordError> {
        if self.0.namespace() != namespace {
            return Err(RecordError::OtherNamespace {
                found: self.0.namespace().to_owned(),
                wanted: namespace.to_owned(),
            });
        }
        let found = self.key()?;
        if found != *key {
            return Err(RecordError::OtherKey {
                found: found.fingerprint(),
                wanted: key.fingerprint(),
            });
        }
        let key = found.fingerprint();
        let unfit = || RecordError::DoesNotFit { key: key.clone() };
        let data = found.0.key_data();
        let hash = self.0.hash_alg();
        if hash != HashAlg::Sha256 && hash != HashAlg::Sha512 {
            return Err(RecordError::Hash {
                found: hash.to_string(),
            });
        }
        if let Some(rsa) = data.rsa() {
            let signed = SshSig::signed_data_for_prehash(namespace, hash, message.hash(hash));
            let signed = signed.map_err(|_| unfit())?;
            return self.verify_rsa(rsa, &signed, &key);
        }
        if self.0.algorithm() != data.algorithm() {
            return Err(unfit());
        }
        if found.wants_touch() {
            // Behind the signature: one byte of flags and four of a counter. Both ssh-key and
            // ssh-keygen accept flags of 0, a signature that nobody need have known of.
            let bytes = self.0.signature_bytes();
            let flags = bytes.iter().rev().nth(4).copied().unwrap_or(0);
            if flags & USER_PRESENT == 0 {
                return Err(RecordError::NoPresence { key });
            }
        }
        found
            .0
            .verify_prehash(namespace, message.hash(hash), &self.0)
            .map_err(|_| unfit())
    }

    fn verify_rsa(&self, rsa: &RsaPublicKey, signed: &[u8], key: &str) -> Result<(), RecordError> {
        let unfit = || RecordError::DoesNotFit {
            key: key.to_owned(),
        };
        let algorithm = self.0.algorithm();
        let params = if algorithm == rsa_with(HashAlg::Sha512) {
            &RSA_PKCS1_2048_8192_SHA512
        } else if algorithm == rsa_with(HashAlg::Sha256) {
            &RSA_PKCS1_2048_8192_SHA256
        } else if algorithm == (Algorithm::Rsa { hash: None }) {
            return Err(RecordError::Sha1 {
                key: key.to_owned(),
            });
        } else {
            return Err(unfit());
        };
        let n = rsa.n().as_positive_bytes().ok_or_else(unfit)?;
        let e = rsa.e().as_positive_bytes().ok_or_else(unfit)?;
        // Some agents strip leading zeros, which RFC 8017 keeps; OpenSSH puts them back, too.
        let bytes = self.0.signature_bytes();
        let zeros = n.len().checked_sub(bytes.len()).ok_or_else(unfit)?;
        let bytes = [&vec![0; zeros], bytes].concat();
        RsaPublicKeyComponents { n, e }
            .verify(params, signed, &bytes)
            .map_err(|_| unfit())
    }
}

fn rsa_with(hash: HashAlg) -> Algorithm {
    Algorithm::Rsa { hash: Some(hash) }
}

/// Moves an RSA pair into aws-lc-rs, which checks every part against the others.
fn rsa_pair(pair: &RsaKeypair) -> Option<KeyPair> {
    let (public, private) = (pair.public(), pair.private());
    let d = private.d().as_positive_bytes()?;
    let p = private.p().as_positive_bytes()?;
    let q = private.q().as_positive_bytes()?;
    // OpenSSH keeps no CRT exponents. The remainder is constant-time; the numbers are wiped.
    let exponent = |prime: &[u8]| {
        let precision = u32::try_from(d.len().max(prime.len()) * 8).ok()?;
        let number = |bytes| BoxedUint::from_be_slice(bytes, precision).ok();
        let d = Zeroizing::new(number(d)?);
        let prime = Zeroizing::new(number(prime)?);
        let less = prime.wrapping_sub(BoxedUint::one_with_precision(precision));
        let less = Zeroizing::new(Option::from(less.into_nz())?);
        let exponent = Zeroizing::new(d.rem(&less));
        Some(Zeroizing::new(exponent.to_be_bytes()))
    };
    KeyPair::from_components(&KeyPairComponents {
        public_key: RsaPublicKeyComponents {
            n: public.n().as_positive_bytes()?,
            e: public.e().as_positive_bytes()?,
        },
        d,
        p,
        q,
        dP: &exponent(p)?,
        dQ: &exponent(q)?,
        qInv: private.iqmp().as_positive_bytes()?,
    })
    .ok()
}

/// Length of a number without its leading zeros.
fn bits(number: &Mpint) -> usize {
    let bytes = number.as_positive_bytes().unwrap_or_default();
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    (bytes.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

/// The digest of a signature that ssh-key could not read, if that is why.
fn foreign_hash(pem: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(pem).ok()?;
    let inner = text
        .trim()
        .strip_prefix("-----BEGIN SSH SIGNATURE-----")?
        .strip_suffix("-----END SSH SIGNATURE-----")?;
    let inner: String = inner.split_ascii_whitespace().collect();
    let bytes = Base64::decode_vec(&inner).ok()?;
    let mut rest = bytes.strip_prefix(b"SSHSIG\0\0\0\x01")?;
    let mut field = || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let (field, after) = after.split_at_checked(len)?;
        rest = after;
        Some(field)
    };
    let (_key, _namespace, _reserved) = (field()?, field()?, field()?);
    let hash = std::str::from_utf8(field()?).ok()?;
    (hash != "sha256" && hash != "sha512").then(|| hash.to_owned())
}

/// Bit of a security key's flags: somebody touched it.
const USER_PRESENT: u8 = 1;

/// Fewest bits of an RSA modulus.
const RSA_BITS: usize = 3072;

#[cfg(test)]
mod tests {
    use super::*;
    use ssh_key::public::Ed25519PublicKey;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    #[test]
    fn a_signing_key_shows_nothing_but_its_fingerprint() {
        let key = key(7);
        let shown = format!("SigningKey({})", key.public().fingerprint());
        assert_eq!(format!("{key:?}"), shown);
    }

    /// One signature of such a key, all zeros but for the neutral element, would hold for any message.
    #[test]
    fn an_ed25519_key_of_small_order_is_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut order_two = [0xff; 32];
        (order_two[0], order_two[31]) = (0xec, 0x7f);
        let mut no_point = [0; 32];
        no_point[0] = 2;
        for (bytes, weak) in [(neutral, true), (order_two, true), (no_point, false)] {
            let plain = KeyData::from(Ed25519PublicKey(bytes));
            let device = KeyData::from(SkEd25519::new(Ed25519PublicKey(bytes), "ssh:"));
            for data in [plain, device] {
                let line = ssh_key::PublicKey::new(data, "").to_openssh().unwrap();
                let error = PublicKey::parse(&line).unwrap_err();
                let told = matches!(error, RecordError::WeakKey { .. });
                assert_eq!(told, weak, "{line}");
                assert!(told || error == RecordError::NotAPublicKey, "{error}");
            }
        }
    }

    fn armored(blob: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"SSHSIG\0\0\0\x01".to_vec();
        for field in blob {
            bytes.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            bytes.extend(*field);
        }
        let text = Base64::encode_string(&bytes);
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(70)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n")
            .into_bytes()
    }

    #[test]
    fn each_reason_to_refuse_a_signature_has_its_own_error() {
        let text = key(1).sign("file", b"text").unwrap();
        let signature = Signature::parse(text.as_bytes()).unwrap();
        let public = key(1).public();
        assert_eq!(signature.verify("file", b"text", &public), Ok(()));
        assert_eq!(
            signature.verify("git", b"text", &public),
            Err(RecordError::OtherNamespace {
                found: "file".to_owned(),
                wanted: "git".to_owned()
            })
        );
        assert_eq!(
            signature.verify("file", b"text", &key(2).public()),
            Err(RecordError::OtherKey {
                found: public.fingerprint(),
                wanted: key(2).public().fingerprint()
            })
        );
        assert_eq!(
            signature.verify("file", b"texT", &public),
            Err(RecordError::DoesNotFit {
                key: public.fingerprint()
            })
        );
        assert!(key(1).sign("", b"text").is_err());
        for bad in [
            &b""[..],
            b"text",
            text.replace("SSH SIG", "PGP SIG").as_bytes(),
        ] {
            assert_eq!(Signature::parse(bad), Err(RecordError::NotASignature));
        }
    }

    #[test]
    fn another_digest_is_named() {
        let public = key(1).public().0.to_bytes().unwrap();
        let fields: [&[u8]; 5] = [&public, b"file", b"", b"md5", b"x"];
        assert_eq!(
            Signature::parse(&armored(&fields)),
            Err(RecordError::Hash {
                found: "md5".to_owned()
            })
        );
    }

    #[test]
    fn later_versions_and_reserved_bytes_are_refused() {
        let text = key(1).sign("file", b"text").unwrap();
        let inner: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let bytes = Base64::decode_vec(&inner).unwrap();
        let signature = &bytes[bytes.len() - 83..];
        let public = key(1).public().0.to_bytes().unwrap();
        let good: [&[u8]; 5] = [&public, b"file", b"", b"sha512", signature];
        let good = armored(&good);
        assert!(Signature::parse(&good).is_ok());
        let fields: [&[u8]; 5] = [&public, b"file", b"x", b"sha512", signature];
        assert_eq!(
            Signature::parse(&armored(&fields)),
            Err(RecordError::NotASignature)
        );
        for version in [0, 2] {
            let mut bytes = bytes.clone();
            bytes[9] = version;
            let text = Base64::encode_string(&bytes);
            let text =
                format!("-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n");
            assert_eq!(
                Signature::parse(text.as_bytes()),
                Err(RecordError::NotASignature)
            );
        }
    }

    /// A security key in software: signs what PROTOCOL.u2f says.
    fn security_key(flags: u8, message: &[u8]) -> (PublicKey, Vec<u8>) {
        use ssh_key::sha2::Digest as _;
        use ssh_key::sha2::Sha256;

        let pair = Ed25519Keypair::from_seed(&[7; 32]);
        let public: Ed25519PublicKey = pair.public;
        let public = KeyData::SkEd25519(SkEd25519::new(public, "ssh:"));
        let data = SshSig::signed_data("file", HashAlg::Sha512, message).unwrap();
        let mut signed = Sha256::digest(b"ssh:").to_vec();
        let trailer = [flags, 0, 0, 0, 9];
        signed.extend(trailer);
        signed.extend(Sha256::digest(&data));
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let bytes = [pair.sign(&signed).as_ref(), &trailer].concat();
        let signature = ssh_key::Signature::new(Algorithm::SkEd25519, bytes).unwrap();
        let signature = SshSig::new(public.clone(), "file", HashAlg::Sha512, signature).unwrap();
        (
            PublicKey::accept(ssh_key::PublicKey::new(public, "")).unwrap(),
            signature.to_pem(LineEnding::LF).unwrap().into_bytes(),
        )
    }

    #[test]
    fn a_security_key_must_have_been_touched() {
        for (flags, touched) in [(0, false), (1, true), (4, false), (5, true)] {
            let (public, text) = security_key(flags, b"text");
            let signature = Signature::parse(&text).unwrap();
            let result = signature.verify("file", b"text", &public);
            if touched {
                assert_eq!(result, Ok(()));
                assert!(signature.verify("file", b"texT", &public).is_err());
            } else {
                let key = public.fingerprint();
                assert_eq!(result, Err(RecordError::NoPresence { key }));
            }
        }
    }

    #[test]
    fn an_ecdsa_security_key_must_have_been_touched() {
        use aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        use aws_lc_rs::signature::EcdsaKeyPair;
        use aws_lc_rs::signature::KeyPair as _;
        use ssh_key::encoding::Encode as _;
        use ssh_key::public::EcdsaPublicKey;
        use ssh_key::public::SkEcdsaSha2NistP256;
        use ssh_key::sha2::Digest as _;
        use ssh_key::sha2::Sha256;

        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = EcdsaPublicKey::from_sec1_bytes(pair.public_key().as_ref()).unwrap();
        let EcdsaPublicKey::NistP256(point) = point else {
            unreachable!()
        };
        let public = KeyData::SkEcdsaSha2NistP256(SkEcdsaSha2NistP256::new(point, "ssh:"));
        let key = PublicKey::accept(ssh_key::PublicKey::new(public.clone(), "")).unwrap();
        for flags in [0, 1] {
            let data = SshSig::signed_data("file", HashAlg::Sha256, b"text").unwrap();
            let trailer = [flags, 0, 0, 1, 0];
            let app = Sha256::digest(b"ssh:");
            let signed = [&app[..], &trailer, &Sha256::digest(&data)].concat();
            let made = pair.sign(&SystemRandom::new(), &signed).unwrap();
            let (r, s) = made.as_ref().split_at(32);
            let mut bytes = Vec::new();
            for number in [r, s] {
                Mpint::from_positive_bytes(number)
                    .encode(&mut bytes)
                    .unwrap();
            }
            bytes.extend(trailer);
            let made = ssh_key::Signature::new(Algorithm::SkEcdsaSha2NistP256, bytes).unwrap();
            let made = SshSig::new(public.clone(), "file", HashAlg::Sha256, made).unwrap();
            let text = made.to_pem(LineEnding::LF).unwrap();
            let result = Signature::parse(text.as_bytes())
                .unwrap()
                .verify("file", b"text", &key);
            let untouched = RecordError::NoPresence {
                key: key.fingerprint(),
            };
            assert_eq!(result, if flags == 1 { Ok(()) } else { Err(untouched) });
        }
    }

    #[test]
    fn the_file_of_a_security_key_holds_no_key_that_signs() {
        let pair = Ed25519Keypair::from_seed(&[7; 32]);
        let public = SkEd25519::new(pair.public, "ssh:");
        let private = ssh_key::private::SkEd25519::new(public, 1, [1, 2, 3]).unwrap();
        let file = PrivateKey::from(private).to_openssh(LineEnding::LF);
        let file = Secret::take(&mut file.unwrap().as_bytes().to_vec());
        let refused = SigningKey::from_openssh(&file, None).unwrap_err();
        assert!(matches!(refused, RecordError::InDevice { .. }));
    }

    #[test]
    fn rsa_with_sha1_or_a_short_key_is_refused() {
        let rsa = |bytes: usize| {
            let n = vec![0xff; bytes];
            let public = RsaPublicKey::new(
                Mpint::from_positive_bytes(&[1, 0, 1]),
                Mpint::from_positive_bytes(&n),
            );
            ssh_key::PublicKey::new(KeyData::Rsa(public.unwrap()), "")
        };
        let short = PublicKey::accept(rsa(383));
        assert!(matches!(
            short,
            Err(RecordError::ShortKey { bits: 3064, .. })
        ));
        let public = PublicKey::accept(rsa(384)).unwrap();
        let data = public.0.key_data().clone();
        let with = |hash| {
            let signature = ssh_key::Signature::new(Algorithm::Rsa { hash }, vec![1; 384]);
            Signature(
                SshSig::new(data.clone(), "file", HashAlg::Sha512, signature.unwrap()).unwrap(),
            )
        };
        let key = public.fingerprint();
        assert_eq!(
            with(None).verify("file", b"text", &public),
            Err(RecordError::Sha1 { key: key.clone() })
        );
        assert_eq!(
            with(Some(HashAlg::Sha512)).verify("file", b"text", &public),
            Err(RecordError::DoesNotFit { key })
        );
    }

    #[test]
    fn comments_do_not_make_another_key() {
        let line = key(1).public().to_line();
        let named = PublicKey::parse(&format!("{line} ana@acme\n")).unwrap();
        assert_eq!(named, key(1).public());
        assert_eq!(named.to_line(), line);
        assert_eq!(
            PublicKey::parse("ssh-ed25519 AAAA"),
            Err(RecordError::NotAPublicKey)
        );
    }
}
