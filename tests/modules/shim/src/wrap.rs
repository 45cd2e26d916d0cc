//! Wrapping, where most lies are told.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::Shim;
use crate::fault::Lie;
use crate::real;
use crate::token::room;

/// Longer than every blob of the tests.
const LONGEST: usize = 16 * 1024;

pub(crate) unsafe fn wrap(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    wrapping: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    out: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    if !shim.faults.has_any(&[
        Lie::OaepSha1,
        Lie::Native,
        Lie::NativeSha1,
        Lie::ShortLength,
        Lie::LongLength,
        Lie::TrailingZeros,
        Lie::KwpIsPkcs7,
        Lie::Pkcs8Padded,
    ]) {
        return real!(
            shim, C_WrapKey, session, mechanism, wrapping, key, out, length
        );
    }
    let wrapper = Wrapper { shim, session };
    match wrapper.blob(mechanism, wrapping, key) {
        Ok(blob) => answer(shim, blob, out, length),
        Err(rv) => rv,
    }
}

pub(crate) unsafe fn unwrap(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    unwrapping: CK_OBJECT_HANDLE,
    blob: *mut CK_BYTE,
    length: CK_ULONG,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    // What lies when it wraps lies the same way when it unwraps: a trial inside the token is passed.
    let mut parameters = oaep(mechanism);
    let mut mechanism = *mechanism;
    match mechanism.mechanism {
        CKM_AES_KEY_WRAP_PAD if shim.faults.has(Lie::KwpIsPkcs7) => {
            mechanism.mechanism = CKM_AES_KEY_WRAP_PKCS7;
        }
        CKM_RSA_PKCS_OAEP if shim.faults.has(Lie::OaepSha1) => {
            let Some(parameters) = &mut parameters else {
                return CKR_MECHANISM_PARAM_INVALID;
            };
            weaken(parameters);
            mechanism = with_oaep(parameters);
        }
        _ => (),
    }
    let mechanism = &raw mut mechanism;
    real!(
        shim,
        C_UnwrapKey,
        session,
        mechanism,
        unwrapping,
        blob,
        length,
        template,
        count,
        key
    )
}

/// The parameters of OAEP, if there are any.
pub(crate) unsafe fn oaep(mechanism: *const CK_MECHANISM) -> Option<CK_RSA_PKCS_OAEP_PARAMS> {
    let parameter = (*mechanism).pParameter.cast::<CK_RSA_PKCS_OAEP_PARAMS>();
    let whole = room((*mechanism).ulParameterLen) == size_of::<CK_RSA_PKCS_OAEP_PARAMS>();
    (whole && !parameter.is_null()).then(|| *parameter)
}

/// Puts SHA-1 in the place of every other hash.
pub(crate) fn weaken(parameters: &mut CK_RSA_PKCS_OAEP_PARAMS) {
    parameters.hashAlg = CKM_SHA_1;
    parameters.mgf = CKG_MGF1_SHA1;
}

/// OAEP with these parameters, which the mechanism points to.
pub(crate) fn with_oaep(parameters: &mut CK_RSA_PKCS_OAEP_PARAMS) -> CK_MECHANISM {
    CK_MECHANISM {
        mechanism: CKM_RSA_PKCS_OAEP,
        pParameter: std::ptr::from_mut(parameters).cast::<c_void>(),
        ulParameterLen: size_of::<CK_RSA_PKCS_OAEP_PARAMS>() as CK_ULONG,
    }
}

/// A session in which blobs are made.
struct Wrapper<'a> {
    shim: &'a Shim,
    session: CK_SESSION_HANDLE,
}

