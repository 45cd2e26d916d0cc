//! kryoptic as a PKCS#11 module: the three symbols that callers look up, and no other.
//!
//! It stands in a package of its own, so that neither kryoptic nor what it is built from enters the
//! lock file of keyrite.
#![allow(
    unsafe_code,
    reason = "a symbol that another program looks up cannot be exported otherwise"
)]

use kryoptic_lib::fns::general;
use kryoptic_lib::pkcs11::CK_FLAGS;
use kryoptic_lib::pkcs11::CK_FUNCTION_LIST_PTR_PTR;
use kryoptic_lib::pkcs11::CK_INTERFACE_PTR;
use kryoptic_lib::pkcs11::CK_INTERFACE_PTR_PTR;
use kryoptic_lib::pkcs11::CK_RV;
use kryoptic_lib::pkcs11::CK_ULONG_PTR;
use kryoptic_lib::pkcs11::CK_UTF8CHAR_PTR;
use kryoptic_lib::pkcs11::CK_VERSION_PTR;

/// The functions of PKCS#11 2.40.
// SAFETY: no other symbol that is linked in has this name; so for the two below.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    general::fn_get_function_list(list)
}

/// The interfaces of PKCS#11 3.x.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetInterfaceList(list: CK_INTERFACE_PTR, count: CK_ULONG_PTR) -> CK_RV {
    general::fn_get_interface_list(list, count)
}

/// One interface of PKCS#11 3.x.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetInterface(
    name: CK_UTF8CHAR_PTR,
    version: CK_VERSION_PTR,
    interface: CK_INTERFACE_PTR_PTR,
    flags: CK_FLAGS,
) -> CK_RV {
    general::fn_get_interface(name, version, interface, flags)
}
