//! What is said of the token, its sessions and its mechanisms.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::Shim;
use crate::fault::Lie;
use crate::real;

pub(crate) unsafe fn slot_list(
    shim: &Shim,
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    if present == CK_TRUE && shim.is_gone() {
        *count = 0;
        return CKR_OK;
    }
    real!(shim, C_GetSlotList, present, slots, count)
}

pub(crate) unsafe fn info(shim: &Shim, slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    let rv = real!(shim, C_GetTokenInfo, slot, info);
    if rv == CKR_OK {
        for (lie, flags) in [
            (Lie::ReadOnly, CKF_WRITE_PROTECTED),
            (Lie::Pinpad, CKF_PROTECTED_AUTHENTICATION_PATH),
            (Lie::FewTries, CKF_USER_PIN_COUNT_LOW),
            (
                Lie::LastTry,
                CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
            ),
            (Lie::PinLocked, CKF_USER_PIN_LOCKED),
        ] {
            if shim.faults.has(lie) {
                (*info).flags |= flags;
            }
        }
        if shim.faults.has(Lie::HostileMaker) {
            fill(&mut (*info).manufacturerID);
            fill(&mut (*info).model);
        }
        if shim.faults.has(Lie::HostileName) {
            fill(&mut (*info).label);
            fill(&mut (*info).serialNumber);
        }
    }
    rv
}

/// Writes what clears a screen, turns text round and is no UTF-8.
fn fill(field: &mut [CK_UTF8CHAR]) {
    let hostile = "\u{1b}[2J\u{202e}\n\u{9b}Jx".bytes().chain([0xff]);
    let mut hostile = hostile.chain(std::iter::repeat(b' '));
    field.fill_with(|| hostile.next().unwrap_or(b' '));
}

pub(crate) unsafe fn open(
    shim: &Shim,
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut c_void,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    let writes = flags & CKF_RW_SESSION != 0;
    if writes && shim.faults.has(Lie::ReadOnly) {
        return CKR_TOKEN_WRITE_PROTECTED;
    }
    if !writes && shim.faults.has(Lie::BusySo) {
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    }
    real!(
        shim,
        C_OpenSession,
        slot,
        flags,
        application,
        notify,
        session
    )
}

pub(crate) unsafe fn login(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    for (lie, rv) in [
        (Lie::Busy, CKR_USER_ALREADY_LOGGED_IN),
        (Lie::BusySo, CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
        (Lie::PinLocked, CKR_PIN_LOCKED),
    ] {
        if shim.faults.has(lie) {
            return rv;
        }
    }
    if !shim.faults.has(Lie::Pinpad) {
        return real!(shim, C_Login, session, user, pin, length);
    }
    if !pin.is_null() {
        return CKR_ARGUMENTS_BAD;
    }
    let mut typed = shim.pin.clone().into_bytes();
    let length = typed.len() as CK_ULONG;
    real!(shim, C_Login, session, user, typed.as_mut_ptr(), length)
}

pub(crate) unsafe fn mechanisms(
    shim: &Shim,
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    let mut here: CK_ULONG = 0;
    let rv = real!(
        shim,
        C_GetMechanismList,
        slot,
        std::ptr::null_mut(),
        &raw mut here
    );
    if rv != CKR_OK {
        return rv;
    }
    let mut all: Vec<CK_MECHANISM_TYPE> = vec![0; room(here)];
    let rv = real!(
        shim,
        C_GetMechanismList,
        slot,
        all.as_mut_ptr(),
        &raw mut here
    );
    if rv != CKR_OK {
        return rv;
    }
    all.truncate(room(here));
    for (lies, mechanism) in [
        (&[Lie::Native, Lie::NativeSha1][..], CKM_RSA_AES_KEY_WRAP),
        (&[Lie::KwpIsPkcs7], CKM_AES_KEY_WRAP_PAD),
    ] {
        if shim.faults.has_any(lies) && !all.contains(&mechanism) {
            all.push(mechanism);
        }
    }
    all.retain(|mechanism| !shim.faults.is_unlisted(*mechanism));
    let given = std::mem::replace(&mut *count, all.len() as CK_ULONG);
    if list.is_null() {
        return CKR_OK;
    }
    if room(given) < all.len() {
        return CKR_BUFFER_TOO_SMALL;
    }
    std::ptr::copy_nonoverlapping(all.as_ptr(), list, all.len());
    CKR_OK
}

pub(crate) unsafe fn mechanism_info(
    shim: &Shim,
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    if shim.faults.is_unlisted(mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    // The mechanisms that the shim adds are sized like what they are made of.
    let asked = match mechanism {
        CKM_RSA_AES_KEY_WRAP if shim.faults.has_any(&[Lie::Native, Lie::NativeSha1]) => {
            CKM_RSA_PKCS_OAEP
        }
        CKM_AES_KEY_WRAP_PAD if shim.faults.has(Lie::KwpIsPkcs7) => CKM_AES_KEY_WRAP_PKCS7,
        _ => mechanism,
    };
    let rv = real!(shim, C_GetMechanismInfo, slot, asked, info);
    if rv == CKR_OK && asked != mechanism {
        (*info).flags = CKF_WRAP;
    }
    rv
}

/// A count of the module as one of this machine; what does not fit is no count.
pub(crate) fn room(count: CK_ULONG) -> usize {
    usize::try_from(count).unwrap_or_default()
}