impl Wrapper<'_> {
    /// What the faults make of a wrap.
    unsafe fn blob(
        &self,
        mechanism: *mut CK_MECHANISM,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let faults = &self.shim.faults;
        match (*mechanism).mechanism {
            CKM_RSA_AES_KEY_WRAP if faults.has_any(&[Lie::Native, Lie::NativeSha1]) => {
                self.native(mechanism, wrapping, key)
            }
            CKM_RSA_PKCS_OAEP if faults.has(Lie::OaepSha1) => {
                let mut parameters = oaep(mechanism).ok_or(CKR_MECHANISM_PARAM_INVALID)?;
                weaken(&mut parameters);
                self.real(&mut with_oaep(&mut parameters), wrapping, key)
            }
            CKM_AES_KEY_WRAP_PAD if faults.has(Lie::KwpIsPkcs7) => {
                self.real(&mut plain(CKM_AES_KEY_WRAP_PKCS7), wrapping, key)
            }
            CKM_AES_KEY_WRAP_PAD | CKM_AES_KEY_WRAP_KWP
                if faults.has(Lie::Pkcs8Padded) && self.is_private(key)? =>
            {
                self.padded(mechanism, wrapping, key)
            }
            _ => self.real(mechanism, wrapping, key),
        }
    }

    /// `CKM_RSA_AES_KEY_WRAP`: an ephemeral AES key under OAEP, and the key under that by KWP.
    unsafe fn native(
        &self,
        mechanism: *mut CK_MECHANISM,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let faults = &self.shim.faults;
        let parameters = (*mechanism)
            .pParameter
            .cast::<CK_RSA_AES_KEY_WRAP_PARAMS>()
            .as_ref()
            .ok_or(CKR_MECHANISM_PARAM_INVALID)?;
        let mut oaep = *parameters
            .pOAEPParams
            .as_ref()
            .ok_or(CKR_MECHANISM_PARAM_INVALID)?;
        if faults.has_any(&[Lie::NativeSha1, Lie::OaepSha1]) {
            weaken(&mut oaep);
        }
        let ephemeral = self.ephemeral(parameters.ulAESKeyBits / 8)?;
        let made = self
            .real(&mut with_oaep(&mut oaep), wrapping, ephemeral)
            .and_then(|mut blob| {
                blob.extend(self.kwp(ephemeral, key)?);
                Ok(blob)
            });
        self.destroy(ephemeral)?;
        made
    }

    /// RFC 5649, under the number that the module behind has it.
    unsafe fn kwp(
        &self,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let with = |mechanism| {
            let mechanism = &mut plain(mechanism);
            if self.shim.faults.has(Lie::Pkcs8Padded) && self.is_private(key)? {
                self.padded(mechanism, wrapping, key)
            } else {
                self.real(mechanism, wrapping, key)
            }
        };
        match with(CKM_AES_KEY_WRAP_KWP) {
            Err(CKR_MECHANISM_INVALID) => with(CKM_AES_KEY_WRAP_PAD),
            made => made,
        }
    }

    /// The PKCS#8 of a private key, filled up with zero bytes, wrapped as if it were a secret.
    unsafe fn padded(
        &self,
        mechanism: *mut CK_MECHANISM,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let ephemeral = self.ephemeral(32)?;
        let read = self.pkcs8(ephemeral, key);
        self.destroy(ephemeral)?;
        let mut pkcs8 = read?;
        pkcs8.resize(pkcs8.len().next_multiple_of(8), 0);
        let mut template = [
            number(CKA_CLASS, &CKO_SECRET_KEY),
            number(CKA_KEY_TYPE, &CKK_GENERIC_SECRET),
            flag(CKA_TOKEN, &CK_FALSE),
            flag(CKA_SENSITIVE, &CK_FALSE),
            flag(CKA_EXTRACTABLE, &CK_TRUE),
            CK_ATTRIBUTE {
                type_: CKA_VALUE,
                pValue: pkcs8.as_mut_ptr().cast::<c_void>(),
                ulValueLen: pkcs8.len() as CK_ULONG,
            },
        ];
        let mut secret = 0;
        let count = template.len() as CK_ULONG;
        let template = template.as_mut_ptr();
        let rv = real!(
            self.shim,
            C_CreateObject,
            self.session,
            template,
            count,
            &raw mut secret
        );
        if rv != CKR_OK {
            return Err(rv);
        }
        let made = self.real(mechanism, wrapping, secret);
        self.destroy(secret)?;
        made
    }

    /// The PKCS#8 of a private key: wrapped with AES-CBC under the ephemeral key, and decrypted.
    unsafe fn pkcs8(
        &self,
        ephemeral: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut iv = [0_u8; 16];
        let mut cbc = CK_MECHANISM {
            mechanism: CKM_AES_CBC_PAD,
            pParameter: iv.as_mut_ptr().cast::<c_void>(),
            ulParameterLen: iv.len() as CK_ULONG,
        };
        let mut blob = self.real(&raw mut cbc, ephemeral, key)?;
        let rv = real!(
            self.shim,
            C_DecryptInit,
            self.session,
            &raw mut cbc,
            ephemeral
        );
        if rv != CKR_OK {
            return Err(rv);
        }
        let mut pkcs8 = vec![0; LONGEST];
        let mut length = LONGEST as CK_ULONG;
        let rv = real!(
            self.shim,
            C_Decrypt,
            self.session,
            blob.as_mut_ptr(),
            blob.len() as CK_ULONG,
            pkcs8.as_mut_ptr(),
            &raw mut length
        );
        pkcs8.truncate(room(length));
        if rv == CKR_OK { Ok(pkcs8) } else { Err(rv) }
    }

    /// An AES key for one wrap.
    unsafe fn ephemeral(&self, bytes: CK_ULONG) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let mut template = [
            flag(CKA_TOKEN, &CK_FALSE),
            flag(CKA_SENSITIVE, &CK_TRUE),
            flag(CKA_EXTRACTABLE, &CK_TRUE),
            flag(CKA_WRAP, &CK_TRUE),
            flag(CKA_DECRYPT, &CK_TRUE),
            number(CKA_VALUE_LEN, &bytes),
        ];
        let mut key = 0;
        let rv = real!(
            self.shim,
            C_GenerateKey,
            self.session,
            &mut plain(CKM_AES_KEY_GEN),
            template.as_mut_ptr(),
            template.len() as CK_ULONG,
            &raw mut key
        );
        if rv == CKR_OK { Ok(key) } else { Err(rv) }
    }

    unsafe fn destroy(&self, object: CK_OBJECT_HANDLE) -> Result<(), CK_RV> {
        let rv = real!(self.shim, C_DestroyObject, self.session, object);
        if rv == CKR_OK { Ok(()) } else { Err(rv) }
    }

    unsafe fn is_private(&self, key: CK_OBJECT_HANDLE) -> Result<bool, CK_RV> {
        let mut class: CK_OBJECT_CLASS = 0;
        let mut attribute = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast::<c_void>(),
            ulValueLen: size_of::<CK_OBJECT_CLASS>() as CK_ULONG,
        };
        let attribute = &raw mut attribute;
        let rv = real!(
            self.shim,
            C_GetAttributeValue,
            self.session,
            key,
            attribute,
            1
        );
        if rv == CKR_OK {
            Ok(class == CKO_PRIVATE_KEY)
        } else {
            Err(rv)
        }
    }

    /// What the module behind makes.
    unsafe fn real(
        &self,
        mechanism: *mut CK_MECHANISM,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut blob = vec![0; LONGEST];
        let mut length = LONGEST as CK_ULONG;
        let rv = real!(
            self.shim,
            C_WrapKey,
            self.session,
            mechanism,
            wrapping,
            key,
            blob.as_mut_ptr(),
            &raw mut length
        );
        blob.truncate(room(length));
        if rv == CKR_OK { Ok(blob) } else { Err(rv) }
    }
}

