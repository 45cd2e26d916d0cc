//! Operations on data: encryption, signatures, digests, derivation.

use cryptoki_sys::*;

use crate::Shim;
use crate::fault::Lie;
use crate::held;
use crate::real;
use crate::wrap;

/// The mechanisms that check values are made with.
const CHECKS: [CK_MECHANISM_TYPE; 7] = [
    CKM_AES_ECB,
    CKM_AES_CMAC,
    CKM_SHA_1_HMAC,
    CKM_SHA224_HMAC,
    CKM_SHA256_HMAC,
    CKM_SHA384_HMAC,
    CKM_SHA512_HMAC,
];

pub(crate) unsafe fn encrypt_init(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    if let Err(rv) = begin(shim, session, mechanism) {
        return rv;
    }
    if (*mechanism).mechanism != CKM_RSA_PKCS_OAEP || !shim.faults.has(Lie::OaepSha1) {
        return real!(shim, C_EncryptInit, session, mechanism, key);
    }
    let Some(mut parameters) = wrap::oaep(mechanism) else {
        return CKR_MECHANISM_PARAM_INVALID;
    };
    wrap::weaken(&mut parameters);
    let mut mechanism = wrap::with_oaep(&mut parameters);
    real!(shim, C_EncryptInit, session, &raw mut mechanism, key)
}

pub(crate) unsafe fn encrypt(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    out: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    let rv = real!(shim, C_Encrypt, session, data, data_length, out, length);
    spoil(shim, session, rv, out, length);
    rv
}

pub(crate) unsafe fn decrypt_init(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    real!(shim, C_DecryptInit, session, mechanism, key)
}

pub(crate) unsafe fn sign_init(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    if let Err(rv) = begin(shim, session, mechanism) {
        return rv;
    }
    real!(shim, C_SignInit, session, mechanism, key)
}

pub(crate) unsafe fn sign(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    out: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    let rv = real!(shim, C_Sign, session, data, data_length, out, length);
    spoil(shim, session, rv, out, length);
    rv
}

pub(crate) unsafe fn verify_init(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    real!(shim, C_VerifyInit, session, mechanism, key)
}

pub(crate) unsafe fn digest_init(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    real!(shim, C_DigestInit, session, mechanism)
}

pub(crate) unsafe fn derive(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    base: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    real!(
        shim,
        C_DeriveKey,
        session,
        mechanism,
        base,
        template,
        count,
        key
    )
}

/// Remembers whether the session now makes a check value.
unsafe fn begin(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
) -> Result<(), CK_RV> {
    // A null mechanism ends an operation.
    let Some(mechanism) = mechanism.as_ref() else {
        held(&shim.checking).remove(&session);
        return Ok(());
    };
    if shim.faults.is_refused(mechanism.mechanism) {
        return Err(CKR_MECHANISM_INVALID);
    }
    let mut checking = held(&shim.checking);
    if CHECKS.contains(&mechanism.mechanism) {
        checking.insert(session);
    } else {
        checking.remove(&session);
    }
    Ok(())
}

/// Makes a check value wrong.
unsafe fn spoil(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    rv: CK_RV,
    out: *mut CK_BYTE,
    length: *const CK_ULONG,
) {
    let made = rv == CKR_OK && !out.is_null() && *length > 0;
    if made && shim.faults.has(Lie::WrongCheck) && held(&shim.checking).contains(&session) {
        *out ^= 1;
    }
}
