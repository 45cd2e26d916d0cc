//! Check values: short facts about a key by which two people see that they hold the same one. As all
//! that goes out of here they are made by aws-lc-rs and checked by RustCrypto.
//!
//! Sources: `kcv.cmac5` X9.24-1:2017 and PCI PIN 15-1; `kcv.ecb3` PKCS#11 `CKA_CHECK_VALUE`; `ekcv`
//! the extended key check value in Google Cloud HSM attestations.

use std::collections::BTreeMap;

use aes::Aes128;
use aes::Aes192;
use aes::Aes256;
use aes::cipher::KeyInit;
use aws_lc_rs::cipher;
use aws_lc_rs::cmac as lc_cmac;
use aws_lc_rs::hkdf as lc_hkdf;
use aws_lc_rs::hmac as lc_hmac;
use cmac::Cmac;
use hmac::Hmac;
use hmac::Mac as _;
use serde::Deserialize;
use serde::Serialize;
use sha1::Sha1;
use sha2::Sha224;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use zeroize::Zeroize as _;

use crate::crypto::error::CryptoError;
use crate::crypto::software;
use crate::crypto::wrap::Hash;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::domain::record::hex;
use crate::secret::Secret;

/// AES: first five bytes of the CMAC over one zero block.
pub const CMAC5: &str = "kcv.cmac5";
/// AES: first three bytes of one encrypted zero block.
pub const ECB3: &str = "kcv.ecb3";
/// AES: 32 bytes of HKDF-SHA-256 with 32 zero bytes of salt and the info `Key Check Value`.
pub const EKCV: &str = "ekcv";
/// Raw secrets: first five bytes of HMAC-SHA-256 over 16 zero bytes.
pub const MAC5: &str = "mac5";
/// Pairs: SHA-256 of the public half's DER.
pub const SPKI: &str = "spki.sha256";

/// Names and values, none of which reveals the key.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CheckValues(BTreeMap<String, String>);

impl CheckValues {
    /// One value by its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every name and value, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As the record keeps them.
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The name and value that a person compares first.
    pub fn headline(&self) -> Option<(&str, &str)> {
        [CMAC5, MAC5, SPKI].into_iter().find_map(|name| {
            self.0
                .get_key_value(name)
                .map(|(name, value)| (name.as_str(), value.as_str()))
        })
    }

    /// The value of a pair with this public half.
    pub(super) fn of_spki(spki: &[u8]) -> Self {
        Self::from_pairs([(SPKI, Digest::of(spki).to_string())])
    }