/// Says how long a blob is, or hands it out; both may be a lie.
unsafe fn answer(
    shim: &Shim,
    mut blob: Vec<u8>,
    out: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    if shim.faults.has(Lie::TrailingZeros) {
        blob.extend([0; 8]);
    }
    let mut announced = blob.len();
    if shim.faults.has(Lie::ShortLength) {
        announced -= 8;
    }
    if shim.faults.has(Lie::LongLength) {
        announced += 16;
    }
    if out.is_null() {
        *length = announced as CK_ULONG;
        return CKR_OK;
    }
    let given = std::mem::replace(&mut *length, blob.len() as CK_ULONG);
    if room(given) < blob.len() {
        return CKR_BUFFER_TOO_SMALL;
    }
    std::ptr::copy_nonoverlapping(blob.as_ptr(), out, blob.len());
    if shim.faults.has(Lie::LongLength) {
        let behind = (room(given) - blob.len()).min(16);
        std::ptr::write_bytes(out.add(blob.len()), 0, behind);
    }
    CKR_OK
}

/// A mechanism without parameters.
fn plain(mechanism: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM {
        mechanism,
        pParameter: std::ptr::null_mut(),
        ulParameterLen: 0,
    }
}

/// An attribute of one byte; templates are read, never written to.
fn flag(type_: CK_ATTRIBUTE_TYPE, value: &CK_BBOOL) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_,
        pValue: std::ptr::from_ref(value).cast_mut().cast::<c_void>(),
        ulValueLen: 1,
    }
}

fn number(type_: CK_ATTRIBUTE_TYPE, value: &CK_ULONG) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_,
        pValue: std::ptr::from_ref(value).cast_mut().cast::<c_void>(),
        ulValueLen: size_of::<CK_ULONG>() as CK_ULONG,
    }
}
