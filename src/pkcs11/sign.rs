//! Signatures made in the token. None leaves this file that does not verify in software.

use aws_lc_rs::digest;
use cryptoki_sys as sys;

use crate::crypto::signature;
use crate::crypto::signature::Scheme;
use crate::crypto::wrap::Hash;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;

/// Signs `message` with the private half `key` of the pair whose public half is `spki`.
///
/// The message is digested here, so that a token needs nothing but the bare mechanism.
///
/// # Errors
///
/// [`Pkcs11Error::Scheme`] if the pair does not sign so, [`Pkcs11Error::Signature`] if what the
/// token made does not verify.
pub fn sign(
    session: &Session,
    kind: KeyType,
    key: Handle,
    spki: &[u8],
    scheme: Scheme,
    message: &[u8],
) -> Result<Vec<u8>, Pkcs11Error> {
    let fits = Scheme::usual(kind).is_some_and(|usual| {
        matches!(
            (usual, scheme),
            (Scheme::Ecdsa, Scheme::Ecdsa)
                | (Scheme::Eddsa, Scheme::Eddsa)
                | (
                    Scheme::RsaPkcs1(_),
                    Scheme::RsaPkcs1(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)
                        | Scheme::RsaPss(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)
                )
        )
    });
    if !fits {
        return Err(Pkcs11Error::Scheme { kind, scheme });
    }
    let digested = scheme.hash(kind).and_then(|hash| digest_of(hash, message));
    let data = digested.as_deref().unwrap_or(message);
    let made = match scheme {
        Scheme::Ecdsa => session.sign(Mechanism::Plain(sys::CKM_ECDSA), key, data)?,
        Scheme::Eddsa => session.sign(Mechanism::Plain(sys::CKM_EDDSA), key, data)?,
        Scheme::RsaPss(hash) => session.sign(Mechanism::Pss(hash), key, data)?,
        Scheme::RsaPkcs1(hash) => {
            let info = [digest_info(hash), data].concat();
            match session.sign(Mechanism::Plain(sys::CKM_RSA_PKCS), key, &info) {
                // Some let nobody sign what they have not digested themselves.
                Err(Pkcs11Error::Failed { rv, .. }) if rv == Rv::MECHANISM_INVALID => {
                    session.sign(Mechanism::Plain(digesting(hash)), key, message)?
                }
                made => made?,
            }
        }
    };
    if signature::verifies(kind, scheme, spki, message, &made) {
        Ok(made)
    } else {
        Err(Pkcs11Error::Signature { kind })
    }
}

/// Proves that the halves of a pair belong together, before anything depends on them.
///
/// # Errors
///
/// As for [`sign`].
pub fn prove_pair(
    session: &Session,
    kind: KeyType,
    key: Handle,
    spki: &[u8],
) -> Result<(), Pkcs11Error> {
    let Some(scheme) = Scheme::usual(kind) else {
        return Ok(());
    };
    sign(session, kind, key, spki, scheme, PROOF).map(drop)
}

/// What [`prove_pair`] signs.
const PROOF: &[u8] = b"keyrite proves that the halves of this pair belong together";

fn digest_of(hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
        Hash::Sha1 | Hash::Sha224 => return None,
    };
    Some(digest::digest(algorithm, message).as_ref().to_vec())
}

/// The mechanism that digests the message itself.
const fn digesting(hash: Hash) -> sys::CK_MECHANISM_TYPE {
    match hash {
        Hash::Sha1 => sys::CKM_SHA1_RSA_PKCS,
        Hash::Sha224 => sys::CKM_SHA224_RSA_PKCS,
        Hash::Sha256 => sys::CKM_SHA256_RSA_PKCS,
        Hash::Sha384 => sys::CKM_SHA384_RSA_PKCS,
        Hash::Sha512 => sys::CKM_SHA512_RSA_PKCS,
    }
}

/// What stands before the digest (RFC 8017 section 9.2, note 1).
const fn digest_info(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Sha256 => &[
            0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20,
        ],
        Hash::Sha384 => &[
            0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30,
        ],
        Hash::Sha512 => &[
            0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40,
        ],
        Hash::Sha1 | Hash::Sha224 => &[],
    }
}