    fn from_pairs<const N: usize>(pairs: [(&str, String); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}

impl From<BTreeMap<String, String>> for CheckValues {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self(map)
    }
}

/// The check values of a key in its plain form.
///
/// # Errors
///
/// [`CryptoError::Length`] for raw bytes of another length, and everything that
/// [`software::SoftwareKey::from_material`] says about pairs.
pub fn of(kind: KeyType, material: &Secret) -> Result<CheckValues, CryptoError> {
    match kind.class() {
        Class::Aes(wanted) => {
            let key = material.expose();
            let length = || CryptoError::Length {
                kind,
                wanted,
                found: key.len(),
            };
            if key.len() != wanted {
                return Err(length());
            }
            let again = match wanted {
                16 => of_aes::<Aes128, Cmac<Aes128>>(key),
                24 => of_aes::<Aes192, Cmac<Aes192>>(key),
                32 => of_aes::<Aes256, Cmac<Aes256>>(key),
                _ => None,
            }
            .ok_or_else(length)?;
            let (cmac, block) = match wanted {
                16 => (lc_cmac::AES_128, &cipher::AES_128),
                24 => (lc_cmac::AES_192, &cipher::AES_192),
                _ => (lc_cmac::AES_256, &cipher::AES_256),
            };
            agreed(made_of_aes(cmac, block, key), &again)
        }
        Class::Hmac(wanted) if material.len() == wanted => of_untyped(material),
        Class::Hmac(wanted) => Err(CryptoError::Length {
            kind,
            wanted,
            found: material.len(),
        }),
        Class::Rsa(_) | Class::Ec | Class::Edwards => Ok(CheckValues::of_spki(&software::spki_of(
            kind,
            material.expose(),
        )?)),
    }
}

/// A check value by which two keys differ: its name, and both values. One place may compute fewer of
/// them than another, so those that both have are compared; keys that have none in common differ.
pub fn difference(
    one: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> Option<(String, String, String)> {
    let mut common = one
        .iter()
        .filter_map(|(name, value)| Some((name, value, other.get(name)?)))
        .peekable();
    if common.peek().is_none() {
        let missing = || "missing".to_owned();
        let said = |(name, value): (&String, &String)| (name.clone(), value.clone());
        return Some(match (other.iter().next(), one.iter().next()) {
            (Some(there), _) => {
                let (name, value) = said(there);
                (name, missing(), value)
            }
            (None, Some(here)) => {
                let (name, value) = said(here);
                (name, value, missing())
            }
            (None, None) => ("check value".to_owned(), missing(), missing()),
        });
    }
    common
        .find(|(_, here, there)| here != there)
        .map(|(name, here, there)| (name.clone(), here.clone(), there.clone()))
}

/// Why no key of this type has these check values, if none can. A token computes them without
/// [`EKCV`], which needs HKDF under the key.
pub fn implausible(
    kind: KeyType,
    check_values: &BTreeMap<String, String>,
    by_token: bool,
) -> Option<String> {
    let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let upper = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    let mut shape: Vec<(&str, usize, bool)> = match kind.class() {
        Class::Aes(_) => vec![(CMAC5, 10, true), (ECB3, 6, true), (EKCV, 64, false)],
        Class::Hmac(_) => vec![(MAC5, 10, true)],
        Class::Rsa(_) | Class::Ec | Class::Edwards => vec![(SPKI, 64, false)],
    };
    if by_token && !check_values.contains_key(EKCV) {
        shape.retain(|(name, _, _)| *name != EKCV);
    }
    shape.sort_unstable();
    let wanted: Vec<&str> = shape.iter().map(|(name, _, _)| *name).collect();
    let found: Vec<&str> = check_values.keys().map(String::as_str).collect();
    if found != wanted {
        return Some(format!(
            "it has the check values [{}]; one of type {kind} has [{}]",
            found.join(", "),
            wanted.join(", ")
        ));
    }
    let (odd, _, _) = shape.into_iter().find(|(name, length, is_upper)| {
        let value = check_values.get(*name).map_or("", String::as_str);
        let digits = |c| if *is_upper { upper(c) } else { lower(c) };
        value.len() != *length || !value.chars().all(digits)
    })?;
    Some(format!("the check value {odd} cannot be one"))
}

/// Why no component of a key of this type has these check values, if none can: the short ones.
pub fn component_implausible(
    kind: KeyType,
    check_values: &BTreeMap<String, String>,
) -> Option<String> {
    if check_values.contains_key(EKCV) {
        return Some(format!(
            "it has the check value {EKCV}, which a component has not"
        ));
    }
    implausible(kind, check_values, true)
}

/// The check value of bytes of which nothing else is known.
///
/// # Errors
///
/// Never in practice: HMAC takes keys of any length.
pub fn of_untyped(material: &Secret) -> Result<CheckValues, CryptoError> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(material.expose()).map_err(|_| {
        CryptoError::Disagree {
            what: "the length of an HMAC key",
        }
    })?;
    mac.update(&[0; 16]);
    let again = mac.finalize().into_bytes();
    let key = lc_hmac::Key::new(lc_hmac::HMAC_SHA256, material.expose());
    let made = lc_hmac::sign(&key, &[0; 16]);
    let of = |full: &[u8]| CheckValues::from_pairs([(MAC5, upper(full, 5))]);
    agreed(Some(of(made.as_ref())), &of(&again))
}

/// What aws-lc-rs made, if RustCrypto finds the same.
fn agreed(made: Option<CheckValues>, again: &CheckValues) -> Result<CheckValues, CryptoError> {
    match made {
        Some(made) if made == *again => Ok(made),
        Some(_) => Err(CryptoError::Disagree {
            what: "the check values of a key",
        }),
        None => Err(CryptoError::Library {
            what: "compute the check values of a key",
        }),
    }
}

/// The check values of an AES key, by aws-lc-rs.
fn made_of_aes(
    cmac: lc_cmac::Algorithm,
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
) -> Option<CheckValues> {
    let full = lc_cmac::sign(&lc_cmac::Key::new(cmac, key).ok()?, &[0; 16]).ok()?;

    let mut block = [0; 16];
    let encrypting = cipher::UnboundCipherKey::new(algorithm, key)
        .and_then(cipher::EncryptingKey::ecb)
        .and_then(|key| key.encrypt(&mut block));

    let mut ekcv = [0; 32];
    lc_hkdf::Salt::new(lc_hkdf::HKDF_SHA256, &[0; 32])
        .extract(key)
        .expand(&[b"Key Check Value"], lc_hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut ekcv))
        .ok()?;
    let values = CheckValues::from_pairs([
        (CMAC5, upper(full.as_ref(), 5)),
        (ECB3, upper(&block, 3)),
        (EKCV, hex(&ekcv)),
    ]);
    // Only the first bytes of these are public.
    block.zeroize();
    encrypting.is_ok().then_some(values)
}

