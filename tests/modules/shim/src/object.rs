//! Objects: how they are made, what is read of them, what is changed.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::Shim;
use crate::fault::Lie;
use crate::held;
use crate::real;
use crate::token::room;

static YES: CK_BBOOL = CK_TRUE;

pub(crate) unsafe fn generate(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    let (mut template, hide) = opened(shim, template, count);
    let rv = real!(
        shim,
        C_GenerateKey,
        session,
        mechanism,
        template.as_mut_ptr(),
        count,
        key
    );
    if rv == CKR_OK && hide {
        held(&shim.hidden).insert(*key);
    }
    rv
}

pub(crate) unsafe fn generate_pair(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    publics: *mut CK_ATTRIBUTE,
    public_count: CK_ULONG,
    privates: *mut CK_ATTRIBUTE,
    private_count: CK_ULONG,
    public: *mut CK_OBJECT_HANDLE,
    private: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    if shim.faults.is_refused((*mechanism).mechanism) {
        return CKR_MECHANISM_INVALID;
    }
    let (mut template, hide) = opened(shim, privates, private_count);
    let rv = real!(
        shim,
        C_GenerateKeyPair,
        session,
        mechanism,
        publics,
        public_count,
        template.as_mut_ptr(),
        private_count,
        public,
        private
    );
    if rv == CKR_OK && hide {
        held(&shim.hidden).insert(*private);
    }
    rv
}

pub(crate) unsafe fn destroy(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
) -> CK_RV {
    // The handle may be given to another object.
    held(&shim.hidden).remove(&object);
    real!(shim, C_DestroyObject, session, object)
}

pub(crate) unsafe fn read(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let rv = real!(shim, C_GetAttributeValue, session, object, template, count);
    if rv != CKR_OK {
        return rv;
    }
    let hidden = held(&shim.hidden).contains(&object);
    for at in 0..room(count) {
        let attribute = &mut *template.add(at);
        if shim.faults.is_nonsense(attribute.type_) {
            attribute.ulValueLen = 0xFFFF_FFF0;
            continue;
        }
        let answer = match attribute.type_ {
            CKA_LOCAL if shim.faults.has(Lie::LocalFalse) => CK_FALSE,
            CKA_ALWAYS_SENSITIVE if shim.faults.has(Lie::AlwaysSensitive) => CK_TRUE,
            CKA_EXTRACTABLE if hidden => CK_FALSE,
            CKA_NEVER_EXTRACTABLE if hidden && shim.faults.has(Lie::NonExtractableWraps) => CK_TRUE,
            _ => continue,
        };
        if !attribute.pValue.is_null() && attribute.ulValueLen == 1 {
            *attribute.pValue.cast::<CK_BBOOL>() = answer;
        }
    }
    rv
}

pub(crate) unsafe fn set(
    shim: &Shim,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let mut rest = copied(template, count);
    if shim.faults.has(Lie::LockIgnored) {
        rest.retain(|attribute| !locks(attribute));
        if rest.len() < room(count) {
            held(&shim.hidden).insert(object);
        }
        if rest.is_empty() {
            return CKR_OK;
        }
    }
    let count = rest.len() as CK_ULONG;
    real!(
        shim,
        C_SetAttributeValue,
        session,
        object,
        rest.as_mut_ptr(),
        count
    )
}

/// The template, open for wrapping where it should not be; and whether it was changed so.
unsafe fn opened(
    shim: &Shim,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> (Vec<CK_ATTRIBUTE>, bool) {
    let mut template = copied(template, count);
    let mut changed = false;
    if shim.faults.has(Lie::NonExtractableWraps) {
        for attribute in &mut template {
            if locks(attribute) {
                // Templates are read, never written to.
                attribute.pValue = (&raw const YES).cast_mut().cast::<c_void>();
                changed = true;
            }
        }
    }
    (template, changed)
}

unsafe fn copied(template: *const CK_ATTRIBUTE, count: CK_ULONG) -> Vec<CK_ATTRIBUTE> {
    (0..room(count)).map(|at| *template.add(at)).collect()
}

/// Whether it is `CKA_EXTRACTABLE`, false.
unsafe fn locks(attribute: &CK_ATTRIBUTE) -> bool {
    attribute.type_ == CKA_EXTRACTABLE
        && attribute.ulValueLen == 1
        && *attribute.pValue.cast::<CK_BBOOL>() == CK_FALSE
}
