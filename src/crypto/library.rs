//! The library that makes keys and blobs, AWS-LC, and what its FIPS module may not make.
//!
//! A build with the feature `fips` makes keys with the FIPS module, and refuses what is not approved
//! or would be made outside of the module. What RustCrypto only checks a second time stays.
//!
//! # Source
//!
//! What is approved: `service_indicator.c` of AWS-LC FIPS 4.2.0, FIPS 186-5, SP 800-38B, SP 800-38F,
//! SP 800-56B rev. 2, read 2026-11-22.

use crate::crypto::error::CryptoError;
use crate::crypto::wrap::Construction;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Library;
use crate::domain::record::ModuleCertificate;
use crate::domain::record::Standard;

/// Whether this build has the FIPS module.
pub const FIPS: bool = cfg!(feature = "fips");

/// The library, as it tells its name and version itself.
pub fn library() -> Library {
    let version = aws_lc_rs::awslc_version().to_owned();
    let (name, certificate) = match aws_lc_rs::try_fips_mode() {
        Ok(()) => ("AWS-LC FIPS", certificate(&version)),
        Err(_) => ("AWS-LC", None),
    };
    Library {
        name: name.to_owned(),
        version,
        certificate,
    }
}

/// What makes keys in this process, for a record.
pub fn maker() -> String {
    let library = library();
    format!("aws-lc-rs ({} {})", library.name, library.version)
}

/// The certificate of a version of the FIPS module, where one is known.
fn certificate(version: &str) -> Option<ModuleCertificate> {
    CERTIFICATES
        .iter()
        .find(|row| row.version == version)
        .map(|row| ModuleCertificate {
            number: row.number,
            level: Some(row.level),
            standard: Some(row.standard),
            until: Some(row.until.to_owned()),
        })
}

/// A row of the list of validated modules.
struct Validated {
    /// Software version of the module, exactly: a certificate is of no other.
    version: &'static str,
    number: u32,
    level: u32,
    standard: Standard,
    until: &'static str,
}

/// The certificates of AWS-LC's module as it is linked here, statically; each active when it was
/// read.
///
/// Source: CMVP, certificate 5314 and its security policy (AWS-LC 3 Cryptographic Module (static),
/// validated 2026-06-05), and the release notes of aws-lc-rs 1.17.1 and 1.18.0, read 2026-11-22.
/// There AWS-LC 4 stands among the modules in process: nothing is known of 4.x until it has a row.
const CERTIFICATES: &[Validated] = &[Validated {
    version: "3.1.0",
    number: 5314,
    level: 1,
    standard: Standard::Fips1403,
    until: "2031-06-04",
}];

/// Why a build with the FIPS module makes and takes no keys of this type; nothing where it does.
pub fn unapproved_key(kind: KeyType) -> Option<CryptoError> {
    let why = match kind {
        KeyType::EcSecp256k1 => "its curve is not approved",
        KeyType::Aes192 => "the module has no approved CMAC, key wrap and GCM under AES-192",
        KeyType::Aes128
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096
        | KeyType::EcP256
        | KeyType::EcP384
        | KeyType::EcP521
        | KeyType::Ed25519 => return None,
    };
    Some(CryptoError::NotApproved {
        what: format!("keys of type {kind}"),
        why,
    })
}

/// Why a build with the FIPS module wraps nothing in this way; nothing where it does.
pub fn unapproved_wrap(construction: Construction) -> Option<CryptoError> {
    if construction.has_two_implementations() {
        return None;
    }
    Some(CryptoError::NotApproved {
        what: construction.to_string(),
        why: "the module has no OAEP with these hash functions, and other code would make it",
    })
}

/// Refuses a key of value that a build with the FIPS module does not take.
///
/// # Errors
///
/// [`CryptoError::NotApproved`].
pub fn approve_key(kind: KeyType) -> Result<(), CryptoError> {
    refused(unapproved_key(kind))
}

/// What this build says of it: an error in one with the FIPS module.
pub(super) fn refused(unapproved: Option<CryptoError>) -> Result<(), CryptoError> {
    unapproved.filter(|_| FIPS).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::software::SoftwareKey;
    use crate::crypto::wrap;
    use crate::crypto::wrap::AesMode;
    use crate::crypto::wrap::Hash;
    use crate::crypto::wrap::OaepHashes;
    use crate::error::Diagnose as _;
    use crate::error::Exit;
    use crate::secret::Secret;

    #[test]
    fn the_library_says_what_it_is() {
        let library = library();
        assert_eq!(library.name == "AWS-LC FIPS", FIPS);
        assert!(library.version.split('.').count() >= 2, "{library}");
        assert!(maker().contains(&library.version));
    }

    #[test]
    fn a_certificate_is_of_one_version_and_no_other() {
        assert_eq!(certificate("3.1.0").map(|it| it.number), Some(5314));
        for other in ["3.1", "3.1.1", "3.6.0", "4.2.0", "5.12.0", ""] {
            assert_eq!(certificate(other), None, "{other}");
        }
    }

    #[test]
    fn types_that_are_not_approved_are_refused_by_a_build_with_the_module_and_by_no_other() {
        let mut unapproved = Vec::new();
        for kind in KeyType::all() {
            if unapproved_key(kind).is_none() {
                continue;
            }
            unapproved.push(kind);
            let made = SoftwareKey::generate(kind, &mut SystemRandom).map(|_| ());
            assert_eq!(made, approve_key(kind), "{kind}");
            assert_eq!(made.is_err(), FIPS, "{kind}");
            // A throwaway key is worth nothing, and stands for one in an HSM, too.
            assert!(SoftwareKey::twin(kind, &mut SystemRandom).is_ok(), "{kind}");
        }
        assert_eq!(unapproved, [KeyType::Aes192, KeyType::EcSecp256k1]);
    }

    #[test]
    fn wraps_that_the_module_does_not_make_are_refused_by_a_build_with_it_and_by_no_other() {
        let secret = Secret::zeroed(32);
        let mixed = OaepHashes {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
        };
        for (hashes, approved) in [
            (OaepHashes::same(Hash::Sha256), true),
            (OaepHashes::same(Hash::Sha224), false),
            (mixed, false),
        ] {
            for way in [
                Construction::Oaep(hashes),
                Construction::OaepThenAes(hashes, AesMode::Kwp),
            ] {
                assert_eq!(unapproved_wrap(way).is_none(), approved, "{way}");
                let to = wrap::test_key(way, 2048).unwrap();
                let made = wrap::wrap(way, &to, &secret, &mut SystemRandom);
                assert_eq!(made.is_ok(), approved || !FIPS, "{way}");
                assert_eq!(made.map(|_| ()), refused(unapproved_wrap(way)), "{way}");
            }
        }
        assert_eq!(unapproved_wrap(Construction::Aes(AesMode::Kwp)), None);
    }

    #[test]
    fn a_refusal_says_why_and_what_else_there_is() {
        let refused = unapproved_key(KeyType::EcSecp256k1).unwrap();
        assert_eq!(
            refused.to_string(),
            "this build with the FIPS module refuses keys of type ec-secp256k1: its curve is not \
             approved"
        );
        assert!(refused.hint().is_some());
        assert_eq!(refused.exit(), Exit::Operator);
        assert!(matches!(refused, CryptoError::NotApproved { .. }));
    }
}