/// The whole HMAC over 16 zero bytes, for tokens that cannot make one with SHA-256.
pub fn hmac(hash: Hash, material: &Secret) -> Vec<u8> {
    let key = material.expose();
    match hash {
        Hash::Sha1 => of_zeros::<Hmac<Sha1>>(key),
        Hash::Sha224 => of_zeros::<Hmac<Sha224>>(key),
        Hash::Sha256 => of_zeros::<Hmac<Sha256>>(key),
        Hash::Sha384 => of_zeros::<Hmac<Sha384>>(key),
        Hash::Sha512 => of_zeros::<Hmac<Sha512>>(key),
    }
}

/// HMAC takes keys of any length; nothing comes of one that it would not take.
fn of_zeros<M: KeyInit + hmac::Mac>(key: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(&[0; 16]);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// The same by RustCrypto, of a key of the length that `C` wants, with `M` the CMAC of `C`.
fn of_aes<C, M>(key: &[u8]) -> Option<CheckValues>
where
    C: KeyInit + aes::cipher::BlockCipherEncrypt,
    M: KeyInit + hmac::Mac,
{
    let mut cmac = <M as KeyInit>::new_from_slice(key).ok()?;
    cmac.update(&[0; 16]);
    let full = cmac.finalize().into_bytes();

    let mut block = aes::cipher::Block::<C>::default();
    C::new_from_slice(key).ok()?.encrypt_block(&mut block);

    let mut ekcv = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(&[0; 32]), key)
        .expand(b"Key Check Value", &mut ekcv)
        .ok()?;
    let values = CheckValues::from_pairs([
        (CMAC5, upper(&full, 5)),
        (ECB3, upper(&block, 3)),
        (EKCV, hex(&ekcv)),
    ]);
    // Only the first bytes of these are public.
    block.zeroize();
    Some(values)
}

/// The first `len` bytes in upper-case hexadecimal.
/// Bytes as check values are written.
pub fn upper_hex(bytes: &[u8]) -> String {
    hex(bytes).to_ascii_uppercase()
}

