//! What a Marvell (formerly Cavium) HSM attests of a key: version 2 of its statement.
//!
//! # Layout
//!
//! All numbers are big-endian. The file is the statement, or gzip of it.
//!
//! ```text
//! response   code (4) flags (4) total size (4) buffer size (4)
//! …
//! info       version (2) flags (2) offset of the first object (2) of the second, or 0 (2)
//! object     handle (4) count of attributes (4) size (4)
//! attribute  type (4) length (4) value                       as often as counted
//! signature  256 bytes over everything before
//! ```
//!
//! `info` begins at total size − buffer size − 256; the offsets count from there. The numbers of
//! attributes are those of PKCS#11.
//!
//! The signature is not verified: that takes the certificate chains of the manufacturer and of
//! Google, which are not part of the file.
//!
//! # Source
//!
//! Marvell's `parse_v2.py` and `verify_pubkey.py`, described at
//! <https://www.marvell.com/products/security-solutions/nitrox-hs-adapters/software-key-attestation.html>;
//! format `CAVIUM_V2_COMPRESSED` of `KeyOperationAttestation` in the API of Google Cloud KMS. Version
//! 1 is older than firmware 3.2-08 and not read. Not tried on a live service.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::crypto::wrapping_key::WrappingKey;
use crate::providers::ProviderError;

/// What was found true, in words for the record.
pub(super) const ATTESTED: &str = "Marvell version 2: modulus and exponent are those of the wrapping key; \
                                   the signature of the statement is not verified here";

/// Holds a statement against the wrapping key that it should be about.
///
/// # Errors
///
/// [`ProviderError::Attestation`] for what is no such statement, [`ProviderError::OtherAttested`]
/// for one about another key.
pub(super) fn check(file: &[u8], key: &WrappingKey) -> Result<&'static str, ProviderError> {
    let statement = unpacked(file).ok_or(ProviderError::Attestation)?;
    let objects = objects(&statement).ok_or(ProviderError::Attestation)?;
    let mut compared = false;
    for object in &objects {
        let Some(modulus) = object.get(MODULUS) else {
            continue;
        };
        // The private half may come without the exponent, and is then about the same modulus.
        let exponent = object
            .get(PUBLIC_EXPONENT)
            .or_else(|| objects.iter().find_map(|other| other.get(PUBLIC_EXPONENT)));
        let exponent = exponent.ok_or(ProviderError::Attestation)?;
        let attested = WrappingKey::from_numbers(modulus, exponent);
        if attested.map(|attested| attested.fingerprint()) != Ok(key.fingerprint()) {
            return Err(ProviderError::OtherAttested);
        }
        compared = true;
    }
    if compared {
        Ok(ATTESTED)
    } else {
        Err(ProviderError::Attestation)
    }
}

/// What an HSM attests of a key that is no wrapping key.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct OfKey {
    /// 32 bytes: of a secret by HKDF, of a pair the digest of its public half.
    pub(super) ekcv: Option<Vec<u8>>,
    /// Three bytes.
    pub(super) kcv: Option<Vec<u8>>,
    /// Whether the HSM made it.
    pub(super) local: Option<bool>,
}

/// What a statement says of a key; nothing if it is no statement, or says none of it.
///
/// The HSM's own numbers are from Google's page "Verifying attestations". In a statement that
/// PeculiarVentures published, of a P-256 pair, EKCV is the SHA-256 of the public half's DER, and KCV the
/// first three bytes of its SHA-1.
pub(super) fn of_key(file: &[u8]) -> Option<OfKey> {
    let statement = unpacked(file)?;
    let objects = objects(&statement)?;
    let find = |attribute| objects.iter().find_map(|object| object.get(attribute));
    let of_key = OfKey {
        ekcv: find(EKCV).map(<[u8]>::to_vec),
        kcv: find(KCV).map(<[u8]>::to_vec),
        local: find(LOCAL).map(|value| value.iter().any(|byte| *byte != 0)),
    };
    (of_key != OfKey::default()).then_some(of_key)
}

/// Attributes by their numbers in PKCS#11.
const MODULUS: u32 = 0x120;
const PUBLIC_EXPONENT: u32 = 0x122;
const LOCAL: u32 = 0x163;
/// Attributes of the HSM itself.
const KCV: u32 = 0x173;
const EKCV: u32 = 0x1003;
/// An RSA-2048 signature.
const SIGNATURE: usize = 256;
/// No statement is longer.
const LONGEST: u64 = 1 << 20;
/// No key has more attributes.
const MOST_ATTRIBUTES: u32 = 256;

