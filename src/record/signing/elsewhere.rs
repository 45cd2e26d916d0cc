//! Signatures by keys that never come here: an HSM signs the bytes, and the rest is put around.

use ssh_key::Algorithm;
use ssh_key::EcdsaCurve;
use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::SshSig;

use crate::crypto::signature::Scheme;
use crate::crypto::wrap::Hash;
use crate::domain::algorithm::KeyType;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;
use crate::record::signing::Signature;
use crate::record::signing::bits;

impl PublicKey {
    /// Type of the pair and how it signs, where a token can hold such a pair.
    pub fn scheme(&self) -> Option<(KeyType, Scheme)> {
        let data = self.0.key_data();
        if let Some(rsa) = data.rsa() {
            let kind = match bits(rsa.n()) {
                3072 => KeyType::Rsa3072,
                4096 => KeyType::Rsa4096,
                _ => return None,
            };
            return Some((kind, Scheme::RsaPkcs1(Hash::Sha512)));
        }
        if data.is_ed25519() {
            return Some((KeyType::Ed25519, Scheme::Eddsa));
        }
        let kind = match data.ecdsa()?.curve() {
            EcdsaCurve::NistP256 => KeyType::EcP256,
            EcdsaCurve::NistP384 => KeyType::EcP384,
            EcdsaCurve::NistP521 => KeyType::EcP521,
        };
        Some((kind, Scheme::Ecdsa))
    }

    /// Has `sign` sign `message` for one purpose: the text of a `.sig` file. It is checked before it
    /// is returned.
    ///
    /// # Errors
    ///
    /// Those of `sign`; [`RecordError::CannotSign`] for what no token signs with, and what
    /// [`Signature::verify`] says of a signature that is not this key's.
    pub fn sign_elsewhere<E: From<RecordError>>(
        &self,
        namespace: &str,
        message: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<String, E> {
        let failed = || RecordError::CannotSign {
            key: self.fingerprint(),
        };
        let (_, scheme) = self.scheme().ok_or_else(failed)?;
        let data =
            SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(|_| failed())?;
        let made = sign(&data)?;
        let (algorithm, bytes) = match scheme {
            Scheme::RsaPkcs1(_) | Scheme::RsaPss(_) => {
                let hash = Some(HashAlg::Sha512);
                (Algorithm::Rsa { hash }, made)
            }
            Scheme::Ecdsa => (self.0.algorithm(), two_numbers(&made).ok_or_else(failed)?),
            Scheme::Eddsa => (self.0.algorithm(), made),
        };
        let signature = ssh_key::Signature::new(algorithm, bytes).map_err(|_| failed())?;
        let public = self.0.key_data().clone();
        let signed =
            SshSig::new(public, namespace, HashAlg::Sha512, signature).map_err(|_| failed())?;
        let signature = Signature(signed);
        signature.verify(namespace, message, self)?;
        Ok(signature.0.to_pem(LineEnding::LF).map_err(|_| failed())?)
    }
}

/// ECDSA as SSH has it (RFC 5656 section 3.1.2), of two numbers of one length after each other.
fn two_numbers(both: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = both.split_at_checked(both.len() / 2)?;
    if r.len() != s.len() {
        return None;
    }
    Some([mpint(r)?, mpint(s)?].concat())
}

/// A positive number (RFC 4251 section 5): without zeros before, but with one where it would look
/// negative.
fn mpint(number: &[u8]) -> Option<Vec<u8>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..)?;
    let sign = number.first().is_some_and(|first| first & 0x80 != 0);
    let len = u32::try_from(number.len() + usize::from(sign)).ok()?;
    let zero: &[u8] = if sign { &[0] } else { &[] };
    Some([&len.to_be_bytes()[..], zero, number].concat())
}

#[cfg(test)]
mod tests {
    use ssh_key::Mpint;
    use ssh_key::public::KeyData;
    use ssh_key::public::RsaPublicKey;

    use super::*;
    use crate::record::signing::SigningKey;

    #[test]
    fn a_token_signs_with_rsa_of_3072_and_4096_bits_and_no_other() {
        for (bytes, kind) in [
            (384, Some(KeyType::Rsa3072)),
            (512, Some(KeyType::Rsa4096)),
            (1024, None),
        ] {
            let n = Mpint::from_positive_bytes(&vec![0xff; bytes]);
            let key = RsaPublicKey::new(Mpint::from_positive_bytes(&[1, 0, 1]), n);
            let key = PublicKey(ssh_key::PublicKey::new(KeyData::Rsa(key.unwrap()), ""));
            let wanted = kind.map(|kind| (kind, Scheme::RsaPkcs1(Hash::Sha512)));
            assert_eq!(key.scheme(), wanted, "{bytes}");
        }
    }

    /// Ed25519 has one signature for each message, whoever makes it.
    #[test]
    fn what_is_signed_elsewhere_is_what_is_signed_here() {
        let key = SigningKey::from_seed(&[1; 32]);
        let here = key.sign("file", b"text").unwrap();
        let sign = |data: &[u8]| {
            let pem = key.sign("file", b"text")?;
            let signed = SshSig::from_pem(pem).unwrap();
            assert_eq!(
                data,
                SshSig::signed_data("file", HashAlg::Sha512, b"text").unwrap()
            );
            Ok::<_, RecordError>(signed.signature().as_bytes().to_vec())
        };
        let there = key.public().sign_elsewhere("file", b"text", sign).unwrap();
        assert_eq!(there, here);
    }

    #[test]
    fn numbers_are_written_as_rfc_4251_writes_them() {
        assert_eq!(mpint(&[0, 0]).unwrap(), [0, 0, 0, 0]);
        assert_eq!(mpint(&[0, 0x80]).unwrap(), [0, 0, 0, 2, 0, 0x80]);
        assert_eq!(
            mpint(&[0x09, 0xa3, 0x78]).unwrap(),
            [0, 0, 0, 3, 0x09, 0xa3, 0x78]
        );
        assert_eq!(two_numbers(&[1, 2, 3]), None);
        assert_eq!(
            two_numbers(&[1, 2]).unwrap(),
            [0, 0, 0, 1, 1, 0, 0, 0, 1, 2]
        );
    }
}