fn upper(bytes: &[u8], len: usize) -> String {
    upper_hex(bytes.get(..len).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::unhex;

    fn vectors() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/data/crypto/check-values.json")).unwrap()
    }

    fn secret(hex: &serde_json::Value) -> Secret {
        Secret::take(&mut unhex(hex.as_str().unwrap()).unwrap())
    }

    /// The value whose long name begins so.
    fn find<'a>(of: &'a serde_json::Value, begins: &str) -> &'a str {
        of.as_object()
            .unwrap()
            .iter()
            .find_map(|(name, value)| name.starts_with(begins).then(|| value.as_str().unwrap()))
            .unwrap()
    }

    #[test]
    fn aes_check_values_are_those_of_other_programs() {
        let vectors = vectors();
        for (name, kind) in [
            ("AES-128 RFC4493", KeyType::Aes128),
            ("AES-192 SP800-38B", KeyType::Aes192),
            ("AES-256 SP800-38B", KeyType::Aes256),
            ("AES-256 00..1f", KeyType::Aes256),
            ("AES-256 all-zero", KeyType::Aes256),
        ] {
            let vector = &vectors["values"][name];
            let values = of(kind, &secret(&vector["key"])).unwrap();
            assert_eq!(values.get(CMAC5), Some(find(vector, "kcv_cmac5")), "{name}");
            assert_eq!(values.get(ECB3), Some(find(vector, "kcv_ecb0_3")), "{name}");
            assert_eq!(values.get(EKCV), Some(find(vector, "ekcv")), "{name}");
            assert_eq!(values.headline().unwrap().0, CMAC5);
            assert_eq!(values.iter().count(), 3);
        }
    }

    #[test]
    fn keys_differ_by_the_first_check_value_that_both_have_or_by_having_none_in_common() {
        let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let told = |name: &str, here: &str, there: &str| {
            Some((name.to_owned(), here.to_owned(), there.to_owned()))
        };
        let all = of(&[(CMAC5, "1"), (ECB3, "2"), (EKCV, "3")]);
        assert_eq!(difference(&all, &of(&[(ECB3, "2")])), None);
        assert_eq!(difference(&all, &of(&[])), told(EKCV, "3", "missing"));
        assert_eq!(
            difference(&of(&[]), &of(&[])),
            told("check value", "missing", "missing")
        );
        assert_eq!(
            difference(&all, &of(&[(CMAC5, "1"), (ECB3, "4"), (EKCV, "3")])),
            told(ECB3, "2", "4")
        );
        assert_eq!(
            difference(&all, &of(&[(SPKI, "6")])),
            told(SPKI, "missing", "6")
        );
        assert_eq!(CheckValues::from(all.clone()).into_map(), all);
    }

    #[test]
    fn raw_secrets_have_a_mac() {
        let vectors = vectors();
        let vector = &vectors["values"]["HMAC/generic secret 00..1f"];
        let wanted = find(vector, "mac_kcv");
        let material = secret(&vector["key"]);
        let values = of(KeyType::Hmac256, &material).unwrap();
        assert_eq!(values.headline(), Some((MAC5, wanted)));
        assert_eq!(of_untyped(&material).unwrap(), values);
    }

    #[test]
    fn the_check_value_of_a_pair_is_the_digest_of_its_public_half() {
        let vectors = vectors();
        let wanted = find(&vectors["values"]["Ed25519 RFC 8032 test 1"], "spki_sha256");
        // RFC 8032 section 7.1, the first secret key, in the form of RFC 8410.
        let mut pair = unhex(concat!(
            "302e020100300506032b657004220420",
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        ))
        .unwrap();
        let values = of(KeyType::Ed25519, &Secret::take(&mut pair)).unwrap();
        assert_eq!(values.headline(), Some((SPKI, wanted)));

        let rsa = &vectors["values"]["RSA-2048 RFC 7638 key"];
        let public = include_bytes!("../../tests/data/crypto/rfc7638-public.der");
        assert_eq!(
            CheckValues::of_spki(public).headline(),
            Some((SPKI, find(rsa, "spki_sha256")))
        );
    }

    #[test]
    fn check_values_of_every_length_of_raw_secret_are_one_and_the_same_kind() {
        for kind in [
            KeyType::Hmac224,
            KeyType::Hmac256,
            KeyType::Hmac384,
            KeyType::Hmac512,
        ] {
            let len = kind.raw_len().unwrap();
            let values = of(kind, &Secret::init(len, |to| to.fill(7))).unwrap();
            assert_eq!(values.iter().count(), 1);
            assert_eq!(values.headline().unwrap().0, MAC5);
        }
    }

    #[test]
    fn values_on_which_the_two_libraries_differ_are_not_given() {
        let of = |byte| of_untyped(&Secret::init(32, |to| to.fill(byte))).unwrap();
        assert_eq!(agreed(Some(of(1)), &of(1)), Ok(of(1)));
        assert!(matches!(
            agreed(Some(of(1)), &of(2)),
            Err(CryptoError::Disagree { .. })
        ));
        assert!(matches!(
            agreed(None, &of(2)),
            Err(CryptoError::Library { .. })
        ));
    }

    #[test]
    fn another_length_is_refused() {
        for kind in [KeyType::Aes256, KeyType::Hmac256] {
            assert_eq!(
                of(kind, &Secret::zeroed(31)),
                Err(CryptoError::Length {
                    kind,
                    wanted: 32,
                    found: 31
                })
            );
        }
    }
}