/// The statement, taken out of gzip where it is in it.
fn unpacked(file: &[u8]) -> Option<Vec<u8>> {
    if !file.starts_with(&[0x1f, 0x8b]) {
        return Some(file.to_vec());
    }
    let mut statement = Vec::new();
    let mut reader = GzDecoder::new(file).take(LONGEST + 1);
    reader.read_to_end(&mut statement).ok()?;
    (u64::try_from(statement.len()).ok()? <= LONGEST).then_some(statement)
}

/// The attributes of one key.
struct Object<'a>(Vec<(u32, &'a [u8])>);

impl Object<'_> {
    fn get(&self, attribute: u32) -> Option<&[u8]> {
        self.0
            .iter()
            .find_map(|(name, value)| (*name == attribute).then_some(*value))
    }
}

fn objects(statement: &[u8]) -> Option<Vec<Object<'_>>> {
    let mut header = Reader(statement);
    let (_code, _flags) = (header.u32()?, header.u32()?);
    let total = usize::try_from(header.u32()?).ok()?;
    let buffer = usize::try_from(header.u32()?).ok()?;
    let end = statement.get(..total)?.len().checked_sub(SIGNATURE)?;
    let body = statement.get(end.checked_sub(buffer)?..end)?;
    let mut info = Reader(body);
    let (_version, _flags) = (info.u16()?, info.u16()?);
    let (first, second) = (usize::from(info.u16()?), usize::from(info.u16()?));
    let mut objects = vec![object(body.get(first..)?)?];
    if second != 0 {
        objects.push(object(body.get(second..)?)?);
    }
    Some(objects)
}

fn object(bytes: &[u8]) -> Option<Object<'_>> {
    let mut reader = Reader(bytes);
    let _handle = reader.u32()?;
    let count = reader.u32().filter(|count| *count <= MOST_ATTRIBUTES)?;
    let _size = reader.u32()?;
    let mut attributes = Vec::new();
    for _ in 0..count {
        let name = reader.u32()?;
        let length = usize::try_from(reader.u32()?).ok()?;
        attributes.push((name, reader.take(length)?));
    }
    Some(Object(attributes))
}

/// Reads from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::test_pairs::TestPair;

    /// Packed by tests/data/providers/google/attestation.py.
    const PACKED: &[u8] = include_bytes!("../../tests/data/providers/google/attestation.dat");

    fn job() -> WrappingKey {
        TestPair::of(4096).unwrap().public().unwrap()
    }

    #[test]
    fn a_statement_about_the_wrapping_key_holds_packed_or_not() {
        assert_eq!(check(PACKED, &job()), Ok(ATTESTED));
        assert_eq!(check(&unpacked(PACKED).unwrap(), &job()), Ok(ATTESTED));
    }

    #[test]
    fn a_statement_about_another_key_is_refused() {
        let other = TestPair::of(3072).unwrap().public().unwrap();
        assert_eq!(check(PACKED, &other), Err(ProviderError::OtherAttested));
        // One bit of the modulus in the second object only.
        let mut statement = unpacked(PACKED).unwrap();
        let modulus = statement.len() - SIGNATURE - 100;
        statement[modulus] ^= 1;
        assert_eq!(check(&statement, &job()), Err(ProviderError::OtherAttested));
    }

    #[test]
    fn what_is_no_statement_is_refused_wherever_it_breaks_off() {
        let statement = unpacked(PACKED).unwrap();
        for length in [0, 15, 16, 300, statement.len() - 1] {
            let found = check(&statement[..length], &job());
            assert_eq!(found, Err(ProviderError::Attestation), "{length}");
        }
        for bytes in [&b"README"[..], &PACKED[..PACKED.len() / 2], &[0xff; 4096]] {
            assert_eq!(check(bytes, &job()), Err(ProviderError::Attestation));
        }
        // Counts that lead nowhere.
        for at in [8, 12, 20, 22] {
            let mut broken = statement.clone();
            broken[at] = 0xff;
            assert!(check(&broken, &job()).is_err(), "{at}");
        }
    }
}
